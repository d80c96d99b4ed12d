import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { contact } from '../../src/domains/contact/contact.table.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { customerTag, tag } from '../../src/domains/tag/tag.table.ts';
import { instantNow } from '../support/instant.ts';
import type { StaffName } from '../support/server.ts';
import { addContact, addDeal, addNeed, openFile, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

/** The database's clock, by which changes are dated. */
const now = () => instantNow(writing.db);

const fileFields = `id name city stage version creditLimit lastInteractionAt owner { id } tags { label }
  contacts { totalCount nodes { id name phone version customer { id city } } }
  needs { nodes { id item budgetMin } } deals { nodes { id title amount owner { id } } }
  interactions { nodes { id summary contact { name } } }`;

const fileAt = async (name: StaffName, id: string, asOf: string | null) =>
  writing.server
    .as(name)
    .query(`query($id: ID!, $asOf: DateTime) { customer(id: $id, asOf: $asOf) { ${fileFields} } }`, {
      id,
      asOf,
    });

/** A file with everything in it. */
async function fullFile() {
  const file = await openFile(writing, writing.owner, { city: '苏州市', creditLimit: '1000.00' });
  const [label] = await writing.db
    .insert(tag)
    .values({ value: `标签${file.uuid}` })
    .returning();
  await writing.db.insert(customerTag).values({ customerId: file.uuid, tagId: label!.id });
  const person = await addContact(writing, file.uuid, { phone: '+8613800001234' });
  const need = await addNeed(writing, file.uuid, { budgetMin: '500000.00' });
  const deal = await addDeal(writing, writing.owner, file.uuid, { amount: '12345678901234.56' });
  await writing.owner.write(
    'logInteraction',
    {
      customerId: file.id,
      contactId: person.id,
      kind: 'VISIT',
      occurredAt: '2024-01-02T03:04:05Z',
      summary: '拜访',
    },
    '{ interaction { id } }',
  );
  return { file, label: label!, person, need, deal };
}

test('a file, with all that is in it, reads at an instant exactly as it read then', async () => {
  const { file, label, person, need, deal } = await fullFile();
  const then = (await fileAt('MANAGER', file.id, null)).data.customer;
  const at = await now();
  const { db } = writing;
  await db.execute(
    sql`update customer set city = '无锡市', stage = 'INTENT', credit_limit = 5 where id = ${file.uuid}`,
  );
  await db.execute(sql`update customer set city = null where id = ${file.uuid}`);
  await db.execute(sql`update contact set phone = null, name = '李四' where id = ${person.uuid}`);
  await db.execute(sql`update deal set amount = 1 where id = ${deal.uuid}`);
  await db.execute(sql`delete from need where id = ${need.uuid}`);
  await db.execute(sql`delete from contact where id = ${person.uuid}`);
  await db.execute(sql`delete from interaction where customer_id = ${file.uuid}`);
  await db.execute(sql`delete from customer_tag where tag_id = ${label.id}`);
  await addContact(writing, file.uuid, { name: '后来者' });
  await writing.manager.write(
    'assignCustomer',
    { id: file.id, ownerId: writing.stranger.id },
    '{ customer { id } }',
  );

  const seen = (await fileAt('MANAGER', file.id, at)).data.customer;
  expect(seen).toEqual(then);
  expect(seen.contacts.nodes[0]).toMatchObject({ name: '王经理', phone: '+8613800001234', version: 1 });
  expect(seen.deals.nodes[0].amount).toBe('12345678901234.56');
  expect((await fileAt('MANAGER', file.id, await now())).data).toEqual(
    (await fileAt('MANAGER', file.id, null)).data,
  );
});

test('before it was opened, a file is not there', async () => {
  const { file } = await fullFile();
  expect((await fileAt('MANAGER', file.id, '2020-01-01T00:00:00Z')).data.customer).toBeNull();
});

test('the past is seen with the rights of today: a former owner sees nothing, the new one all', async () => {
  const { file } = await fullFile();
  const at = await now();
  await writing.manager.write(
    'assignCustomer',
    { id: file.id, ownerId: writing.stranger.id },
    '{ customer { id } }',
  );
  expect((await fileAt('SALES', file.id, at)).data.customer).toBeNull();
  const present = (await fileAt('SALES_2', file.id, at)).data.customer;
  expect(present).toMatchObject({ creditLimit: '1000.00', owner: { id: writing.owner.id } });
  const service = await fileAt('CUSTOMER_SERVICE', file.id, at);
  expect(service.data.customer.creditLimit).toBeNull();
  expect(service.errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', field: 'Customer.creditLimit' });
});

test('a contact that moved to another file stands where it stood', async () => {
  const from = await openFile(writing, writing.owner);
  const to = await openFile(writing, writing.owner);
  const person = await addContact(writing, from.uuid, { name: '搬家人' });
  const at = await now();
  await writing.db.update(contact).set({ customerId: to.uuid }).where(eq(contact.id, person.uuid));
  await writing.db.update(contact).set({ name: '新名字' }).where(eq(contact.id, person.uuid));
  const namesAt = async (id: string, asOf: string | null) =>
    (await fileAt('SALES', id, asOf)).data.customer.contacts.nodes.map(({ name }: { name: string }) => name);
  expect(await namesAt(from.id, at)).toEqual(['搬家人']);
  expect(await namesAt(to.id, at)).toEqual([]);
  expect(await namesAt(to.id, null)).toEqual(['新名字']);
});

test('the file number finds the past too, in a fixed number of statements', async () => {
  const { file } = await fullFile();
  const [row] = await writing.db
    .select()
    .from(customer)
    .where(eq(customer.id, uuidOf(file.id)));
  const byNumber = await writing.server
    .as('SALES')
    .query(
      'query($n: String!, $at: DateTime) { customer(fileNumber: $n, asOf: $at) { id contacts { nodes { name } } } }',
      {
        n: row!.fileNumber,
        at: await now(),
      },
    );
  expect(byNumber.data.customer.id).toBe(file.id);
  // The viewer, then the file; as it is now both are one.
  expect((await fileAt('SALES', file.id, await now())).statements).toBe(2);
  expect((await fileAt('SALES', file.id, null)).statements).toBe(1);
});
