import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { type Colleague, type Outcome, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
/** A segment of `owner` that all staff see. */
let used: string;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());
beforeEach(async () => {
  used = await save(writing.owner, { name: '被引用', shared: true });
});

const create = (by: Colleague, values: object) =>
  by.write(
    'createSegment',
    { name: '全部', rule: { name: { isNull: false } }, ...values },
    '{ segment { id version } }',
  );
const save = async (by: Colleague, values: object): Promise<string> =>
  (await create(by, values)).payload.segment.id;
const remove = (by: Colleague, id: string, expectedVersion = 1) =>
  by.write('deleteSegment', { id, expectedVersion }, '{ segmentId }');
const change = (by: Colleague, id: string, values: object, expectedVersion = 1) =>
  by.write('updateSegment', { id, expectedVersion, ...values }, '{ segment { version } }');
const uses = ({ code, errors: [error] }: Outcome) => ({
  code,
  usedBy: error?.extensions.usedBy,
  useCount: error?.extensions.useCount,
});
const ownerOf = (by: Colleague) => ({ id: by.id, name: expect.any(String) });
const isThere = async (id: string) =>
  [...(await writing.db.execute(sql`select from segment where id = ${uuidOf(id)}::uuid`))].length === 1;

/** Every shape in which a rule can name another segment. */
const rules: Record<string, (id: string) => object> = {
  alone: (id) => ({ inSegment: id }),
  'beside a field': (id) => ({ inSegment: id, stage: { eq: 'INTENT' } }),
  'in and, or, not': (id) => ({ and: [{ or: [{ stage: { eq: 'LOST' } }, { not: { inSegment: id } }] }] }),
  'behind a relation': (id) => ({ contacts: { some: { customer: { inSegment: id } } } }),
};

test.each(Object.entries(rules))(
  'a segment that a colleague’s rule names, %s, stays, and the refusal names the rule',
  async (_shape, ruleOf) => {
    const user = await save(writing.manager, { name: '重点', shared: true, rule: ruleOf(used) });
    const refused = await remove(writing.owner, used);
    expect(uses(refused)).toEqual({
      code: 'CONFLICT',
      usedBy: [{ id: user, name: '重点', owner: ownerOf(writing.manager) }],
      useCount: 1,
    });
    expect(refused.errors[0]?.message).toContain('重点');
    expect(await isThere(used)).toBe(true);
    expect(uses(await remove(writing.admin, used)).code).toBe('CONFLICT');
    expect((await change(writing.manager, user, { rule: {} })).code).toBeUndefined();
    expect((await remove(writing.owner, used)).code).toBeUndefined();
  },
);

test('a snapshot made from a segment uses it as its rule does', async () => {
  const user = await save(writing.owner, { name: '快照', kind: 'SNAPSHOT', rule: { inSegment: used } });
  expect(uses(await remove(writing.owner, used)).usedBy).toMatchObject([{ id: user }]);
});

test('a colleague’s private segment is counted and not named', async () => {
  await save(writing.stranger, { name: '不可告人', rule: { inSegment: used } });
  const own = await save(writing.owner, { name: '自用', rule: { inSegment: used } });
  const refused = await remove(writing.owner, used);
  expect(uses(refused)).toEqual({
    code: 'CONFLICT',
    usedBy: [{ id: own, name: '自用', owner: ownerOf(writing.owner) }],
    useCount: 2,
  });
  expect(JSON.stringify(refused.errors)).not.toContain('不可告人');
  expect(JSON.stringify(refused.errors)).not.toContain(writing.stranger.id);
});

test.each([
  ['asks for the segment', (id: string) => ({ segmentId: id })],
  ['names it in its filter', (id: string) => ({ filter: { not: { inSegment: id } } })],
])('a segment stays while an export that %s is not over', async (_how, ofSegment) => {
  const asked = await exportOf(ofSegment(used));
  const id = asked.payload.export.id;
  expect(uses(await remove(writing.owner, used))).toEqual({ code: 'CONFLICT', usedBy: [], useCount: 1 });
  await writing.db.execute(sql`update customer_export set expires_at = now() where id = ${uuidOf(id)}::uuid`);
  expect((await remove(writing.owner, used)).code).toBeUndefined();
});

test('a shared segment that a colleague’s rule names cannot be made private, whoever does it', async () => {
  const user = await save(writing.manager, { name: '重点', shared: true, rule: { inSegment: used } });
  for (const keeper of [writing.owner, writing.admin]) {
    expect(uses(await change(keeper, used, { shared: false }))).toEqual({
      code: 'CONFLICT',
      usedBy: [{ id: user, name: '重点', owner: ownerOf(writing.manager) }],
      useCount: 1,
    });
  }
  // What its owner's own rules name may be as private as they are.
  expect((await remove(writing.manager, user)).code).toBeUndefined();
  await save(writing.owner, { name: '自用', rule: { inSegment: used } });
  expect((await change(writing.owner, used, { shared: false })).code).toBeUndefined();
});

/** Waits until so many statements wait for a lock. */
const waitersReach = (count: number) =>
  expect
    .poll(async () => {
      const [row] = await writing.db.execute<{ waiting: number }>(
        sql`select count(*)::int as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return row?.waiting;
    })
    .toBe(count);

const exportOf = (asked: object) =>
  writing.manager.write(
    'exportCustomers',
    { ...asked, columns: ['NAME'], format: 'CSV', purpose: '季度核对' },
    '{ export { id } }',
  );
/** How a colleague comes to name a segment, and what they hear when it has gone. */
const namings: Record<string, { begin: (id: string, other: string) => Promise<Outcome>; refusal: string }> = {
  'creates a rule': {
    begin: (id) => create(writing.manager, { rule: { inSegment: id } }),
    refusal: 'BAD_USER_INPUT',
  },
  'changes a rule': {
    begin: (id, other) => change(writing.manager, other, { rule: { inSegment: id } }),
    refusal: 'BAD_USER_INPUT',
  },
  'requests an export': { begin: (id) => exportOf({ segmentId: id }), refusal: 'NOT_FOUND' },
  'requests an export by a filter': {
    begin: (id) => exportOf({ filter: { not: { inSegment: id } } }),
    refusal: 'BAD_USER_INPUT',
  },
};
const endings: Record<string, (id: string) => Promise<Outcome>> = {
  'deletes it': (id) => remove(writing.owner, id),
  'makes it private': (id) => change(writing.owner, id, { shared: false }),
};

test.each(Object.keys(endings).flatMap((does) => Object.keys(namings).map((how) => [does, how] as const)))(
  'of one who %s and one who %s that names it, one is refused, whoever comes first',
  async (does, how) => {
    const [naming, ending] = [namings[how], endings[does]];
    if (!naming || !ending) throw new Error('not listed');
    for (const order of [
      ['name', 'act'],
      ['act', 'name'],
    ] as const) {
      const id = await save(writing.owner, { shared: true });
      const other = await save(writing.manager, {});
      const begin = { name: () => naming.begin(id, other), act: () => ending(id) };
      // Both wait at the segment, in an order that is known, and go on together.
      const begun: Promise<Outcome>[] = [];
      await writing.db.transaction(async (tx) => {
        await tx.execute(sql`select from segment where id = ${uuidOf(id)}::uuid for update`);
        for (const one of order) {
          begun.push(begin[one]());
          await waitersReach(begun.length);
        }
      });
      const [first, second] = await Promise.all(begun);
      expect(first?.code).toBeUndefined();
      expect(second?.code).toBe(order[1] === 'act' ? 'CONFLICT' : naming.refusal);
    }
  },
);
