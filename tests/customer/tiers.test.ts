import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeAs } from '../../src/core/database/database.ts';
import { openRuns } from '../../src/core/run/run.write.ts';
import { attemptChunk } from '../../src/core/run/run-worker.ts';
import { type Settings, settingsFrom } from '../../src/core/settings/settings.ts';
import { tierDayRun, tierRun } from '../../src/domains/customer/tier.run.ts';
import {
  addDeal,
  type Colleague,
  fileNow,
  openFile,
  startWriting,
  type Writing,
} from '../support/writing.ts';

const tiers = {
  a: '500000.00',
  b: '50000.00',
  currency: 'CNY',
  period: 'QUARTER',
  natures: [{ nature: 'GOVERNMENT', tier: 'B' }],
} as const;
const settings: Settings = settingsFrom(2, { tiers });

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting({ runs: [] });
  await decide({ tiers });
});
afterAll(() => writing.close());

async function decide(values: object) {
  const { data } = await writing.server.as('ADMIN').query('{ settings { version } }');
  const input = { expectedVersion: data.settings.version, ...values };
  return writing.admin.write('updateSettings', input, '{ settings { version } }');
}

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
const won = (contractAmount: string, rest: object = {}) =>
  ({ stage: 'WON', contractAmount, effectiveOn: daysAgo(30), ...rest }) as const;
const tierOf = async (uuid: string) => {
  const { tier, tierSetBy } = await fileNow(writing, uuid);
  return `${tier} ${tierSetBy}`;
};
const setTier = async (who: Colleague, file: { id: string; uuid: string }, values: object) => {
  const { version: expectedVersion } = await fileNow(writing, file.uuid);
  const input = { id: file.id, expectedVersion, reason: '战略客户', ...values };
  return who.write('setTier', input, '{ customer { tier tierSetBy tierReason tierUntil } }');
};
/** Everything that is due at a moment of business time. */
async function runAt(now: Date, kinds = [tierRun, tierDayRun]) {
  const clock = { now, settings };
  await openRuns(writing.db, kinds, clock);
  const link = { run: <T>(work: (db: Writing['db']) => Promise<T>) => work(writing.db) };
  while (await attemptChunk(link as never, kinds, clock, { error: () => {} }));
}
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000);

test('a contract raises the tier in its own transaction, as nobody’s change, with its line of history', async () => {
  const file = await openFile(writing, writing.owner, { stage: 'INTENT' });
  const deal = { customerId: file.id, title: '年度合同', ...won('49999.99') };
  await writing.owner.write('createDeal', deal, '{ deal { id } }');
  expect(await tierOf(file.uuid)).toBe('C RULE');
  const more = await writing.owner.write(
    'createDeal',
    { ...deal, contractAmount: '0.01' },
    '{ deal { customer { tier tierSetBy } } }',
  );
  expect(more.payload.deal.customer).toEqual({ tier: 'B', tierSetBy: 'RULE' });
  await addDeal(writing, writing.owner, file.uuid, won('450000'));
  expect(await tierOf(file.uuid)).toBe('A RULE');
  // Long ago, and not yet.
  const other = await openFile(writing, writing.owner, { stage: 'INTENT' });
  await addDeal(writing, writing.owner, other.uuid, won('900000', { effectiveOn: daysAgo(370) }));
  await addDeal(writing, writing.owner, other.uuid, won('900000', { effectiveOn: daysAgo(-3) }));
  expect(await tierOf(other.uuid)).toBe('null null');
  const { data } = await writing.server.as('MANAGER').query(`{
    customer(id: "${file.id}") { history(field: "tier") { nodes { oldValue newValue source actor { id } } } }
    a: customers(filter: { tier: { eq: A }, tierSetBy: { eq: RULE } }) { totalCount } }`);
  expect(data.customer.history.nodes).toEqual(
    [
      ['B', 'A'],
      ['C', 'B'],
      [null, 'C'],
    ].map(([oldValue, newValue]) => ({
      oldValue,
      newValue,
      source: 'SYSTEM',
      actor: null,
    })),
  );
  expect(data.a.totalCount).toBe(1);
});

