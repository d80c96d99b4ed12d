import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import type { StaffName } from '../support/server.ts';
import { addContact, missingId, openFile, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
  await writing.db.execute(
    sql`insert into team (name, leader_id) values ('甲组', ${uuidOf(writing.manager.id)}), ('乙组', null)`,
  );
  for (const [name, { id }] of [
    ['甲组', writing.owner],
    ['乙组', writing.service],
  ] as const)
    await writing.db.execute(
      sql`update employee set team_id = (select id from team where name = ${name}) where id = ${uuidOf(id)}`,
    );
});
afterAll(() => writing.close());

const as = (staff: StaffName) => async (document: string, variables: object) => {
  const { data, errors } = await writing.server.as(staff).query(document, variables as never);
  return { data, errors: (errors ?? []) as { message: string; extensions: Record<string, unknown> }[] };
};
const sees = async (staff: StaffName, id: string): Promise<boolean> => {
  const { data } = await as(staff)(
    'query ($id: ID!) { node(id: $id) { id } tasks(first: 200) { nodes { id } } }',
    { id },
  );
  const isListed = data.tasks.nodes.some((node: { id: string }) => node.id === id);
  expect(isListed).toBe(data.node !== null);
  return isListed;
};
const seenBy = async (id: string): Promise<StaffName[]> => {
  const staff: StaffName[] = [
    'SALES',
    'SALES_2',
    'CUSTOMER_SERVICE',
    'MARKETING',
    'FINANCE',
    'MANAGER',
    'ANALYST',
    'ADMIN',
  ];
  const seen = await Promise.all(staff.map((one) => sees(one, id)));
  return staff.filter((_, i) => seen[i]);
};
const open = async (by: 'owner' | 'stranger' | 'service' | 'finance' | 'manager', input: object) => {
  const { payload, errors } = await writing[by].write(
    'createTask',
    { title: '准备资料', ...input },
    '{ task { id version } }',
  );
  expect(errors).toEqual([]);
  return payload.task.id as string;
};
const teamNamed = async (name: string): Promise<string> => {
  const { data } = await as('ADMIN')('{ teams(first: 50) { nodes { id name } } }', {});
  return data.teams.nodes.find((team: { name: string }) => team.name === name).id;
};

test('a task without a file is seen by its assignee, who opened it and the leaders of both, and nobody else', async () => {
  const id = await open('stranger', { assigneeId: writing.owner.id });
  expect(await seenBy(id)).toEqual(['SALES', 'SALES_2', 'MANAGER']);
});

test('a team’s task is seen by its members and leader, and one of them takes it', async () => {
  const id = await open('finance', { teamId: await teamNamed('乙组') });
  expect(await seenBy(id)).toEqual(['CUSTOMER_SERVICE', 'FINANCE']);
  const taken = await writing.service.write(
    'reassignTask',
    { id, assigneeId: writing.service.id },
    '{ task { assignee { id } team { name } } }',
  );
  expect(taken.payload.task).toEqual({ assignee: { id: writing.service.id }, team: { name: '乙组' } });
});

test('a task of a file is seen by whoever may read business of the file, and by no grantee who may not', async () => {
  const file = await openFile(writing, writing.owner);
  const id = await open('owner', { customerId: file.id });
  expect(await seenBy(id)).toEqual([
    'SALES',
    'CUSTOMER_SERVICE',
    'MARKETING',
    'FINANCE',
    'MANAGER',
    'ANALYST',
    'ADMIN',
  ]);
  const lend = (classes: string) =>
    writing.db.execute(sql`insert into access_grant (customer_id, grantee_id, classes, purpose, expires_at)
      values (${file.uuid}, ${uuidOf(writing.stranger.id)}, ${classes}::text[], '核对', now() + interval '1 day')`);
  await lend('{contact}');
  expect(await sees('SALES_2', id)).toBe(false);
  await lend('{business}');
  expect(await sees('SALES_2', id)).toBe(true);
});

test('an assignee sees their task and nothing of a file they may not read', async () => {
  const file = await openFile(writing, writing.owner);
  const contact = await addContact(writing, file.uuid);
  const id = await open('owner', {
    customerId: file.id,
    subjectId: contact.id,
    assigneeId: writing.stranger.id,
  });
  await writing.db.execute(sql`update task set reported = '电话改为 13800138000' where id = ${uuidOf(id)}`);
  const document = `query ($id: ID!) { node(id: $id) { ... on Task {
    title reported customer { id } subject { id ... on Contact { name } } assignee { id } } } }`;
  const mine = await as('SALES')(document, { id });
  expect(mine.data.node).toMatchObject({
    reported: '电话改为 13800138000',
    customer: { id: file.id },
    subject: { id: contact.id, name: '王经理' },
  });
  const theirs = await as('SALES_2')(document, { id });
  expect(theirs.data.node).toEqual({
    title: '准备资料',
    reported: null,
    customer: null,
    subject: null,
    assignee: { id: writing.stranger.id },
  });
  expect(theirs.errors.map(({ extensions }) => extensions.field)).toEqual(['Task.reported']);
  // Who sees the file and may not read the class reads the task without it.
  const finance = await as('FINANCE')(document, { id });
  expect(finance.data.node).toMatchObject({ title: '准备资料', reported: null, customer: { id: file.id } });
  const analyst = await as('ANALYST')(document, { id });
  expect(analyst.data.node).toMatchObject({ title: null, reported: null });
});

