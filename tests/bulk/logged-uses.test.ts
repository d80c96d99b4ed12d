import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accessLog } from '../../src/features/access-log/access-log.table.ts';
import { addContact, openFile, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

/** Each change of many files, by whom their birthdays find. */
const calls = {
  updateCustomers: 'patch: { sourceDetail: "展会" }',
  tagCustomers: 'tags: ["展会"]',
  untagCustomers: 'tags: ["展会"]',
};
const run = (
  name: string,
  mutation: string,
  what: string,
  fileId: string,
  isNull: boolean,
  dryRun: boolean,
) =>
  writing.server.as('MANAGER').query(
    `mutation ${name} { ${mutation}(input: {
       filter: { id: { eq: "${fileId}" }, contacts: { some: { birthday: { isNull: ${isNull} } } } }, ${what}, dryRun: ${dryRun}
     }) { outcome { matched } } }`,
  );

test.each(Object.entries(calls))(
  '%s has an entry of what its filter uses, whatever it finds',
  async (mutation, what) => {
    const file = await openFile(writing, writing.owner);
    await addContact(writing, file.uuid, { birthday: '1990-01-01' });
    for (const dryRun of [true, false]) {
      for (const isNull of [true, false]) {
        const name = `Bulk${mutation}${dryRun}${isNull}`;
        const { data } = await run(name, mutation, what, file.id, isNull, dryRun);
        expect(data[mutation].outcome.matched).toBe(isNull ? 0 : 1);
        const read = () => writing.db.select().from(accessLog).where(sql`operation_name = ${name}`);
        await expect.poll(async () => (await read()).length, { timeout: 60_000 }).toBe(1);
        const [line] = await read();
        expect(line?.kind).toBe('READ');
        expect(line?.fields).toContain('Contact.birthday');
        expect(line?.search).toContain(file.id);
      }
    }
  },
);

test('a change of many files does and answers nothing while the log cannot be written', async () => {
  const file = await openFile(writing, writing.owner);
  await addContact(writing, file.uuid, { birthday: '1990-01-01' });
  await writing.db.execute(
    sql`alter table access_log add constraint broken check (operation_name is distinct from 'Broken') not valid`,
  );
  for (const [mutation, what] of Object.entries(calls))
    for (const dryRun of [true, false])
      expect((await run('Broken', mutation, what, file.id, false, dryRun)).data).toBeNull();
  await writing.db.execute(sql`alter table access_log drop constraint broken`);
  const [row] = await writing.db.execute(sql`
    select (select source_detail from customer where id = ${file.uuid}) as detail,
           (select count(*)::int from customer_tag where customer_id = ${file.uuid}) as tags`);
  expect({ ...row }).toEqual({ detail: null, tags: 0 });
});
