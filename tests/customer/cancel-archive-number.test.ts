import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { uuids } from '../../src/core/database/rows.ts';
import { directoryLookup } from '../../src/domains/directory/directory.table.ts';
import { type Colleague, fileNow, openFile, startWriting, traces, type Writing } from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());
afterEach(() => writing.db.delete(directoryLookup));

type File = { id: string; uuid: string };
const selection = `{ customer { id version archiveNumber archiveCategory
  formerNumbers { number reason cancelledAt cancelledBy { id name } } } }`;
async function verified(owner: Colleague = writing.owner, values: object = {}) {
  const file = await openFile(writing, owner, values);
  await writing.db.transaction(async (tx) => {
    await tx.execute(sql`set local session_replication_role = replica`);
    await tx.execute(
      sql`update customer set verification_state = 'VERIFIED' where id = any(${uuids([file.uuid])})`,
    );
  });
  return file;
}
async function register({ id, uuid }: File, values: object = {}, who = writing.owner) {
  const { version: expectedVersion } = await fileNow(writing, uuid);
  return who.write('registerFile', { id, expectedVersion, ...values }, selection);
}
async function cancel({ id, uuid }: File, who = writing.owner, reason = '录入错误') {
  const { version: expectedVersion } = await fileNow(writing, uuid);
  return who.write('cancelArchiveNumber', { id, expectedVersion, reason }, selection);
}
/** A file with a number of its own. */
let given = 0;
async function registered(owner = writing.owner) {
  const file = await verified(owner);
  const archiveNumber = `纸-${++given}`;
  await register(file, { archiveNumber }, owner);
  return { ...file, archiveNumber };
}

test('a cancelled number is kept with reason, who and when, in the history, and the file is put away under the next', async () => {
  const file = await verified();
  const first = (await register(file)).payload.customer.archiveNumber as string;
  const { payload } = await cancel(file);
  expect(payload.customer).toMatchObject({
    ...{ archiveNumber: null, archiveCategory: null },
    formerNumbers: [
      { number: first, reason: '录入错误', cancelledBy: { id: writing.owner.id, name: 'SALES' } },
    ],
  });
  const age = Date.now() - Date.parse(payload.customer.formerNumbers[0].cancelledAt);
  expect(age).toBeLessThan(60_000);
  const next = (await register(file)).payload.customer;
  expect(next.archiveNumber).not.toBe(first);
  expect(Number(next.archiveNumber.slice(-5))).toBe(Number(first.slice(-5)) + 1);
  await cancel(file, writing.manager, '换柜');
  await writing.db.execute(sql`select sequence_events(1000000)`);
  const { data } = await writing.server.as('MANAGER').query(`{ customer(id: "${file.id}") {
    formerNumbers { number cancelledBy { name } }
    history(field: "archiveNumber") { nodes { oldValue newValue actor { name } } }
    list: history(field: "formerNumbers") { nodes { newValue } } } }`);
  expect(data.customer.formerNumbers).toEqual([
    { number: first, cancelledBy: { name: 'SALES' } },
    { number: next.archiveNumber, cancelledBy: { name: 'MANAGER' } },
  ]);
  expect(data.customer.history.nodes[0]).toEqual({
    ...{ oldValue: next.archiveNumber, newValue: null, actor: { name: 'MANAGER' } },
  });
  expect(data.customer.list.nodes[1].newValue[0]).toMatchObject({
    number: first,
    cancelledBy: writing.owner.id,
  });
});

