import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import type { StaffName } from '../support/server.ts';
import { connectSocket } from '../support/socket.ts';
import { type Colleague, openFile, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

interface Told {
  type: string;
  taskId: string | null;
  cursor: string;
  task: { title: string; state: string; customer: { id: string } | null } | null;
}

const subscription =
  'subscription ($after: String) { taskChanged(after: $after) { type taskId cursor task { title state customer { id } } } }';

/** A place in the log behind all that was written. */
const placeNow = async (): Promise<string> => {
  await writing.db.execute(sql`select sequence_events(1000000)`);
  const { data } = await writing.server.as('ADMIN').query('{ customers(first: 1) { changesCursor } }');
  return data.customers.changesCursor;
};
/** What somebody is told from a place on, until `count` events have come. */
const follow = (staff: StaffName, after: string) => {
  const socket = connectSocket(writing.server.socketUrl, writing.server.as(staff).token);
  const stream = socket.subscribe(subscription, { after });
  const next = async (): Promise<Told> => {
    const { data, errors } = await stream.next();
    expect(errors).toBeUndefined();
    return data.taskChanged;
  };
  const take = async (count: number) => {
    const told: Told[] = [];
    while (told.length < count) told.push(await next());
    return told;
  };
  return { take, unread: stream.unread, close: socket.close };
};
const typesOf = (told: Told[]) => told.map(({ type }) => type);

const open = async (by: Colleague, input: object = {}): Promise<string> => {
  const { payload, errors } = await by.write('createTask', { title: '回电', ...input }, '{ task { id } }');
  expect(errors).toEqual([]);
  return payload.task.id;
};
const write = async (by: Colleague, mutation: string, input: object) => {
  const { errors } = await by.write(mutation, input, '{ task { id } }');
  expect(errors).toEqual([]);
};

test('the assignee and who opened a task hear of each step of it, and nobody else does', async () => {
  const after = await placeNow();
  const [opener, assignee, stranger] = [
    follow('SALES', after),
    follow('FINANCE', after),
    follow('SALES_2', after),
  ];
  const id = await open(writing.owner, { assigneeId: writing.finance.id });
  await write(writing.finance, 'snoozeTask', { id, until: new Date(Date.now() + 60_000).toISOString() });
  await write(writing.owner, 'updateTask', { id, expectedVersion: 2, title: '再回电' });
  await write(writing.finance, 'completeTask', { id, outcome: '已回电' });
  const steps = ['OPENED', 'SNOOZED', 'CHANGED', 'DONE'];
  for (const heard of [await opener.take(4), await assignee.take(4)]) {
    expect(typesOf(heard)).toEqual(steps);
    expect(heard.every(({ taskId }) => taskId === id)).toBe(true);
    expect(heard.at(-1)?.task).toMatchObject({ title: '再回电', state: 'DONE' });
  }
  const own = await open(writing.stranger);
  const [first] = await stranger.take(1);
  expect([first?.type, first?.taskId]).toEqual(['OPENED', own]);
  await Promise.all([opener.close(), assignee.close(), stranger.close()]);
});

test('who loses a task receives one event that it left, without content, and nothing more', async () => {
  const after = await placeNow();
  const former = follow('SALES_2', after);
  const id = await open(writing.owner, { assigneeId: writing.stranger.id });
  expect(typesOf(await former.take(1))).toEqual(['OPENED']);
  await write(writing.owner, 'reassignTask', { id, assigneeId: writing.finance.id });
  await write(writing.owner, 'updateTask', { id, expectedVersion: 2, title: '保密' });
  await write(writing.finance, 'completeTask', { id });
  expect(await former.take(1)).toMatchObject([{ type: 'LEFT', taskId: id, task: null }]);
  const mark = await open(writing.stranger);
  expect((await former.take(1)).map(({ taskId }) => taskId)).toEqual([mark]);
  expect(former.unread()).toEqual([]);
  await former.close();
  // Resumed from before all of it, what was theirs then is not shown any more either.
  const again = follow('SALES_2', after);
  const told = await again.take(2);
  expect(told.map(({ type, taskId, task }) => [type, taskId, task !== null])).toEqual([
    ['LEFT', id, false],
    ['OPENED', mark, true],
  ]);
  await again.close();
});

test('a team hears of its tasks until one of it has taken them', async () => {
  await writing.db.execute(sql`insert into team (name) values ('夜班')`);
  for (const { id } of [writing.finance, writing.marketing])
    await writing.db.execute(
      sql`update employee set team_id = (select id from team where name = '夜班') where id = ${uuidOf(id)}`,
    );
  const { data } = await writing.server
    .as('ADMIN')
    .query('{ teams(search: "夜班", first: 1) { nodes { id } } }');
  const after = await placeNow();
  const [finance, marketing] = [follow('FINANCE', after), follow('MARKETING', after)];
  const id = await open(writing.owner, { teamId: data.teams.nodes[0].id });
  await write(writing.finance, 'reassignTask', { id, assigneeId: writing.finance.id });
  await write(writing.finance, 'completeTask', { id });
  expect(typesOf(await finance.take(3))).toEqual(['OPENED', 'ASSIGNED', 'DONE']);
  expect(typesOf(await marketing.take(2))).toEqual(['OPENED', 'ASSIGNED']);
  const mark = await open(writing.marketing);
  expect((await marketing.take(1))[0]?.taskId).toBe(mark);
  await Promise.all([finance.close(), marketing.close()]);
});

test('who leaves a team receives one event that its untaken tasks left, and keeps what they took or opened', async () => {
  await writing.db.execute(sql`insert into team (name) values ('早班')`);
  const move = (team: string | null) =>
    writing.db.execute(
      sql`update employee set team_id = (select id from team where name = ${team}) where id = ${uuidOf(writing.finance.id)}`,
    );
  await move('早班');
  const { data } = await writing.server
    .as('ADMIN')
    .query('{ teams(search: "早班", first: 1) { nodes { id } } }');
  const teamId = data.teams.nodes[0].id;
  const untaken = await open(writing.owner, { teamId });
  const taken = await open(writing.owner, { teamId });
  await write(writing.finance, 'reassignTask', { id: taken, assigneeId: writing.finance.id });
  await open(writing.finance, { teamId });
  const after = await placeNow();
  await move(null);
  // A change of team may end the socket: the app resumes from its cursor.
  const finance = follow('FINANCE', after);
  expect(await finance.take(1)).toMatchObject([{ type: 'LEFT', taskId: untaken, task: null }]);
  await write(writing.finance, 'completeTask', { id: taken });
  expect(await finance.take(1)).toMatchObject([{ type: 'DONE', taskId: taken }]);
  await finance.close();
});

test('who joins a team receives one event of each task that waits in it, and none of what was theirs before', async () => {
  const { payload } = await writing.admin.write('createTeam', { name: '中班' }, '{ team { id } }');
  const { id: teamId } = payload.team;
  const untaken = await open(writing.owner, { teamId });
  const taken = await open(writing.owner, { teamId });
  await write(writing.owner, 'reassignTask', { id: taken, assigneeId: writing.owner.id });
  const own = await open(writing.marketing, { teamId });
  const after = await placeNow();
  await writing.db.execute(
    sql`update employee set team_id = ${uuidOf(teamId)} where id = ${uuidOf(writing.marketing.id)}`,
  );
  const marketing = follow('MARKETING', after);
  expect(await marketing.take(1)).toMatchObject([{ type: 'ASSIGNED', taskId: untaken }]);
  await write(writing.marketing, 'cancelTask', { id: own, reason: '不再需要' });
  expect(await marketing.take(1)).toMatchObject([{ type: 'CANCELLED', taskId: own }]);
  await marketing.close();
});

test('of a file that the assignee may not read nothing comes with its tasks, nor do the tasks come with their files', async () => {
  const after = await placeNow();
  const told = follow('SALES_2', after);
  const file = await openFile(writing, writing.owner);
  const id = await open(writing.owner, { customerId: file.id, assigneeId: writing.stranger.id });
  expect(await told.take(1)).toMatchObject([{ type: 'OPENED', taskId: id, task: { customer: null } }]);
  await told.close();
  const { data } = await writing.server
    .as('SALES')
    .query('query ($after: String) { customerFileEvents(after: $after) { nodes { type entityId } } }', {
      after,
    });
  expect(
    data.customerFileEvents.nodes.filter(({ entityId }: { entityId: string }) => entityId === id),
  ).toEqual([{ type: 'TASK_ADDED', entityId: id }]);
});

test('cut at every event and resumed, a feed loses nothing, repeats nothing and keeps the order', async () => {
  const after = await placeNow();
  const ids: string[] = [];
  for (let i = 0; i < 6; i += 1) ids.push(await open(writing.owner, { assigneeId: writing.finance.id }));
  await Promise.all(ids.map((id) => write(writing.finance, 'completeTask', { id })));
  const whole = follow('FINANCE', after);
  const expected = (await whole.take(12)).map(({ type, taskId }) => `${type} ${taskId}`);
  await whole.close();
  expect(expected.slice(0, 6)).toEqual(ids.map((id) => `OPENED ${id}`));
  const resumed: string[] = [];
  let cursor = after;
  while (resumed.length < 12) {
    const piece = follow('FINANCE', cursor);
    const [event] = (await piece.take(1)) as [Told];
    resumed.push(`${event.type} ${event.taskId}`);
    cursor = event.cursor;
    await piece.close();
  }
  expect(resumed).toEqual(expected);
});

test('a cursor that was altered, or that the log no longer reaches, is refused and not taken for the end', async () => {
  const after = await placeNow();
  const refused = async (cursor: string) => {
    const socket = connectSocket(writing.server.socketUrl, writing.server.as('SALES').token);
    const { errors } = await socket.query(subscription, { after: cursor });
    await socket.close();
    return errors?.[0]?.extensions?.code;
  };
  expect(await refused(`${after}x`)).toBe('BAD_USER_INPUT');
  await open(writing.owner);
  await writing.db.execute(sql`select sequence_events(1000000)`);
  await writing.db.execute(sql`select trim_event_log(now() + interval '1 hour', 1000000)`);
  expect(await refused(after)).toBe('CURSOR_EXPIRED');
});

test('analysts, who can have no tasks, follow none', async () => {
  const socket = connectSocket(writing.server.socketUrl, writing.server.as('ANALYST').token);
  const { errors } = await socket.query(subscription);
  expect(errors?.[0]?.extensions?.code).toBe('FORBIDDEN');
  await socket.close();
});
