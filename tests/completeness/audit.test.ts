import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeId, uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import type { RunKind } from '../../src/core/run/run.types.ts';
import { initialSettings } from '../../src/core/settings/settings.ts';
import { completenessAudit } from '../../src/features/completeness/completeness-audit.run.ts';
import { accuracySample, fileRevision } from '../../src/features/completeness/file-review.run.ts';
import { advanceTaskRules } from '../../src/features/task-rule/task-rule.write.ts';
import { workAroundTheClock } from '../support/calendar.ts';
import { openFile, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
let marketing: string;
beforeAll(async () => {
  writing = await startWriting();
  const { db } = writing;
  await workAroundTheClock(db);
  await began('2020-01-01');
  const [row] = await db.execute<{ id: string }>(
    sql`insert into department (name, responsible_for) values ('市场部', '{MARKET}') returning id`,
  );
  marketing = row?.id as string;
  await db.execute(
    sql`update employee set department_id = ${marketing} where id = ${uuidOf(writing.marketing.id)}`,
  );
  await advance();
});
afterAll(() => writing.close());

const began = (day: string) => writing.db.execute(sql`update settings set created_at = ${day}::timestamptz`);
const advance = async () => {
  await writing.db.execute(sql`select sequence_events(1000000)`);
  while ((await advanceTaskRules(writing.db, { now: new Date(), settings: initialSettings })).isBehind);
};
/** All chunks of a run, as if an instance did them. */
const run = async (kind: RunKind, at: string, settings = {}) => {
  const openedAt = new Date(at);
  const clock = { now: openedAt, settings: { ...initialSettings, ...settings } };
  const period = kind.period(clock);
  if (period === null) return null;
  let count = 0;
  await writing.db.transaction(async (tx) => {
    const time = { ...clock, period, openedAt };
    for (const chunk of await kind.cut(tx, time)) count += await kind.work(tx, chunk, time);
  });
  return count;
};
interface Found {
  state: string;
  fields: string[] | null;
  outcome: string | null;
  assignee: { id: string };
  department: { name: string } | null;
}
const tasksOf = async (uuid: string, rule: string): Promise<Found[]> => {
  const { data, errors } = await writing.server.as('MANAGER').query(
    `query ($id: ID!, $rule: String!) { customer(id: $id) { tasks(first: 50, filter: { rule: { eq: $rule } }) {
      nodes { state fields outcome assignee { id } department { name } } } } }`,
    { id: encodeId('cus', uuid), rule },
  );
  expect(errors).toBeUndefined();
  return data.customer.tasks.nodes;
};

test('the audit opens one task for the owner and each department about what a file lacks, the most important files first, up to the limit', async () => {
  const [key, plain] = [
    await openFile(writing, writing.owner, { importance: 'KEY' }),
    await openFile(writing, writing.owner, { industry: '制造业', size: 'SMALL', source: 'EXPO' }),
  ];
  // On the first of the month, and not before the day that is set.
  expect(await run(completenessAudit, '2026-11-04T01:00:00Z', { auditDay: 5 })).toBeNull();
  expect(await run(completenessAudit, '2026-11-05T01:00:00Z', { auditTasksPerPerson: 1 })).toBe(2);
  const ofKey = await tasksOf(key.uuid, 'fill-fields');
  expect(ofKey.map(({ department }) => department?.name ?? null).sort()).toEqual(['市场部', null].sort());
  for (const { department, assignee, fields } of ofKey) {
    expect(assignee.id).toBe(department ? writing.marketing.id : writing.owner.id);
    expect(fields?.includes('industry')).toBe(department !== null);
    // Not everybody who sees the task reads credit.
    expect(fields).not.toContain('creditGrade');
  }
  expect(await tasksOf(plain.uuid, 'fill-fields')).toEqual([]);
  // Open ones count, and none is opened twice.
  expect(await run(completenessAudit, '2026-12-01T01:00:00Z', { auditTasksPerPerson: 1 })).toBe(0);
  expect(await run(completenessAudit, '2026-12-01T01:00:00Z')).toBe(1);
  // What is filled in closes the task, which says so.
  await writing.db.execute(
    sql`update customer set industry = '制造业', size = 'LARGE', source = 'EXPO' where id = ${key.uuid}`,
  );
  await writing.db.execute(sql`update customer set annual_revenue = 1 where id = ${key.uuid}`);
  await advance();
  const closed = (await tasksOf(key.uuid, 'fill-fields')).filter(({ department }) => department);
  expect(closed).toMatchObject([{ state: 'DONE', outcome: expect.stringContaining('缺失信息已补全') }]);
});

test('files of the tiers that are set come up for revision when they were last revised longer ago than is set', async () => {
  const [big, small] = [
    await openFile(writing, writing.owner, { tier: 'A' }),
    await openFile(writing, writing.owner, { tier: 'C' }),
  ];
  const after = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
  expect(await run(fileRevision, after(30))).toBe(0);
  expect(await run(fileRevision, after(70))).toBe(1);
  expect(await run(fileRevision, after(71))).toBe(0);
  expect(await tasksOf(big.uuid, 'revise-file')).toMatchObject([
    { state: 'OPEN', assignee: { id: writing.owner.id } },
  ]);
  expect(await tasksOf(small.uuid, 'revise-file')).toEqual([]);
  await writing.db.execute(
    sql`update task set state = 'DONE', completed_at = ${after(72)} where rule = 'revise-file'`,
  );
  expect(await run(fileRevision, after(100))).toBe(0);
  expect(await run(fileRevision, after(100), { revisionEvery: 'P7D' })).toBe(1);
});

test('a sample of each owner is checked by somebody else', async () => {
  const own = await openFile(writing, writing.manager);
  expect(await run(accuracySample, '2026-11-05T01:00:00Z', { accuracySample: 1 })).toBe(2);
  const [task] = await tasksOf(own.uuid, 'accuracy-sample');
  expect(task?.assignee.id).not.toBe(writing.manager.id);
  expect([writing.steward.id, writing.admin.id]).toContain(task?.assignee.id);
});

test('whoever begins on the day of the audit or later in the month gets the first task in the next one', async () => {
  await openFile(writing, writing.owner);
  const chunksOn = async (day: string) => {
    const openedAt = new Date(`${day}T01:00:00Z`);
    const clock = { now: openedAt, settings: initialSettings };
    const cut = [completenessAudit, accuracySample].map(({ cut, period }) =>
      cut(writing.db, { ...clock, period: period(clock) as string, openedAt }),
    );
    return (await Promise.all(cut)).map((chunks) => chunks.length);
  };
  await began('2026-10-31T16:00:00Z');
  expect(await chunksOn('2026-11-20')).toEqual([0, 0]);
  expect(await chunksOn('2026-12-01')).toEqual([1, 1]);
  // On the day before, in the organisation's zone.
  await began('2026-10-31T15:59:00Z');
  expect(await chunksOn('2026-11-20')).toEqual([1, 1]);
  await began('2020-01-01');
});
