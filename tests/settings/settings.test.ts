import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { queryJson } from '../../src/core/database/database.ts';
import { initialSettings, type SettingName, settingNames } from '../../src/core/settings/settings.ts';
import { apiRole } from '../support/api-role.ts';
import { type StaffName, staffNames, startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

/** What is read of a setting that has parts. */
const parts: Partial<Record<SettingName, string>> = {
  archiveCategories: '{ code name pattern }',
  followUps: '{ stage tier within }',
  tiers: '{ a b currency period natures { nature tier } }',
  stageTransitions: '{ from to kind roles requires opens }',
  requirements: '{ field weight }',
};
const all = `version ${settingNames.map((name) => `${name} ${parts[name] ?? ''}`).join(' ')}`;
const read = async (name: StaffName = 'ADMIN') =>
  (await server.as(name).query(`{ settings { ${all} } }`)).data.settings;

const update = (input: Record<string, unknown>, name: StaffName = 'ADMIN') =>
  server.as(name).query(
    `mutation ($input: UpdateSettingsInput!) {
      updateSettings(input: $input) { settings { ${all} } warnings { path code message } } }`,
    { input },
  );
const set = async (values: Record<string, unknown>) => {
  const { data, errors } = await update({ expectedVersion: (await read()).version, ...values });
  expect(errors).toBeUndefined();
  return data.updateSettings;
};
const history = async (first: number) => {
  const { data } = await server.as('MANAGER').query(
    `query ($first: Int) { settingsHistory(first: $first) {
      nodes { setting oldValue newValue version requestId actor { id } } } }`,
    { first },
  );
  return data.settingsHistory.nodes;
};

test('what nobody has decided is as documented', async () => {
  const { version: _, requirements: __, ...initial } = initialSettings;
  expect(await read('MANAGER')).toMatchObject(initial);
});

test('administrators change settings, managers read them, nobody else either; all staff know zone and currency', async () => {
  for (const name of staffNames) {
    const { data, errors } = await server.as(name).query('{ settings { version } }');
    const history = await server.as(name).query('{ settingsHistory { nodes { id } } }');
    const mayRead = name === 'MANAGER' || name === 'ADMIN';
    for (const answer of [{ data, errors }, history])
      expect(answer.errors?.[0]?.extensions.code).toBe(mayRead ? undefined : 'FORBIDDEN');
    if (name !== 'ADMIN')
      expect((await update({ expectedVersion: 1, auditDay: 3 }, name)).errors?.[0]?.extensions.code).toBe(
        'FORBIDDEN',
      );
    const everybody = await server.as(name).query('{ organisation { timeZone currency today } }');
    expect(everybody.data.organisation).toEqual({
      timeZone: 'Asia/Shanghai',
      currency: 'CNY',
      today: new Date().toLocaleDateString('sv-SE', { timeZone: 'Asia/Shanghai' }),
    });
  }
  expect((await server.anonymous.query('{ settings { version } }')).errors?.[0]?.extensions.code).toBe(
    'UNAUTHENTICATED',
  );
  expect((await read()).auditDay).toBe(1);
});

test('a change is in the history of who, what, from and to; by id it is withheld from whom the list is', async () => {
  await set({ auditDay: 5, escalateAfter: 'PT12H' });
  await set({ auditDay: 6 });
  const { version } = await read();
  const actor = { id: server.as('ADMIN').id };
  const requestId = expect.any(String);
  const [latest, ...before] = await history(3);
  expect(latest).toEqual({ setting: 'auditDay', oldValue: '5', newValue: '6', version, requestId, actor });
  expect(before).toEqual(
    expect.arrayContaining([
      { setting: 'auditDay', oldValue: null, newValue: '5', version: version - 1, requestId, actor },
      { setting: 'escalateAfter', oldValue: null, newValue: 'PT12H', version: version - 1, requestId, actor },
    ]),
  );
  const { data } = await server.as('ADMIN').query('{ settingsHistory(first: 1) { nodes { id } } }');
  const [{ id }] = data.settingsHistory.nodes;
  const byId = (name: StaffName) => server.as(name).query(`{ node(id: "${id}") { id } }`);
  expect((await byId('MANAGER')).data.node).toEqual({ id });
  for (const name of staffNames.filter((one) => one !== 'MANAGER' && one !== 'ADMIN'))
    expect((await byId(name)).data?.node ?? null).toBeNull();
});

test('null brings the default back; what holds already leaves no trace', async () => {
  const { settings } = await set({ revisionEvery: 'P3M' });
  expect(settings.revisionEvery).toBe('P3M');
  const same = await set({ revisionEvery: 'P3M' });
  expect(same.settings.version).toBe(settings.version);
  expect((await set({ revisionEvery: null })).settings.revisionEvery).toBe('P2M');
  expect(await history(1)).toMatchObject([{ setting: 'revisionEvery', oldValue: 'P3M', newValue: 'P2M' }]);
});

test('a time zone is stored as it is written officially, another name of one as it was given', async () => {
  const set = async (timeZone: string | null) => {
    const { version } = await read();
    return (await update({ expectedVersion: version, timeZone })).data.updateSettings.settings.timeZone;
  };
  expect([await set('asia/TOKYO'), await set('PRC')]).toEqual(['Asia/Tokyo', 'PRC']);
  expect(await set(null)).toBe('Asia/Shanghai');
});

test('bad values are refused, all of them at once, and nothing is changed', async () => {
  const before = await read();
  const { errors } = await update({
    expectedVersion: before.version,
    timeZone: 'Mars/Olympus',
    currency: 'RMB',
    auditDay: 29,
    changeDueWithin: 'P1M',
    needDueWithin: 'PT1M',
    inactiveAfter: 'P20Y',
    escalateAfter: 'PT1H',
    // Nobody verifies a source: a file that needs it could never be approved.
    verifiedFields: ['name', 'nothing', 'creditLimit', 'source', 'completenessScore'],
    lostReasons: ['价格', ' ', '因'.repeat(61)],
  });
  expect(errors?.[0]?.extensions.issues.map(({ path, code }: never) => `${path} ${code}`)).toEqual([
    'input,timeZone TIME_ZONE_UNKNOWN',
    'input,currency CURRENCY_UNKNOWN',
    'input,changeDueWithin DURATION_FORMAT',
    'input,needDueWithin OUT_OF_BOUNDS',
    'input,auditDay DECIMAL_TOO_LARGE',
    'input,inactiveAfter OUT_OF_BOUNDS',
    'input,verifiedFields,1 FIELD_UNKNOWN',
    'input,verifiedFields,2 FIELD_UNKNOWN',
    'input,verifiedFields,3 FIELD_UNKNOWN',
    'input,verifiedFields,4 FIELD_UNKNOWN',
    'input,lostReasons,1 TEXT_REQUIRED',
    'input,lostReasons,2 TEXT_TOO_LONG',
  ]);
  expect(await read()).toEqual(before);
});

test('a setting that somebody else changed since is in conflict, another is not', async () => {
  const { version } = await read();
  await set({ auditDay: 10 });
  const stale = await update({ expectedVersion: version, auditDay: 11 });
  expect(stale.errors?.[0]?.extensions).toMatchObject({
    code: 'CONFLICT',
    currentVersion: version + 1,
    conflicts: [{ field: 'auditDay', value: 10, actor: { id: server.as('ADMIN').id, name: 'ADMIN' } }],
  });
  expect((await update({ expectedVersion: version, auditDay: 10 })).errors).toBeUndefined();
  expect((await update({ expectedVersion: version, inactiveAfter: 'P6M' })).errors).toBeUndefined();
  const ahead = await update({ expectedVersion: version + 9, auditDay: 12 });
  expect(ahead.errors?.[0]?.extensions).toMatchObject({ code: 'CONFLICT', reason: 'FUTURE_VERSION' });
  expect(await read()).toMatchObject({ auditDay: 10, inactiveAfter: 'P6M', version: version + 2 });
});

test('the history of settings can be neither changed nor deleted by the role that serves the API', async () => {
  const may = (table: string, right: string) =>
    sql`has_table_privilege(${apiRole}::text, ${table}::text, ${right}::text)`;
  const rights = sql`select json_build_array(${may('scoped_change', 'update')}, ${may('scoped_change', 'delete')},
    ${may('scoped_change', 'insert')}, ${may('settings', 'delete')}, ${may('settings', 'update')})`;
  expect(await queryJson(server.db, rights)).toEqual([false, false, true, false, true]);
});

test('what the server is started with holds until somebody decides', async () => {
  const tokyo = await startTestServer({ config: { organisationTimeZone: 'Asia/Tokyo' } });
  try {
    const zone = async () =>
      (await tokyo.as('ADMIN').query('{ settings { timeZone version } }')).data.settings;
    const { timeZone, version } = await zone();
    expect(timeZone).toBe('Asia/Tokyo');
    await tokyo
      .as('ADMIN')
      .query(
        'mutation ($input: UpdateSettingsInput!) { updateSettings(input: $input) { settings { version } } }',
        {
          input: { expectedVersion: version, timeZone: 'Asia/Shanghai' },
        },
      );
    const another = await tokyo.startAnother();
    const answer = await fetch(another.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${tokyo.as('ADMIN').token}` },
      body: JSON.stringify({ query: '{ settings { timeZone } }' }),
    });
    expect(await answer.json()).toEqual({ data: { settings: { timeZone: 'Asia/Shanghai' } } });
  } finally {
    await tokyo.close();
  }
});

test('a change of currency warns that amounts without one are read otherwise, in the reader’s language', async () => {
  const { warnings } = await set({ currency: 'usd' });
  expect(warnings).toEqual([
    {
      path: ['input', 'currency'],
      code: 'AMOUNTS_READ_OTHERWISE',
      message: expect.stringMatching(/^Amounts without/),
    },
  ]);
  expect((await set({ currency: null })).settings.currency).toBe('CNY');
});
