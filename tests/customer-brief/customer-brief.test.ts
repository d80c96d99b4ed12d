import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { accessGrant } from '../../src/domains/grant/access-grant.table.ts';
import { interaction } from '../../src/domains/interaction/interaction.table.ts';
import { task } from '../../src/domains/task/task.table.ts';
import { accessLog } from '../../src/features/access-log/access-log.table.ts';
import { addContact, addDeal, addNeed, openFile, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
let file: Awaited<ReturnType<typeof openFile>>;

const visitedAt = '2026-06-01T02:00:00.000Z';

beforeAll(async () => {
  writing = await startWriting();
  const { db, owner } = writing;
  file = await openFile(writing, owner);
  await addContact(writing, file.uuid, { name: '王经理', preferences: '不吃辣' });
  await addNeed(writing, file.uuid, { item: '节能改造' });
  await addNeed(writing, file.uuid, { item: '旧需求', status: 'FULFILLED' });
  await addDeal(writing, owner, file.uuid, { title: '节能设备' });
  await addDeal(writing, owner, file.uuid, { title: '旧商机', stage: 'LOST' });
  for (const [day, employee] of [
    ['2026-05-01', owner],
    ['2026-06-01', owner],
    ['2026-06-20', writing.manager],
  ] as const)
    await db.insert(interaction).values({
      customerId: file.uuid,
      employeeId: uuidOf(employee.id),
      kind: 'VISIT',
      summary: `${day}拜访`,
      occurredAt: `${day}T02:00:00Z`,
    });
  const due = { customerId: file.uuid, assigneeId: uuidOf(owner.id) };
  await db.insert(task).values([
    { ...due, title: '回访', dueAt: '2026-01-01T00:00:00Z' },
    { ...due, title: '已办', state: 'DONE', completedAt: '2026-01-01T00:00:00Z' },
  ]);
  // A file of the same people, of which nothing may be in the brief.
  const other = await openFile(writing, owner);
  await addContact(writing, other.uuid, { name: '李经理' });
  await addNeed(writing, other.uuid, { item: '别家的需求' });
});
afterAll(() => writing.close());

type Name = Parameters<Writing['server']['as']>[0];

const briefOf = (name: Name) =>
  writing.server.as(name).query(
    `query Brief($id: ID!) { customerBrief(id: $id) {
      lastVisitAt
      customer { id name }
      contacts(first: 5) { nodes { name preferences } }
      tasks(first: 5) { totalCount nodes { title overdue } }
      changes(first: 20) { nodes { field actor { id } occurredAt } }
      interactions(first: 5) { nodes { summary } }
      needs(first: 5) { totalCount nodes { item } }
      deals(first: 5) { totalCount nodes { title } }
    } }`,
    { id: file.id },
  );

test('what the file lacks is listed to who may fill it in', async () => {
  const gapsOf = async (name: Name) => {
    const { data } = await writing.server
      .as(name)
      .query('query ($id: ID!) { customerBrief(id: $id) { gaps { field weight } } }', { id: file.id });
    return data.customerBrief.gaps.map(({ field }: { field: string }) => field);
  };
  expect(await gapsOf('SALES')).toEqual(expect.arrayContaining(['INDUSTRY', 'CONTACT_NUMBER']));
  expect(await gapsOf('SALES')).not.toContain('NEED');
  expect(await gapsOf('MARKETING')).toEqual([]);
});

test('one request says whom to address, what is due, what changed, what was said and what is open', async () => {
  const { data, errors } = await briefOf('SALES');
  expect(errors).toBeUndefined();
  const { changes, ...rest } = (data as { customerBrief: Record<string, unknown> }).customerBrief;
  expect(rest).toEqual({
    lastVisitAt: visitedAt,
    customer: { id: file.id, name: expect.any(String) },
    contacts: { nodes: [{ name: '王经理', preferences: '不吃辣' }] },
    tasks: { totalCount: 1, nodes: [{ title: '回访', overdue: true }] },
    interactions: {
      nodes: [{ summary: '2026-06-20拜访' }, { summary: '2026-06-01拜访' }, { summary: '2026-05-01拜访' }],
    },
    needs: { totalCount: 1, nodes: [{ item: '节能改造' }] },
    deals: { totalCount: 1, nodes: [{ title: '节能设备' }] },
  });
  const { nodes } = changes as { nodes: { occurredAt: string }[] };
  expect(nodes.length).toBeGreaterThan(0);
  for (const { occurredAt } of nodes) expect(occurredAt >= visitedAt).toBe(true);
});

test('who cannot see the file gets null, as for a file that is not there', async () => {
  expect((await briefOf('SALES_2')).data).toEqual({ customerBrief: null });
});

test('each role gets what its own lists show: what it may not read is withheld, and said to be', async () => {
  for (const name of ['MANAGER', 'CUSTOMER_SERVICE', 'MARKETING', 'FINANCE', 'ANALYST'] as const) {
    const { query } = writing.server.as(name);
    const of = `filter: { customer: { id: { eq: "${file.id}" } }`;
    const lists = await query(`{
      contacts(${of} }, first: 5) { nodes { name preferences } }
      interactions(${of} }, first: 5) { nodes { summary } }
      needs(${of}, status: { eq: OPEN } }, first: 5) { totalCount nodes { item } }
      deals(${of}, stage: { eq: OPEN } }, first: 5) { totalCount nodes { title } }
    }`);
    const { data, errors } = await briefOf(name);
    const brief = (data as { customerBrief: Record<string, unknown> }).customerBrief;
    for (const [list, value] of Object.entries(lists.data ?? {}))
      expect(brief[list], `${name} ${list}`).toEqual(value);
    const places = (answer: typeof errors) =>
      [...new Set((answer ?? []).map(({ extensions }) => extensions.code))].sort();
    if (lists.errors) expect(places(errors)).toEqual(expect.arrayContaining(places(lists.errors)));
  }
});

test('what a colleague reads in it is logged as read in that file, even by a count', async () => {
  const read = () =>
    writing.db
      .select()
      .from(accessLog)
      .where(
        and(eq(accessLog.employeeId, uuidOf(writing.service.id)), eq(accessLog.operationName, 'Counts')),
      );
  await writing.server
    .as('CUSTOMER_SERVICE')
    .query(
      'query Counts($id: ID!) { customerBrief(id: $id) { tasks { totalCount } interactions { totalCount } needs { totalCount } } }',
      { id: file.id },
    );
  const fields = ['Customer.interactions', 'Customer.needs', 'Customer.tasks', 'Need.status'];
  const logged = async () => [...new Set((await read()).flatMap((entry) => entry.fields))].sort();
  await expect.poll(logged, { timeout: 60_000 }).toEqual(expect.arrayContaining(fields));
  for (const { customerIds } of await read()) expect(customerIds).toEqual([file.uuid]);
});

test('it takes as many statements for a file with more in it', async () => {
  const before = (await briefOf('SALES')).statements;
  for (let i = 0; i < 3; i += 1) await addNeed(writing, file.uuid, { item: `改造${i}` });
  expect((await briefOf('SALES')).statements).toBe(before);
  expect(before).toBeLessThanOrEqual(12);
});

test('the grantee of a file without its business is refused those lists, which would look empty', async () => {
  await writing.db.insert(accessGrant).values({
    customerId: file.uuid,
    granteeId: uuidOf(writing.stranger.id),
    classes: ['contact'],
    purpose: '拜访客户',
    expiresAt: new Date(Date.now() + 86_400_000).toISOString(),
  });
  const { data, errors } = await briefOf('SALES_2');
  expect(data.customerBrief).toMatchObject({ contacts: { nodes: [{ name: '王经理' }] } });
  for (const name of ['tasks', 'interactions', 'needs', 'deals']) {
    expect(data.customerBrief[name], name).toBeNull();
    expect(errors).toContainEqual(
      expect.objectContaining({
        path: ['customerBrief', name],
        extensions: expect.objectContaining({
          code: 'FORBIDDEN',
          field: `Customer.${name}`,
          reason: 'NOT_OWNER',
        }),
      }),
    );
  }
});