test('what the rule and rules of tasks do leaves the time of a file’s change alone, and has its own time', async () => {
  const file = await openFile(writing, writing.owner, { stage: 'INTENT' });
  const { updatedAt, version } = await fileNow(writing, file.uuid);
  const bySystem = (change: ReturnType<typeof sql>) =>
    writeAs(writing.db, { actorId: null, source: 'SYSTEM' }, (tx) => tx.execute(change));
  await bySystem(sql`update customer set tier = 'C', tier_set_by = 'RULE' where id = ${file.uuid}`);
  await bySystem(
    sql`insert into task (customer_id, title, kind, rule, assignee_id)
        select ${file.uuid}, '跟进', 'FOLLOW_UP', 'follow-up', owner_id from customer where id = ${file.uuid}`,
  );
  expect(await fileNow(writing, file.uuid)).toMatchObject({ updatedAt, version: version + 2 });
  const { data } = await writing.server.as('MANAGER').query(
    `query ($at: DateTime!) {
      then: customer(id: "${file.id}", asOf: $at) { updatedAt }
      customer(id: "${file.id}") { updatedAt history(field: "tier") { nodes { occurredAt } } } }`,
    { at: new Date().toISOString() },
  );
  const { occurredAt } = data.customer.history.nodes[0];
  for (const { updatedAt: changed } of [data.then, data.customer]) expect(changed < occurredAt).toBe(true);
  await writing.manager.write(
    'updateCustomer',
    { id: file.id, expectedVersion: version + 2, industry: '制造业' },
    '{ customer { id } }',
  );
  const later = await fileNow(writing, file.uuid);
  expect(later.updatedAt > updatedAt).toBe(true);
});

test('a tier that the rule set and a person took away is at once what the rule has for the file', async () => {
  const file = await openFile(writing, writing.owner, { stage: 'INTENT' });
  await addDeal(writing, writing.owner, file.uuid, won('600000'));
  expect(await tierOf(file.uuid)).toBe('A RULE');
  expect((await setTier(writing.manager, file, { tier: null, until: daysAgo(-9) })).issues).toEqual([
    'input.until UNTIL_NEEDS_TIER',
  ]);
  await setTier(writing.manager, file, { tier: null });
  expect(await tierOf(file.uuid)).toBe('A RULE');
  await setTier(writing.manager, file, { tier: 'C' });
  await setTier(writing.manager, file, { tier: null });
  expect(await tierOf(file.uuid)).toBe('A RULE');
});

test('a won body of a named nature has its tier at least', async () => {
  const file = await openFile(writing, writing.owner, { stage: 'INTENT', nature: 'GOVERNMENT' });
  await addDeal(writing, writing.owner, file.uuid, won('1'));
  expect(await tierOf(file.uuid)).toBe('C RULE');
  await writing.db.execute(sql`update customer set stage = 'WON' where id = ${file.uuid}`);
  expect(await tierOf(file.uuid)).toBe('B RULE');
});

test('what a person set stays until its end, says why, and goes back to the rule', async () => {
  const file = await openFile(writing, writing.owner, { stage: 'INTENT' });
  await addDeal(writing, writing.owner, file.uuid, won('60000'));
  expect((await setTier(writing.owner, file, { tier: 'A' })).code).toBe('FORBIDDEN');
  const bad = await setTier(writing.manager, file, { tier: 'A', reason: ' ', until: daysAgo(2) });
  expect(bad.issues.sort()).toEqual(['input.reason TEXT_REQUIRED', 'input.until DATE_IN_PAST']);
  const until = daysAgo(-10);
  const { payload } = await setTier(writing.manager, file, { tier: 'C', until });
  expect(payload.customer).toEqual({
    tier: 'C',
    tierSetBy: 'PERSON',
    tierReason: '战略客户',
    tierUntil: until,
  });
  await addDeal(writing, writing.owner, file.uuid, won('600000'));
  await runAt(inDays(9));
  expect(await tierOf(file.uuid)).toBe('C PERSON');
  await runAt(inDays(12));
  expect(await tierOf(file.uuid)).toBe('A RULE');
  await writing.manager.write(
    'updateCustomer',
    { id: file.id, expectedVersion: (await fileNow(writing, file.uuid)).version, tier: 'B' },
    '{ customer { id } }',
  );
  expect(await tierOf(file.uuid)).toBe('B PERSON');
  await setTier(writing.manager, file, { tier: null });
  expect(await tierOf(file.uuid)).toBe('A RULE');
});

test('why a person set a tier back stays with the file while it has none, and in its history', async () => {
  const file = await openFile(writing, writing.owner, { stage: 'INTENT' });
  await setTier(writing.manager, file, { tier: 'A' });
  const back = { tier: null, reason: '合作终止' };
  const { payload } = await setTier(writing.manager, file, back);
  const none = { tier: null, tierSetBy: null, tierReason: '合作终止', tierUntil: null };
  expect(payload.customer).toEqual(none);
  await addDeal(writing, writing.owner, file.uuid, won('600000'));
  expect(await tierOf(file.uuid)).toBe('A RULE');
  const { data } = await writing.server
    .as('MANAGER')
    .query(
      `query ($id: ID!) { customer(id: $id) { tierReason history(field: "tierReason") { nodes { oldValue newValue } } } }`,
      { id: file.id },
    );
  expect(data.customer).toEqual({
    tierReason: null,
    history: {
      nodes: [
        { oldValue: '合作终止', newValue: null },
        { oldValue: '战略客户', newValue: '合作终止' },
        { oldValue: null, newValue: '战略客户' },
      ],
    },
  });
});

