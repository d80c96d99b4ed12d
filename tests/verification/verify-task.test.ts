import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { initialSettings } from '../../src/core/settings/settings.ts';
import { advanceTaskRules, tickTaskRules } from '../../src/features/task-rule/task-rule.write.ts';
import {
  addContact,
  type Colleague,
  fileNow,
  openFile,
  startWriting,
  type Writing,
} from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
  await look();
});
afterAll(() => writing.close());

const look = async () => {
  const clock = { now: new Date(), settings: initialSettings };
  await writing.db.execute(sql`select sequence_events(1000000)`);
  while ((await advanceTaskRules(writing.db, clock)).isBehind);
  await tickTaskRules(writing.db, clock);
};
const tasksOf = (uuid: string) =>
  writing.db.execute<{ state: string; fields: string }>(
    sql`select state, array_to_string(fields, ' ') as fields from task where rule = 'verify-change' and customer_id = ${uuid} order by id`,
  );
const write = async (who: Colleague, mutation: string, uuid: string, values: object) => {
  const { version: expectedVersion } = await fileNow(writing, uuid);
  const input = { id: encodeId('cus', uuid), expectedVersion, ...values };
  expect((await who.write(mutation, input, '{ customer { id } }')).errors).toEqual([]);
};

test('who verifies what changed settles the task to do so, once each value is verified', async () => {
  const { owner, manager } = writing;
  const { uuid } = await openFile(writing, owner, { legalRepresentative: '张三' });
  await write(owner, 'updateCustomer', uuid, {
    name: '上海新名精密机械有限公司',
    legalRepresentative: '李四',
  });
  await look();
  expect(await tasksOf(uuid)).toEqual([{ state: 'OPEN', fields: 'legalRepresentative name' }]);
  const verify = (field: string) =>
    write(manager, 'verifyFields', uuid, { fields: [{ field, method: 'REGISTER', evidence: '公示系统' }] });
  await verify('name');
  await look();
  expect((await tasksOf(uuid)).map(({ state }) => state)).toEqual(['OPEN']);
  await verify('legalRepresentative');
  await look();
  expect((await tasksOf(uuid)).map(({ state }) => state)).toEqual(['DONE']);
  // What changes again is to be verified again.
  await write(owner, 'updateCustomer', uuid, { legalRepresentative: '王五' });
  await look();
  expect((await tasksOf(uuid)).map(({ state }) => state)).toEqual(['DONE', 'OPEN']);
});

test('another primary contact is verified by one of their values', async () => {
  const { owner, manager } = writing;
  const { uuid } = await openFile(writing, owner);
  const first = await addContact(writing, uuid, { isPrimary: true });
  const second = await addContact(writing, uuid, { name: '周敏' });
  await writing.db.execute(sql`update contact set is_primary = false where id = ${first.uuid}`);
  await writing.db.execute(sql`update contact set is_primary = true where id = ${second.uuid}`);
  await look();
  expect(await tasksOf(uuid)).toEqual([{ state: 'OPEN', fields: 'isPrimary' }]);
  const fields = [{ field: 'name', entityId: second.id, method: 'PHONE', evidence: '来电' }];
  await write(manager, 'verifyFields', uuid, { fields });
  await look();
  expect((await tasksOf(uuid)).map(({ state }) => state)).toEqual(['DONE']);
});