test('it is never given again: not to another file, not to its own, not by the counter', async () => {
  const file = await verified();
  const number = (await register(file)).payload.customer.archiveNumber as string;
  await cancel(file);
  const taken = { code: 'CONFLICT', field: 'archiveNumber', value: number, customerId: file.id };
  for (const one of [await verified(), file])
    expect((await register(one, { archiveNumber: number })).errors[0]?.extensions).toEqual(taken);
  await writing.db.execute(sql`update archive_counter set last = last - 1 where category = 'KH'`);
  expect((await register(file)).payload.customer.archiveNumber).not.toBe(number);
  const theirs = await register(
    await verified(writing.stranger),
    { archiveNumber: number },
    writing.stranger,
  );
  expect(theirs.errors[0]?.extensions).toMatchObject({
    field: 'archiveNumber',
    card: { customerId: file.id },
  });
});

test('the search and the file number find a file by every number it has or had, for who reads addresses', async () => {
  const file = await registered();
  const former = file.archiveNumber;
  await cancel(file);
  const present = (await register(file)).payload.customer.archiveNumber as string;
  const ask = (who: 'MANAGER' | 'SALES_2' | 'MARKETING', number: string) =>
    writing.server.as(who).query(`{
      customer(fileNumber: "${number.toLowerCase()}") { id }
      customers(search: "${number.toLowerCase()}") { nodes { id } } }`);
  for (const number of [former, present]) {
    const { data } = await ask('MANAGER', number);
    expect([data.customer, data.customers.nodes], number).toEqual([{ id: file.id }, [{ id: file.id }]]);
    for (const who of ['SALES_2', 'MARKETING'] as const) {
      const hidden = (await ask(who, number)).data;
      expect([hidden.customer, hidden.customers.nodes], who).toEqual([null, []]);
    }
  }
  const { fileNumber } = await fileNow(writing, file.uuid);
  expect((await ask('MARKETING', fileNumber)).data.customer).toEqual({ id: file.id });
});

test('who may not write the file cancels nothing; nor is what has no number, is archived or has changed', async () => {
  const file = await registered();
  expect((await cancel(file, writing.stranger)).code).toBe('NOT_FOUND');
  expect((await cancel(file, writing.finance)).code).toBe('FORBIDDEN');
  expect((await cancel(file, writing.owner, ' ')).issues).toEqual(['input.reason TEXT_REQUIRED']);
  const none = await cancel(await verified());
  expect(none.errors[0]?.extensions).toMatchObject({ code: 'CONFLICT', reason: 'NOT_REGISTERED' });
  const { version } = await fileNow(writing, file.uuid);
  const stale = { id: file.id, expectedVersion: version - 1, reason: '录入错误' };
  expect((await writing.owner.write('cancelArchiveNumber', stale, selection)).code).toBe('CONFLICT');
  await writing.owner.write(
    'archiveCustomer',
    { id: file.id, expectedVersion: version },
    '{ customer { id } }',
  );
  expect((await cancel(file)).code).toBe('CONFLICT');
  expect((await fileNow(writing, file.uuid)).archiveNumber).toBe(file.archiveNumber);
});

test('the same again by the same person leaves no trace', async () => {
  const file = await registered();
  const { version: expectedVersion } = await fileNow(writing, file.uuid);
  const input = { id: file.id, expectedVersion, reason: '录入错误' };
  const once = await writing.owner.write('cancelArchiveNumber', input, selection);
  const before = await traces(writing, file.uuid);
  const again = await writing.owner.write('cancelArchiveNumber', input, selection);
  expect(again.payload).toEqual(once.payload);
  expect(await traces(writing, file.uuid)).toBe(before);
});

test('no writer drops a cancelled number, or a number that is not cancelled', async () => {
  const { db } = writing;
  const file = await registered();
  const drop = sql`update customer set archive_number = null where id = ${file.uuid}`;
  await expect(db.execute(drop)).rejects.toThrow();
  await cancel(file);
  for (const value of [sql`null`, sql`'[]'::jsonb`])
    await expect(
      db.execute(sql`update customer set former_numbers = ${value} where id = ${file.uuid}`),
    ).rejects.toThrow();
  await expect(
    db.execute(sql`update customer set archive_number = ${file.archiveNumber} where id = ${file.uuid}`),
  ).rejects.toThrow();
});
