import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { initialSettings } from '../../src/core/settings/settings.ts';
import { tickTaskRules } from '../../src/features/task-rule/task-rule.write.ts';
import { addDeal, addNeed, fileNow, openFile, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

const ago = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
const tick = (settings = initialSettings) => tickTaskRules(writing.db, { now: new Date(), settings });
const tasksOf = (uuid: string, rule: string) =>
  writing.db.execute<{ state: string; kind: string }>(
    sql`select state, kind from task where rule = ${rule} and customer_id = ${uuid} order by id`,
  );
/** A file in which nothing has happened since. */
const quiet = async (days: number, values: object = {}) =>
  openFile(writing, writing.owner, { ...values, createdAt: ago(days), updatedAt: ago(days) });

test('a silent file is proposed to be archived, once; a person does it, and it leaves every list but its own', async () => {
  const silent = await quiet(400);
  const recent = await quiet(300);
  const busy = await quiet(400);
  const wanted = await quiet(400);
  // Entered after the last contact, and as long ago.
  const served = await quiet(400);
  await addNeed(writing, served.uuid, { updatedAt: ago(390) });
  await addDeal(writing, writing.owner, busy.uuid);
  await addNeed(writing, wanted.uuid);
  await tick();
  await tick();
  for (const { uuid } of [silent, served])
    expect(await tasksOf(uuid, 'inactive')).toEqual([{ state: 'OPEN', kind: 'REVIEW_INACTIVE' }]);
  await addNeed(writing, served.uuid);
  for (const { uuid } of [recent, busy, wanted]) expect(await tasksOf(uuid, 'inactive')).toEqual([]);
  const { version } = await fileNow(writing, silent.uuid);
  const input = { id: silent.id, expectedVersion: version };
  const { payload } = await writing.owner.write(
    'archiveCustomer',
    input,
    '{ customer { archivedAt version } }',
  );
  expect(payload.customer.archivedAt).not.toBeNull();
  await tick();
  for (const { uuid } of [silent, served])
    expect(await tasksOf(uuid, 'inactive')).toEqual([{ state: 'DONE', kind: 'REVIEW_INACTIVE' }]);
  const listed = async () =>
    (
      await writing.server
        .as('MANAGER')
        .query(
          `{ customers(filter: { id: { eq: "${silent.id}" } }) { totalCount } customer(id: "${silent.id}") { id } }`,
        )
    ).data;
  expect(await listed()).toEqual({ customers: { totalCount: 0 }, customer: { id: silent.id } });
  const now = await fileNow(writing, silent.uuid);
  const restored = { id: silent.id, expectedVersion: now.version };
  expect((await writing.owner.write('restoreCustomer', restored, '{ customer { id } }')).errors).toEqual([]);
  expect((await listed()).customers.totalCount).toBe(1);
  // Whoever restored it knows that nothing had happened.
  await tick();
  expect((await tasksOf(silent.uuid, 'inactive')).length).toBe(1);
});

test('how long a file may be without contact goes by its stage and its tier, as the organisation says', async () => {
  const manager = writing.manager;
  const won = async (tier: 'A' | 'B') => {
    const file = await openFile(writing, manager, {
      stage: 'WON',
      tier,
      createdAt: ago(40),
      updatedAt: ago(40),
    });
    return file.uuid;
  };
  const [a, b] = [await won('A'), await won('B')];
  await tick();
  expect(await tasksOf(a, 'no-contact')).toEqual([{ state: 'OPEN', kind: 'FOLLOW_UP' }]);
  expect(await tasksOf(b, 'no-contact')).toEqual([]);
  await tick({ ...initialSettings, followUps: [{ stage: 'WON', tier: 'B', within: 'P1M' }] });
  expect(await tasksOf(b, 'no-contact')).toEqual([{ state: 'OPEN', kind: 'FOLLOW_UP' }]);
});
