import { afterAll, beforeAll, expect, test } from 'vitest';
import { contact } from '../../src/domains/contact/contact.table.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  const [mine, theirs] = await server.db
    .insert(customer)
    .values([
      { name: '华信科技', ownerId: server.as('SALES').uuid },
      { name: '远东贸易', ownerId: server.as('SALES_2').uuid },
    ])
    .returning();
  await server.db.insert(contact).values([
    { customerId: mine?.id as string, name: '周怡', mobile: '+8613800138000', email: 'Zhou.Yi@example.com' },
    { customerId: mine?.id as string, name: '李雷' },
    { customerId: theirs?.id as string, name: '周怡安', phone: '+8675582345678' },
  ]);
});
afterAll(() => server.close());

async function names(as: 'SALES' | 'MANAGER', search: string): Promise<string[]> {
  const { data, errors } = await server
    .as(as)
    .query(
      'query ($search: String) { contacts(search: $search) { edges { cursor } nodes { name phone mobile email customer { name } } totalCount } }',
      { search },
    );
  expect(errors).toBeUndefined();
  expect(data.contacts.totalCount).toBe(data.contacts.nodes.length);
  return data.contacts.nodes.map(({ name }: { name: string }) => name);
}

test('contacts are found by name, number and e-mail, those whose names are closest first', async () => {
  expect(await names('MANAGER', '周怡')).toEqual(['周怡', '周怡安']);
  expect(await names('MANAGER', '138 0013 8000')).toEqual(['周怡']);
  expect(await names('MANAGER', 'zhou.yi@example')).toEqual(['周怡']);
  expect(await names('MANAGER', '82345678')).toEqual(['周怡安']);
});

test('a sales person finds the contacts of their own files only', async () => {
  expect(await names('SALES', '周怡')).toEqual(['周怡']);
});

test('who may read no name or number of a contact may not search them', async () => {
  const { errors } = await server.as('ANALYST').query('{ contacts(search: "周怡") { nodes { id } } }');
  expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
});