test('tiers go down as a period begins and not before, up by the day that a contract takes effect', async () => {
  const file = await openFile(writing, writing.owner, { stage: 'INTENT' });
  await addDeal(writing, writing.owner, file.uuid, won('60000'));
  const soon = await openFile(writing, writing.owner, { stage: 'INTENT' });
  await addDeal(writing, writing.owner, soon.uuid, won('70000', { effectiveOn: daysAgo(-20) }));
  await runAt(inDays(21));
  expect(await tierOf(soon.uuid)).toBe('B RULE');
  expect(await tierOf(file.uuid)).toBe('B RULE');
  const [row] = await writing.db.execute<{ id: string }>(
    sql`update deal set stage = 'OPEN' where customer_id = ${file.uuid} returning id`,
  );
  expect(row).toBeDefined();
  await runAt(inDays(22));
  expect(await tierOf(file.uuid)).toBe('B RULE');
  await runAt(inDays(120));
  expect(await tierOf(file.uuid)).toBe('null null');
  expect(await tierOf(soon.uuid)).toBe('B RULE');
});

test('a contract that took effect on a day without a run counts with the next one, however much later', async () => {
  const file = await openFile(writing, writing.owner, { stage: 'INTENT' });
  await runAt(inDays(200), [tierDayRun]);
  await addDeal(writing, writing.owner, file.uuid, won('70000', { effectiveOn: daysAgo(-203) }));
  await runAt(inDays(230), [tierDayRun]);
  expect(await tierOf(file.uuid)).toBe('B RULE');
});

test('a foreign amount counts by its month’s rate, never as if it were one: without a rate it is left out, and listed', async () => {
  const file = await openFile(writing, writing.owner, { stage: 'INTENT' });
  const dollars = won('80000', { currency: 'USD', effectiveOn: daysAgo(40) });
  await addDeal(writing, writing.owner, file.uuid, dollars);
  expect(await tierOf(file.uuid)).toBe('null null');
  const month = `${dollars.effectiveOn.slice(0, 7)}-01`;
  const missing = { month, currency: 'USD', base: 'CNY', rate: null };
  const year = Number(month.slice(0, 4));
  const rates = async () =>
    (
      await writing.server
        .as('FINANCE')
        .query(`{ exchangeRates(year: ${year}) { month currency base rate } }`)
    ).data.exchangeRates;
  expect(await rates()).toContainEqual(missing);
  const wrong = {
    month: month.replace(/01$/, '02'),
    rates: [
      { currency: 'CNY', rate: '1' },
      { currency: 'USD', rate: '0' },
    ],
  };
  expect(
    (await writing.finance.write('setExchangeRates', wrong, '{ rates { rate } }')).issues.sort(),
  ).toEqual([
    'input.month NOT_A_MONTH',
    'input.rates.0.currency CURRENCY_REPEATED',
    'input.rates.1.rate DECIMAL_TOO_SMALL',
  ]);
  const entered = { month, rates: [{ currency: 'USD', rate: '7.1' }] };
  expect((await writing.manager.write('setExchangeRates', entered, '{ rates { rate } }')).code).toBe(
    'FORBIDDEN',
  );
  const { payload } = await writing.finance.write(
    'setExchangeRates',
    entered,
    '{ rates { month currency base rate } }',
  );
  expect(payload.rates).toContainEqual({ ...missing, rate: '7.1' });
  expect(await tierOf(file.uuid)).toBe('A RULE');
});

test('a rule is refused with everything that is wrong with it, and null ends it', async () => {
  const bad = {
    a: '1',
    b: '2',
    currency: 'CNY',
    natures: [
      { nature: 'PRIVATE', tier: 'B' },
      { nature: 'PRIVATE', tier: 'C' },
    ],
  };
  expect((await decide({ tiers: bad })).issues.sort()).toEqual([
    'input.tiers.a OUT_OF_BOUNDS',
    'input.tiers.natures.1 NATURE_REPEATED',
  ]);
  expect((await decide({ tiers: null })).errors).toEqual([]);
  const file = await openFile(writing, writing.owner, { stage: 'INTENT' });
  await addDeal(writing, writing.owner, file.uuid, won('900000'));
  expect(await tierOf(file.uuid)).toBe('null null');
});
