import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeId, uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { accessGrant } from '../../src/domains/grant/access-grant.table.ts';
import {
  addDeal,
  fileNow,
  missingId,
  type Outcome,
  openFile,
  startWriting,
  type Writing,
} from '../support/writing.ts';
import { allTraces, bulk, countsOf, cursorNow, eventsAfter, openFiles, refusalsOf } from './bulk.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

const update = (by: Writing['owner'], input: object) => bulk(by, 'updateCustomers', input);
const publicIds = (ids: readonly string[]) => ids.map((id) => encodeId('cus', id));
/** Until a statement waits for a lock. */
const somebodyWaits = async () => {
  for (;;) {
    const [row] = await writing.db.execute(
      sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if (row) return;
  }
};
let batches = 0;
/** Files that one filter finds and no other. */
async function batch(size: number, values: Partial<typeof customer.$inferInsert> = {}) {
  batches += 1;
  const industry = `第${batches}批`;
  const ids = await openFiles(writing, writing.owner, size, { ...values, industry });
  return { ids, filter: { industry: { eq: industry } } };
}

test('what a filter finds is changed: each file once, with one version, event and line of history', async () => {
  const { ids, filter } = await batch(3, { city: '上海市' });
  await openFile(writing, writing.owner, { city: '上海市' });
  await writing.db
    .update(customer)
    .set({ size: 'LARGE' })
    .where(eq(customer.id, ids[0] as string));
  const before = await Promise.all(ids.map((id) => fileNow(writing, id)));
  const after = await cursorNow(writing);
  const outcome = await update(writing.owner, { filter, patch: { size: 'LARGE', customerType: 'VIP' } });
  expect(countsOf(outcome)).toEqual([3, 3, 0, 0]);
  const stored = await Promise.all(ids.map((id) => fileNow(writing, id)));
  expect(stored.map(({ size, customerType, version }) => ({ size, customerType, version }))).toEqual(
    before.map(({ version }) => ({ size: 'LARGE', customerType: 'VIP', version: version + 1 })),
  );
  const events = await eventsAfter(writing, after);
  expect(events.map(({ type, customerId }) => `${type} ${customerId}`).sort()).toEqual(
    publicIds(ids)
      .map((id) => `UPDATED ${id}`)
      .sort(),
  );
  const { data } = await writing.server
    .as('SALES')
    .query(
      'query($id: ID!) { customer(id: $id) { history(first: 2) { nodes { field newValue actor { id } } } } }',
      {
        id: encodeId('cus', ids[0] as string),
      },
    );
  expect(data.customer.history.nodes[0]).toEqual({
    field: 'customerType',
    newValue: 'VIP',
    actor: { id: writing.owner.id },
  });
  expect(countsOf(await update(writing.owner, { filter, patch: { size: 'LARGE' } }))).toEqual([3, 0, 3, 0]);
  expect(await Promise.all(ids.map((id) => fileNow(writing, id)))).toEqual(stored);
});

test('files that a single write would refuse stay as they are, and are reported with their reasons', async () => {
  const own = await openFile(writing, writing.owner);
  const resting = await openFile(writing, writing.owner, { archivedAt: '2024-01-01T00:00:00Z' });
  const lent = await openFile(writing, writing.stranger);
  await writing.db.insert(accessGrant).values({
    customerId: lent.uuid,
    granteeId: uuidOf(writing.owner.id),
    classes: ['business'],
    purpose: '代班',
    expiresAt: '2999-01-01T00:00:00Z',
  });
  const foreign = await openFile(writing, writing.stranger);
  const ids = [own, resting, lent, foreign].map(({ id }) => id).concat(missingId('cus'));
  const outcome = await update(writing.owner, { ids, patch: { city: '苏州市' } });
  expect(countsOf(outcome)).toEqual([5, 1, 0, 4]);
  expect(refusalsOf(outcome)).toEqual([
    'NOT_FOUND NOT_FOUND 2',
    'FORBIDDEN FORBIDDEN 1',
    'CONFLICT ARCHIVED 1',
  ]);
  const [unseen, forbidden] = outcome.payload.outcome.refusals;
  expect(unseen.customerIds).toEqual([foreign.id, missingId('cus')]);
  expect(forbidden.reasons).toEqual([
    { path: ['input', 'city'], code: 'FORBIDDEN', message: 'You may not change city.' },
  ]);
  expect((await fileNow(writing, own.uuid)).city).toBe('苏州市');
  for (const { uuid } of [resting, lent, foreign]) expect((await fileNow(writing, uuid)).city).toBeNull();
  const alone = await update(writing.owner, { ids: [foreign.id], patch: { city: '苏州市' } });
  expect(alone.code).toBe('NOT_FOUND');
  expect(alone.errors).toEqual(
    (await update(writing.owner, { ids: [missingId('cus')], patch: { city: '苏州市' } })).errors,
  );
});

test('each file is held against the standards as it is: one cannot be won without a won deal, or named by nothing', async () => {
  const { ids, filter } = await batch(2, { stage: 'INTENT' });
  await addDeal(writing, writing.owner, ids[0] as string, {
    stage: 'WON',
    contractAmount: '1',
    effectiveOn: '2024-03-15',
    closedAt: '2024-03-16T00:00:00Z',
  });
  const outcome = await update(writing.owner, { filter, patch: { stage: 'WON' } });
  expect(refusalsOf(outcome)).toEqual(['BAD_USER_INPUT WON_NEEDS_DEAL 1']);
  expect(outcome.payload.outcome.refusals[0].customerIds).toEqual(publicIds([ids[1] as string]));
  expect(await Promise.all(ids.map(async (id) => (await fileNow(writing, id)).stage))).toEqual([
    'WON',
    'INTENT',
  ]);
});

test('what no file could take is refused as a whole, with every violation, and nothing is written', async () => {
  const { filter } = await batch(2);
  const before = await allTraces(writing);
  const wrong = { country: 'XX', annualRevenue: '-1', stage: null, custodianId: 'emp' };
  expect((await update(writing.owner, { filter, patch: wrong })).issues.sort()).toEqual([
    'input.patch.annualRevenue DECIMAL_TOO_SMALL',
    'input.patch.country COUNTRY_UNKNOWN',
    'input.patch.custodianId MALFORMED_ID',
    'input.patch.stage VALUE_REQUIRED',
  ]);
  const patch = { city: '苏州市' };
  const cases: [object, string[]][] = [
    [{ filter, patch: {} }, ['input.patch NOTHING_TO_CHANGE']],
    [{ patch }, ['input.filter ONE_OF']],
    [{ filter, ids: [], patch }, ['input.filter ONE_OF', 'input.ids NO_CONDITION']],
    [{ ids: [], patch: {} }, ['input.patch NOTHING_TO_CHANGE', 'input.ids NO_CONDITION']],
    [{ ids: ['x', missingId('deal')], patch }, ['input.ids.0 MALFORMED_ID', 'input.ids.1 WRONG_ID_KIND']],
    [{ filter: {}, patch }, ['input.filter NO_CONDITION']],
    [{ filter: { region: null }, patch: {} }, ['input.filter NO_CONDITION', 'input.patch NOTHING_TO_CHANGE']],
    [{ filter: { or: [filter, {}] }, patch }, ['input.filter NO_CONDITION']],
    [{ ids: Array(1_001).fill(missingId('cus')), patch }, ['input.ids TOO_MANY_FILES']],
  ];
  for (const [input, issues] of cases) expect((await update(writing.owner, input)).issues).toEqual(issues);
  const unlimited = await update(writing.owner, { filter: {}, patch });
  expect(unlimited.errors[0]?.message).not.toMatch(/leave it out|不要填写/);
  const neither = await update(writing.owner, { patch });
  expect(JSON.stringify(neither.errors)).not.toMatch(/not both|二选一/);
  expect(await allTraces(writing)).toEqual(before);
});

test('who may change a field on no file is refused before anything is looked for, naming every field', async () => {
  const { filter } = await batch(1);
  const patch = { city: '苏州市', tier: 'A', creditLimit: '1' };
  expect((await update(writing.owner, { filter, patch })).refused).toEqual(['creditLimit', 'tier']);
  expect((await update(writing.finance, { filter, patch })).refused).toEqual(['city', 'tier']);
  expect(countsOf(await update(writing.finance, { filter, patch: { creditLimit: '1' } }))).toEqual([
    1, 1, 0, 0,
  ]);
  for (const by of [writing.service, writing.marketing])
    expect((await update(by, { filter, patch })).code).toBe('FORBIDDEN');
  const hidden = { filter: { creditLimit: { gt: '0' } }, patch: { city: '苏州市' } };
  expect((await update(writing.marketing, hidden)).code).toBe('FORBIDDEN');
});

test('an archived file is not among those that a filter finds', async () => {
  const { ids, filter } = await batch(2);
  await writing.db
    .update(customer)
    .set({ archivedAt: '2024-01-01T00:00:00Z' })
    .where(eq(customer.id, ids[0] as string));
  expect(countsOf(await update(writing.owner, { filter, patch: { size: 'SMALL' } }))).toEqual([1, 1, 0, 0]);
});

test('the same key again returns the first outcome, also five at once; never with another input', async () => {
  const { filter } = await batch(4);
  const input = { filter, patch: { nature: 'PRIVATE' }, idempotencyKey: 'bulk-1' };
  const outcomes = await Promise.all(Array.from({ length: 5 }, () => update(writing.owner, input)));
  for (const outcome of outcomes) expect(countsOf(outcome)).toEqual([4, 4, 0, 0]);
  expect(new Set(outcomes.map(({ payload }) => payload.outcome.state)).size).toBe(1);
  const other = await update(writing.owner, { ...input, patch: { nature: 'GOVERNMENT' } });
  expect(other.issues).toEqual(['input.idempotencyKey IDEMPOTENCY_KEY_REUSED']);
});

test('a change that is not the one that was shown is refused, and nothing is written', async () => {
  const { ids, filter } = await batch(3);
  const input = { filter, patch: { size: 'MEDIUM' } };
  const shown = await update(writing.owner, { ...input, dryRun: true });
  const expectedState = shown.payload.outcome.state;
  await writing.db
    .update(customer)
    .set({ city: '无锡市' })
    .where(eq(customer.id, ids[0] as string));
  const before = await allTraces(writing);
  const { errors } = await update(writing.owner, { ...input, expectedState });
  expect(errors[0]?.extensions).toEqual({ code: 'CONFLICT', reason: 'SELECTION_CHANGED' });
  expect(await allTraces(writing)).toEqual(before);
  const again = await update(writing.owner, { ...input, dryRun: true });
  const written = await update(writing.owner, { ...input, expectedState: again.payload.outcome.state });
  expect(countsOf(written)).toEqual([3, 3, 0, 0]);
});

test('what was shown of one change allows no other, whichever mutation makes it', async () => {
  const { ids, filter } = await batch(2);
  const preview = { filter, dryRun: true };
  const shown = await update(writing.owner, { ...preview, patch: { size: 'MEDIUM', notes: '一' } });
  const expectedState = shown.payload.outcome.state;
  const before = await allTraces(writing);
  for (const { errors } of [
    await update(writing.owner, { filter, patch: { size: 'SMALL', notes: '一' }, expectedState }),
    await bulk(writing.owner, 'tagCustomers', { filter, tags: ['高预算'], expectedState }),
    await bulk(writing.owner, 'untagCustomers', { filter, tags: ['高预算'], expectedState }),
  ])
    expect(errors[0]?.extensions).toEqual({ code: 'CONFLICT', reason: 'SELECTION_CHANGED' });
  expect(await allTraces(writing)).toEqual(before);
  const named = {
    ids: ids.map((id) => encodeId('cus', id)),
    patch: { notes: '一', size: 'MEDIUM' },
    expectedState,
  };
  expect(countsOf(await update(writing.owner, named))).toEqual([2, 2, 0, 0]);
});

test('a file that a colleague changes meanwhile is written only if it still meets the filter', async () => {
  const { ids, filter } = await batch(2);
  let change: ReturnType<typeof update> | undefined;
  await writing.db.transaction(async (tx) => {
    await tx
      .update(customer)
      .set({ industry: '别的行业' })
      .where(eq(customer.id, ids[0] as string));
    change = update(writing.owner, { filter, patch: { size: 'LARGE' } });
    await somebodyWaits();
  });
  expect(countsOf((await change) as Outcome)).toEqual([1, 1, 0, 0]);
  expect((await fileNow(writing, ids[0] as string)).size).toBeNull();
});
