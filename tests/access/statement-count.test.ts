import { sql } from 'drizzle-orm';
import { getNamedType, isLeafType, isObjectType } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { modelNamed } from '../../src/core/model/registry.ts';
import { sharedSchema } from '../support/schema.ts';
import { send } from './expected-answer.ts';
import { type FileWorld, startFileWorld } from './file-world.ts';

let world: FileWorld;
beforeAll(async () => {
  world = await startFileWorld();
  const { db, as } = world.server;
  await db.execute(sql`
    insert into access_request (customer_id, requester_id, classes, purpose, told_ids, until)
    select id, ${as('MARKETING').uuid}, '{business}', '核对', '{}', now() + interval '1 day' from customer limit 5`);
  await db.execute(sql`
    insert into handover (from_employee_id, performed_by_id, reason, disabled, customers, archived_customers, custodianships, deals, grants, segments)
    select ${as('SALES').uuid}, ${as('ADMIN').uuid}, 'LEAVING', false, 1, 0, 1, 1, 1, 1 from generate_series(1, 5)`);
  await db.execute(sql`
    insert into segment (name, rule, owner_id, shared) select '客户分群' || n, '{}', ${as('ADMIN').uuid}, true from generate_series(1, 5) n`);
  await db.execute(sql`insert into team (name) select '团队' || n from generate_series(1, 5) n`);
  await db.execute(sql`insert into department (name) select '部门' || n from generate_series(1, 5) n`);
  await db.execute(sql`insert into tag (facet, value) select '标签', n::text from generate_series(1, 5) n`);
  await db.execute(
    sql`insert into run (kind, period, opened_at) select 'audit', n::text, now() from generate_series(1, 5) n`,
  );
  await db.execute(sql`
    insert into outgoing (kind, recipient_id, occasion, expires_at)
    select 'morning-digest', ${as('SALES').uuid}, n::text, now() from generate_series(1, 5) n`);
  await db.execute(sql`update settings set content = content || '{"auditDay": 2, "inactiveAfter": "P6M"}'`);
  await db.execute(sql`select sequence_events(1000000)`);
});
afterAll(() => world.server.close());

const schema = sharedSchema();
const lists = Object.values(schema.getQueryType()?.getFields() ?? {}).filter(({ type }) =>
  getNamedType(type).name.endsWith('Connection'),
);

/** What a list cannot be asked without, and the place from which it has several rows. */
const needed = (list: string): string =>
  ({
    customerDirectory: 'search: "zq", ',
    customerFileEvents: `customerId: "${world.files[0]?.ids.Customer}", after: "${world.beginning}", `,
  })[list] ?? '';

/** Plain fields of a row, and of every row that it leads to. */
function selectionOf(connection: string): string {
  const page = schema.getType(connection);
  const row = isObjectType(page) ? getNamedType(page.getFields().nodes?.type as never) : undefined;
  if (!isObjectType(row)) throw new Error(`${connection} has no rows.`);
  const plain = Object.values(row.getFields()).filter(
    ({ type, args }) => isLeafType(getNamedType(type)) && args.length === 0,
  );
  const around = [...(modelNamed(row.name)?.relations.values() ?? [])].map(({ field, arity }) =>
    arity === 'many' ? `${field}(first: 2) { nodes { id } }` : `${field} { id }`,
  );
  return ['__typename', ...plain.map(({ name }) => name), ...around].join(' ');
}

test.each(lists.map(({ name, type }) => [name, getNamedType(type).name]))(
  '%s costs the same number of statements however many rows it has',
  async (list, connection) => {
    const asked = async (first: number) => {
      const document = `{ ${list}(${needed(list)}first: ${first}) { nodes { ${selectionOf(connection)} } } }`;
      const { data, statements } = await send(world, 'ADMIN', document);
      return { rows: data[list].nodes.length as number, statements };
    };
    const few = await asked(1);
    const many = await asked(20);
    expect(few.rows).toBe(1);
    expect(many.rows).toBeGreaterThan(1);
    expect(many.statements).toBe(few.statements);
  },
);
