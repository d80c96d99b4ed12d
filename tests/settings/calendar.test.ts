import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeId, uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { dueAt } from '../../src/core/time/due.ts';
import { team } from '../../src/domains/employee/employee.table.ts';
import { calendarOf, readCalendars } from '../../src/domains/organisation/calendar.service.ts';
import { type StaffName, staffNames, startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let hotel: string;
let sales: string;
beforeAll(async () => {
  server = await startTestServer();
  const rows = await server.db
    .insert(team)
    .values([{ name: '前厅' }, { name: '二队' }])
    .returning();
  [hotel = '', sales = ''] = rows.map(({ id }) => encodeId('team', id));
});
afterAll(() => server.close());

const day = 'date working basis name intervals { from to }';
const calendar = async (from: string, to = from, teamId?: string) => {
  const { data, errors } = await server
    .as('SALES')
    .query(
      `query ($from: Date!, $to: Date!, $teamId: ID) { calendar(from: $from, to: $to, teamId: $teamId) { ${day} } }`,
      { from, to, teamId },
    );
  return data?.calendar ?? errors?.[0]?.extensions;
};
const week = async (teamId?: string) =>
  (
    await server
      .as('SALES')
      .query(
        'query ($teamId: ID) { workingWeek(teamId: $teamId) { teamId version followsHolidays officialThrough } }',
        {
          teamId,
        },
      )
  ).data.workingWeek;
const write = async (mutation: string, input: object, by: StaffName = 'ADMIN') => {
  const type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input`;
  const { data, errors } = await server
    .as(by)
    .query(
      `mutation ($input: ${type}!) { ${mutation}(input: $input) { workingWeek { teamId version followsHolidays } } }`,
      { input },
    );
  return data?.[mutation]?.workingWeek ?? errors?.[0]?.extensions;
};
const importYear = async (year: number, by: StaffName = 'ADMIN') => {
  const { data, errors } = await server
    .as(by)
    .query(
      `mutation { importCalendar(year: ${year}) { basis days { ${day} } workingWeek { version officialThrough } } }`,
    );
  return data?.importCalendar ?? errors?.[0]?.extensions;
};

const office = [
  { from: '09:00', to: '12:00' },
  { from: '13:00', to: '18:00' },
];
const off = { working: false, intervals: [] };
const due = async (start: string, hours: number, teamId: string | null) => {
  const found = calendarOf(await readCalendars(server.db), 'Asia/Shanghai', teamId && uuidOf(teamId));
  return dueAt({
    start: new Date(`${start}+08:00`),
    durationMs: hours * 3_600_000,
    counting: 'ELAPSED_ROLLED',
    calendar: found,
  });
};

test('before anything is set, Monday to Friday are worked around lunch, and no day is certain', async () => {
  expect(await calendar('2026-03-05', '2026-03-07')).toEqual([
    { date: '2026-03-05', working: true, intervals: office, basis: 'PROVISIONAL', name: null },
    { date: '2026-03-06', working: true, intervals: office, basis: 'PROVISIONAL', name: null },
    { date: '2026-03-07', ...off, basis: 'PROVISIONAL', name: null },
  ]);
});

test('an imported year has its holidays and the weekends worked in exchange; a duty is due when work begins again', async () => {
  const { basis, days, workingWeek } = await importYear(2026);
  expect(basis).toBe('OFFICIAL');
  expect(workingWeek.officialThrough).toBe('2026-12-31');
  expect(days.length).toBeGreaterThan(20);
  expect(await calendar('2026-02-14', '2026-02-15')).toEqual([
    { date: '2026-02-14', working: true, intervals: office, basis: 'OFFICIAL', name: '春节' },
    { date: '2026-02-15', ...off, basis: 'OFFICIAL', name: '春节' },
  ]);
  expect(await due('2026-02-14T17:00', 24, null)).toEqual({
    at: new Date('2026-02-24T09:00+08:00'),
    isProvisional: false,
  });
  expect((await importYear(2026)).workingWeek.version).toBe(workingWeek.version);
});

test('of a year that is not announced the holidays that the law fixes are off, provisionally', async () => {
  expect(await importYear(2027)).toMatchObject({
    basis: 'PROVISIONAL',
    workingWeek: { officialThrough: '2026-12-31' },
  });
  expect(await calendar('2027-02-08')).toEqual([
    { date: '2027-02-08', ...off, basis: 'PROVISIONAL', name: '春节' },
  ]);
  expect(await due('2027-02-05T09:00', 24, null)).toEqual({
    at: new Date('2027-02-09T09:00+08:00'),
    isProvisional: true,
  });
});

test('a hotel works around the clock and through holidays; a team that follows them has its own hours', async () => {
  const always = Array.from({ length: 7 }, () => [{ from: '00:00', to: '24:00' }]);
  expect(await write('setWorkingWeek', { teamId: hotel, days: always, followsHolidays: false })).toEqual({
    teamId: hotel,
    version: 1,
    followsHolidays: false,
  });
  expect(await calendar('2026-02-16', '2026-02-16', hotel)).toEqual([
    { date: '2026-02-16', working: true, intervals: always[0], basis: 'OFFICIAL', name: null },
  ]);
  expect((await due('2026-02-14T17:00', 24, hotel))?.at).toEqual(new Date('2026-02-15T17:00+08:00'));
  const late = [{ from: '12:00', to: '20:00' }];
  await write('setWorkingWeek', { teamId: sales, days: [late, late, late, late, late, [], []] });
  // The exchanged Saturday is worked in the team's hours, the holiday not at all.
  expect(await calendar('2026-02-14', '2026-02-15', sales)).toMatchObject([
    { intervals: late },
    { working: false },
  ]);
  expect(
    await calendar('2026-03-05', '2026-03-05', encodeId('team', '01890000-0000-7000-8000-000000000000')),
  ).toMatchObject([{ intervals: office }]);
});

test('a day that somebody sets differs from the week until it is cleared, and an import leaves it alone', async () => {
  const { version } = await week();
  const half = {
    date: '2026-02-24',
    working: true,
    intervals: [{ from: '13:00', to: '17:00' }],
    name: '开工',
  };
  const set = await write('setCalendarDays', {
    expectedVersion: version,
    days: [half, { date: '2026-02-25', working: false, basis: 'PROVISIONAL' }],
  });
  expect(set.version).toBe(version + 1);
  await importYear(2026);
  expect(await calendar('2026-02-24', '2026-02-25')).toEqual([
    { ...half, basis: 'OFFICIAL' },
    { date: '2026-02-25', ...off, basis: 'PROVISIONAL', name: null },
  ]);
  expect((await due('2026-02-14T17:00', 24, null))?.at).toEqual(new Date('2026-02-24T13:00+08:00'));
  const { version: next } = await week();
  await write('setCalendarDays', { expectedVersion: next, clear: ['2026-02-24', '2026-02-25'] });
  expect(await calendar('2026-02-24')).toMatchObject([{ intervals: office, name: null }]);
});

test('only administrators set calendars, everybody reads them; a stale version is a conflict', async () => {
  const days = Array.from({ length: 7 }, () => office);
  for (const name of staffNames.filter((one) => one !== 'ADMIN')) {
    expect((await write('setWorkingWeek', { days }, name)).code).toBe('FORBIDDEN');
    expect((await write('setCalendarDays', { expectedVersion: 1 }, name)).code).toBe('FORBIDDEN');
    expect((await importYear(2025, name)).code).toBe('FORBIDDEN');
    const { data } = await server
      .as(name)
      .query('{ calendar(from: "2026-03-05", to: "2026-03-05") { date } }');
    expect(data.calendar).toHaveLength(1);
  }
  const { version } = await week();
  expect((await write('setWorkingWeek', { days, expectedVersion: version - 1 })).code).toBe('CONFLICT');
  expect((await write('setCalendarDays', { expectedVersion: version + 1 })).reason).toBe('FUTURE_VERSION');
  const nobody = encodeId('team', '01890000-0000-7000-8000-000000000000');
  expect((await write('setWorkingWeek', { teamId: nobody, days })).code).toBe('NOT_FOUND');
  expect((await write('setCalendarDays', { teamId: nobody, expectedVersion: 1 })).code).toBe('NOT_FOUND');
  expect((await week()).version).toBe(version);
});

test('bad input is refused, all of it at once, and nothing is changed', async () => {
  const codes = ({ issues }: { issues: { path: string[]; code: string }[] }) =>
    issues.map(({ path, code }) => `${path.join('.')} ${code}`);
  const days = [
    [{ from: '9:00', to: '25:00' }],
    [{ from: '12:00', to: '09:00' }],
    [
      { from: '09:00', to: '13:00' },
      { from: '12:00', to: '18:00' },
    ],
    Array.from({ length: 11 }, () => ({ from: '09:00', to: '10:00' })),
    [],
    [],
    [],
  ];
  const { version } = await week();
  expect(
    codes(await write('setWorkingWeek', { expectedVersion: version, days, followsHolidays: false })),
  ).toEqual([
    'input.days.0.0.from CLOCK_FORMAT',
    'input.days.0.0.to CLOCK_FORMAT',
    'input.days.1.0 HOURS_REVERSED',
    'input.days.2 HOURS_OVERLAP',
    'input.days.3 TOO_MANY',
    'input.followsHolidays ONLY_FOR_TEAMS',
  ]);
  expect(codes(await write('setWorkingWeek', { expectedVersion: version, days: [] }))).toEqual([
    'input.days WEEK_LENGTH',
  ]);
  const never = Array.from({ length: 7 }, () => []);
  expect(codes(await write('setWorkingWeek', { expectedVersion: version, days: never }))).toEqual([
    'input.days NO_HOURS',
  ]);
  const some = [
    { date: '2026-05-05', working: false, intervals: office },
    { date: '2026-05-05', working: true, name: '' },
  ];
  expect(codes(await write('setCalendarDays', { expectedVersion: version, days: some }))).toEqual([
    'input.days.0.intervals UNUSED',
    'input.days.1.date REPEATED',
    'input.days.1.name TEXT_REQUIRED',
  ]);
  expect(codes(await calendar('2026-01-01', '2027-12-31'))).toEqual(['to OUT_OF_BOUNDS']);
  expect(codes(await calendar('2026-01-02', '2026-01-01'))).toEqual(['to OUT_OF_BOUNDS']);
  expect(codes(await importYear(2003))).toEqual(['year OUT_OF_BOUNDS']);
  expect((await week()).version).toBe(version);
});

test('a calendar takes one statement, however many days and teams', async () => {
  const one = await server.as('SALES').query('{ calendar(from: "2026-03-05", to: "2026-03-05") { date } }');
  const many = await server.as('SALES').query('{ calendar(from: "2026-01-01", to: "2026-12-31") { date } }');
  expect(many.statements).toBe(one.statements);
});
