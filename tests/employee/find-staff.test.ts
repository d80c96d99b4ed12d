import { afterAll, beforeAll, expect, test } from 'vitest';
import { employee, team } from '../../src/domains/employee/employee.table.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  const [east] = await server.db.insert(team).values({ name: '华东三队' }).returning();
  await server.db.insert(employee).values([
    { name: '欧阳锋', email: 'Ouyang@example.com', role: 'SALES', teamId: east?.id as string },
    { name: '欧阳克', email: 'ke@example.com', role: 'FINANCE' },
  ]);
});
afterAll(() => server.close());

const names = async (args: string) => {
  const { data, errors } = await server.as('SALES').query(`{ employees(${args}) { nodes { name } } }`);
  expect(errors).toBeUndefined();
  return data.employees.nodes.map(({ name }: { name: string }) => name);
};

test('employees are searched, filtered and ordered like any list', async () => {
  expect(await names('search: "欧阳", orderBy: [{ field: NAME, direction: DESC }]')).toEqual([
    '欧阳克',
    '欧阳锋',
  ]);
  expect(await names('search: "ouyang@EXAMPLE"')).toEqual(['欧阳锋']);
  expect(await names('search: "欧阳", filter: { role: { eq: FINANCE } }')).toEqual(['欧阳克']);
  expect(await names('filter: { team: { name: { eq: "华东三队" } } }')).toEqual(['欧阳锋']);
});

test('teams are listed with their members', async () => {
  const { data } = await server
    .as('SALES')
    .query('{ teams(search: "华东三") { nodes { name members { nodes { name } } } totalCount } }');
  expect(data.teams).toEqual({
    nodes: [{ name: '华东三队', members: { nodes: [{ name: '欧阳锋' }] } }],
    totalCount: 1,
  });
});

test('who knows people by id may not search their names', async () => {
  const { errors } = await server.as('ANALYST').query('{ employees(search: "欧阳") { nodes { id } } }');
  expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
});
