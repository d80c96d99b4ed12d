import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeId, uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { addContact, type Colleague, openFile, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
let teamId: string;
beforeAll(async () => {
  writing = await startWriting();
  const [team] = await writing.db.execute<{ id: string }>(
    sql`insert into team (name) values ('前厅') returning id`,
  );
  teamId = team?.id as string;
  await writing.db.execute(
    sql`update employee set team_id = ${teamId} where id = ${uuidOf(writing.stranger.id)}`,
  );
  await writing.db.execute(sql`update employee set team_id = null where id = ${uuidOf(writing.owner.id)}`);
});
afterAll(() => writing.close());

const setWeek = async (hours: (day: number) => [string, string][], team: string | null) => {
  const { data } = await writing.server
    .as('ADMIN')
    .query('query ($teamId: ID) { workingWeek(teamId: $teamId) { teamId version } }', { teamId: team });
  const { teamId: of, version } = data.workingWeek;
  const days = Array.from({ length: 7 }, (_, day) => hours(day).map(([from, to]) => ({ from, to })));
  const input = { days, teamId: team, ...(of === team && { expectedVersion: version }) };
  const { errors } = await writing.admin.write('setWorkingWeek', input, '{ workingWeek { version } }');
  expect(errors).toEqual([]);
};

/** When a change of a contact that service reports for a file of `owner` is to be entered. */
async function dueOf(owner: Colleague): Promise<Date> {
  const file = await openFile(writing, owner);
  const contact = await addContact(writing, file.uuid, { mobile: '+8613800138000' });
  const input = { customerId: file.id, contactId: contact.id, field: 'mobile', what: '手机已换号' };
  const { payload } = await writing.service.write('reportChange', input, '{ task { dueAt } }');
  return new Date(payload.task.dueAt);
}
const hoursUntil = (due: Date) => (due.getTime() - Date.now()) / 3_600_000;
const clockIn = (at: Date) =>
  at.toLocaleString('sv-SE', { timeZone: 'Asia/Shanghai', dateStyle: 'short', timeStyle: 'short' });

test('a task that would be due while nobody works is due when work begins again', async () => {
  // Works on one day, three days from now, from ten to twelve.
  const day = new Date(Date.now() + 8 * 3_600_000).getUTCDay();
  const working = (day + 2) % 7;
  await setWeek((one) => (one === working ? [['10:00', '12:00']] : []), null);
  const due = await dueOf(writing.owner);
  expect(clockIn(due).slice(11)).toBe('10:00');
  expect(hoursUntil(due)).toBeGreaterThan(24);
  expect(hoursUntil(due)).toBeLessThan(4 * 24);
});

test('whose team has hours of its own has tasks due by those, the rest by the organisation’s', async () => {
  await setWeek(() => [['00:00', '24:00']], encodeId('team', teamId));
  const due = await dueOf(writing.stranger);
  expect(hoursUntil(due)).toBeGreaterThan(23);
  expect(hoursUntil(due)).toBeLessThanOrEqual(24);
  expect(hoursUntil(await dueOf(writing.owner))).toBeGreaterThan(24);
});
