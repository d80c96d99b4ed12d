import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addContact, openFile, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

/** Does something while no change gets its place in the event log. */
const withLogHeld = <T>(work: () => Promise<T>): Promise<T> =>
  writing.db.transaction(async (tx) => {
    await tx.execute(sql`select from stream_head for update`);
    return work();
  });

/** The whole history of a file, line by line, and how many of them have their place in the log. */
const tableOf = async (file: string) => {
  const lines = await writing.db.execute<{ line: string }>(
    sql`select to_json(l)::text as line from file_history l where customer_id = ${file} order by version, id, field`,
  );
  const [moved] = await writing.db.execute<{ lines: number }>(
    sql`select count(*)::int as lines from file_change where customer_id = ${file}`,
  );
  return { lines: lines.map(({ line }) => line), moved: moved!.lines };
};

const moveAll = async () => {
  while (
    (await writing.db.execute<{ moved: number }>(sql`select sequence_events(3) as moved`))[0]!.moved > 0
  );
};

test('every kind of change has the same lines, ids among them, before and after it has its place in the log', async () => {
  const [file, waiting] = await withLogHeld(async () => {
    const { uuid } = await openFile(writing, writing.owner, { city: '苏州市' });
    const contact = await addContact(writing, uuid, { phone: '+8613800001234' });
    const statements = [
      sql`update customer set city = '无锡市', legal_representative = '王五', registered_capital = 5 where id = ${uuid}`,
      sql`update customer set archived_at = now() where id = ${uuid}`,
      sql`update contact set phone = null, title = '经理', preferences = '喜茶' where id = ${contact.uuid}`,
      sql`insert into need (customer_id, item) select ${uuid}, 'x' || n from generate_series(1, 3) n`,
      sql`update need set item = item || '台' where customer_id = ${uuid}`,
      sql`delete from need where customer_id = ${uuid}`,
      sql`insert into access_grant (customer_id, grantee_id, classes, purpose, expires_at)
          select ${uuid}, id, '{deal}', '核对', now() + interval '1 day' from employee where role = 'FINANCE' limit 1`,
      sql`update access_grant set ended_at = now() where customer_id = ${uuid}`,
    ];
    for (const statement of statements) await writing.db.execute(statement);
    return [uuid, await tableOf(uuid)] as const;
  });
  expect(waiting.moved).toBe(0);
  expect(waiting.lines.length).toBeGreaterThan(15);
  await moveAll();
  expect(await tableOf(file)).toEqual({ lines: waiting.lines, moved: waiting.lines.length });
});

test('a committed change is in the history, in earlier states, in what a field once was and in what is set back before it has its place in the log', async () => {
  const file = await openFile(writing, writing.owner, { stage: 'LOST', city: '苏州市' });
  await moveAll();
  const [now] = await writing.db.execute<{ at: string }>(
    sql`select to_json(clock_timestamp()) #>> '{}' as at`,
  );
  const at = now!.at;
  await withLogHeld(async () => {
    const changed = await writing.owner.write(
      'updateCustomer',
      { id: file.id, expectedVersion: file.version, stage: 'INTENT', city: '无锡市' },
      '{ customer { version } }',
    );
    expect(changed.errors).toEqual([]);
    const { data } = await writing.server.as('SALES').query(
      `query($id: ID!, $at: DateTime!, $before: CustomerFilter!) {
         customer(id: $id) { history(field: "stage", first: 1) { nodes { oldValue newValue } } }
         earlier: customer(id: $id, asOf: $at) { stage version }
         before: customers(filter: $before) { totalCount nodes { stage } }
       }`,
      {
        id: file.id,
        at,
        before: { id: { eq: file.id }, history: { stage: { was: { eq: 'LOST' } } } },
      },
    );
    expect(data).toEqual({
      customer: { history: { nodes: [{ oldValue: 'LOST', newValue: 'INTENT' }] } },
      earlier: { stage: 'LOST', version: 1 },
      before: { totalCount: 1, nodes: [{ stage: 'INTENT' }] },
    });
    const back = await writing.owner.write(
      'revertCustomerField',
      { id: file.id, expectedVersion: file.version + 1, field: 'city', to: at },
      '{ customer { city } }',
    );
    expect(back.payload).toEqual({ customer: { city: '苏州市' } });
    expect((await tableOf(file.uuid)).moved).toBe(1);
  });
});

test('pages of a history join up though its lines get their place in the log between them', async () => {
  const pageOf = async (id: string, first: number, after: string | null) => {
    const { data } = await writing.server
      .as('SALES')
      .query(
        'query($id: ID!, $first: Int, $after: String) { customer(id: $id) { history(first: $first, after: $after) { nodes { field newValue } pageInfo { hasNextPage endCursor } } } }',
        { id, first, after },
      );
    return data.customer.history;
  };
  const { file, start } = await withLogHeld(async () => {
    const file = await openFile(writing, writing.owner);
    for (const city of ['苏州市', '无锡市', '常州市'])
      await writing.db.execute(
        sql`update customer set city = ${city}, province = ${city}, industry = ${city} where id = ${file.uuid}`,
      );
    return { file, start: await pageOf(file.id, 4, null) };
  });
  await moveAll();
  const nodes = [...start.nodes];
  for (let page = start; page.pageInfo.hasNextPage; nodes.push(...page.nodes))
    page = await pageOf(file.id, 2, page.pageInfo.endCursor);
  expect(nodes).toEqual((await pageOf(file.id, 100, null)).nodes);
  expect(nodes.length).toBeGreaterThan(9);
});