test('nothing of a file can be learnt through its tasks by who does not see it', async () => {
  const file = await openFile(writing, writing.owner);
  await open('owner', { customerId: file.id, assigneeId: writing.stranger.id });
  const { errors } = await as('SALES_2')(
    '{ tasks(filter: { customer: { name: { contains: "精密" } } }) { totalCount } }',
    {},
  );
  expect(errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
  const told = await as('SALES_2')('{ tasks(filter: { reported: { contains: "1" } }) { totalCount } }', {});
  expect(told.errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
});

test('an employee’s tasks are those the viewer sees', async () => {
  const file = await openFile(writing, writing.owner);
  const inFile = await open('owner', { customerId: file.id });
  const alone = await open('owner', {});
  const tasksOf = async (staff: StaffName) => {
    const { data } = await as(staff)(
      'query ($id: ID!) { node(id: $id) { ... on Employee { tasks(first: 200) { nodes { id } } } } }',
      { id: writing.owner.id },
    );
    const ids = data.node.tasks.nodes.map((task: { id: string }) => task.id);
    return [inFile, alone].map((id) => ids.includes(id));
  };
  expect(await tasksOf('SALES')).toEqual([true, true]);
  expect(await tasksOf('MANAGER')).toEqual([true, true]);
  expect(await tasksOf('FINANCE')).toEqual([true, false]);
  expect(await tasksOf('SALES_2')).toEqual([false, false]);
});

test('bad input is refused with every violation at once, in both languages', async () => {
  const file = await openFile(writing, writing.owner);
  const other = await openFile(writing, writing.owner);
  const contact = await addContact(writing, other.uuid);
  const refused = await writing.owner.write(
    'createTask',
    {
      title: ' ',
      customerId: file.id,
      subjectId: contact.id,
      teamId: missingId('team'),
      assigneeId: writing.server.as('ANALYST').id,
    },
    '{ task { id } }',
  );
  // What only the database knows is looked up together with the rest.
  expect(refused.issues).toEqual([
    'input.title TEXT_REQUIRED',
    'input.assigneeId ONE_OF',
    'input.teamId ONE_OF',
    'input.assigneeId EMPLOYEE_ROLE',
    'input.teamId TEAM_UNKNOWN',
    'input.subjectId SUBJECT_NOT_OF_CUSTOMER',
  ]);
  const message = async (language: string) => {
    const response = await fetch(writing.server.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'accept-language': language,
        authorization: `Bearer ${writing.server.as('SALES').token}`,
      },
      body: JSON.stringify({
        query: 'mutation ($id: ID!) { createTask(input: { title: "x", subjectId: $id }) { task { id } } }',
        variables: { id: contact.id },
      }),
    });
    return ((await response.json()) as { errors: { message: string }[] }).errors[0]?.message;
  };
  expect(await message('en')).toContain('Must be this customer, or something in their file.');
  expect(await message('zh')).toContain('须为该客户或其档案中的内容');
});

test('an assignee who does not see the file finds nothing out of its history by conditions on the task', async () => {
  const file = await openFile(writing, writing.owner);
  const id = await open('owner', { customerId: file.id, title: '旧标题' });
  await writing.owner.write('updateTask', { id, expectedVersion: 1, title: '新标题' }, '{ task { id } }');
  await writing.owner.write('reassignTask', { id, assigneeId: writing.stranger.id }, '{ task { id } }');
  await writing.db.execute(sql`select sequence_events(1000000)`);
  const found = async (staff: StaffName, title: string) => {
    const { data, errors } = await as(staff)(
      `{ tasks(first: 200, filter: { history: { title: ${title} } }) { nodes { id } } }`,
      {},
    );
    expect(errors).toEqual([]);
    return data.tasks.nodes.some((node: { id: string }) => node.id === id);
  };
  const conditions = [
    '{ was: { eq: "旧标题" } }',
    '{ changed: { from: { contains: "旧" } } }',
    '{ changed: {} }',
  ];
  for (const condition of conditions) {
    expect(await found('SALES', condition), condition).toBe(true);
    expect(await found('SALES_2', condition), condition).toBe(false);
  }
});

test('who gets a role without tasks keeps none that are open', async () => {
  const file = await openFile(writing, writing.owner);
  const [of, without] = [
    await open('owner', { customerId: file.id, assigneeId: writing.marketing.id }),
    await open('owner', { assigneeId: writing.marketing.id }),
  ];
  const version = async () => {
    const { data } = await as('ADMIN')('query ($id: ID!) { node(id: $id) { ... on Employee { version } } }', {
      id: writing.marketing.id,
    });
    return data.node.version;
  };
  const become = async (role: string) =>
    writing.admin.write(
      'updateEmployee',
      { id: writing.marketing.id, expectedVersion: await version(), role },
      '{ employee { role } }',
    );
  const lead = (leader: string | null) =>
    writing.db.execute(sql`update team set leader_id = ${leader}::uuid where name = '乙组'`);
  await lead(uuidOf(writing.marketing.id));
  expect((await become('ANALYST')).errors[0]?.extensions).toMatchObject({
    code: 'CONFLICT',
    reason: 'LEADS_TEAM',
  });
  await lead(null);
  expect((await become('ANALYST')).errors).toEqual([]);
  const { data } = await as('ADMIN')(
    'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Task { assignee { id } } } }',
    { ids: [of, without] },
  );
  expect(data.nodes).toEqual([
    { assignee: { id: writing.owner.id } },
    { assignee: { id: writing.admin.id } },
  ]);
  expect((await become('MARKETING')).errors).toEqual([]);
});
