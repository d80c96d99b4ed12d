import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { contact } from '../../src/domains/contact/contact.table.ts';
import { addContact, openFile, startWriting, type Writing } from '../support/writing.ts';
import { conflictsOf } from './conflicts.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

test('what is shown of a colleague’s file is logged, and withheld where it cannot be', async () => {
  const file = await openFile(writing, writing.owner);
  const row = await addContact(writing, file.uuid, { birthday: '1980-01-01' });
  await writing.db
    .update(contact)
    .set({ birthday: '1981-01-01', mobile: '+8613800138000' })
    .where(eq(contact.id, row.uuid));
  const document = `mutation Told($input: UpdateContactInput!) { updateContact(input: $input) { contact { id } } }`;
  const input = { id: row.id, expectedVersion: 1, birthday: '1982-01-01', mobile: '13800138001' };
  const write = async () => {
    const { errors } = await writing.server.as('MANAGER').query(document, { input });
    const conflicts = errors?.[0]?.extensions.conflicts as {
      field: string;
      value: unknown;
      withheld: boolean;
    }[];
    return Object.fromEntries(conflicts.map(({ field, value, withheld }) => [field, [value, withheld]]));
  };
  await writing.db.execute(sql`alter table access_log add constraint broken check (false) not valid`);
  const unlogged = await write();
  await writing.db.execute(sql`alter table access_log drop constraint broken`);
  expect(unlogged).toMatchObject({ birthday: [null, true], mobile: ['+8613800138000', false] });
  expect(await write()).toEqual({ birthday: ['1981-01-01', false], mobile: ['+8613800138000', false] });
  const logged = () =>
    writing.db.execute<{ fields: string[] }>(
      sql`select to_json(fields) as fields from access_log where operation_name = 'Told' and kind = 'READ'`,
    );
  await expect
    .poll(async () => (await logged()).map(({ fields }) => fields))
    .toContainEqual(['Contact.birthday', 'Contact.mobile']);
});

test('a decision does not show what was changed where the role may not read it', async () => {
  const file = await openFile(writing, writing.owner);
  const row = await addContact(writing, file.uuid);
  await writing.db.update(contact).set({ religion: '佛教' }).where(eq(contact.id, row.uuid));
  const outcome = await writing.manager.write(
    'archiveCustomer',
    { id: file.id, expectedVersion: 2 },
    '{ customer { id } }',
  );
  expect(outcome.code).toBe('CONFLICT');
  expect(conflictsOf(outcome)).toEqual([]);
  expect(JSON.stringify(outcome.errors)).not.toMatch(/religion|佛教|宗教/);
});
