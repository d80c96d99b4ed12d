import { sql } from 'drizzle-orm';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { type FileWorld, startFileWorld } from '../access/file-world.ts';

/** The files of the access matrix with several rows of a kind each, and arguments of the fields that need some. */
export async function startPathsWorld(): Promise<{
  world: FileWorld;
  given: Record<string, readonly string[]>;
}> {
  const world = await startFileWorld();
  const { server, files } = world;
  for (const [i, { uuids }] of files.entries()) {
    await server.db.execute(sql`insert into deal (customer_id, owner_id, title, stage, currency, contract_amount, effective_on, lost_reason)
      select ${uuids.Customer}, ${server.as('ADMIN').uuid}, '设备' || stage, stage, 'CNY', 5, '2026-01-01', '价格' from unnest(array['WON', 'LOST', 'LOST']) stage`);
    await server.db.execute(sql`insert into contact (customer_id, name, is_primary)
      select ${uuids.Customer}, '王' || n, false from generate_series(1, 2) n`);
    await server.db.execute(sql`insert into access_request (customer_id, requester_id, classes, purpose, until, told_ids)
      values (${uuids.Customer}, ${server.as('SALES').uuid}, '{contact}', '核对', '2999-01-01', '{}')`);
    if (i % 2) {
      await server.db.execute(sql`with t as (insert into tag (value) values (${`标签${i}`}) returning id)
        insert into customer_tag (tag_id, customer_id) select id, ${uuids.Customer} from t`);
    }
  }
  const [segment] = await server.db.execute<{ id: string }>(
    sql`insert into segment (name, kind, rule, owner_id, shared) values ('全部', 'DYNAMIC', '{"or":[{}]}', ${server.as('ADMIN').uuid}, true) returning id`,
  );
  await server.db.execute(sql`update team set leader_id = ${server.as('ADMIN').uuid}`);
  await server.db.execute(sql`select sequence_events(5000)`);
  const own = files.filter((_, i) => i % 6 === 0);
  const ids = own.map((file) => `id: "${file.ids.Customer}"`);
  const anyIds = own.flatMap((file) => Object.values(file.ids).map((id) => `id: "${id}"`));
  const several = own.map(
    (file) =>
      `ids: [${Object.values(file.ids)
        .map((id) => `"${id}"`)
        .join()}]`,
  );
  const segmentId = `"${encodeId('seg', segment?.id as string)}"`;
  const given = {
    'Query.customer': [...ids, ...ids.map((id) => `${id}, asOf: "2999-01-01T00:00:00Z"`)],
    'Query.node': anyIds,
    'Query.nodes': several,
    'Query.segment': [`id: ${segmentId}`],
    'Query.previewSegment': ['rule: { region: { isNull: false } }'],
    'Query.segmentDiff': [`segmentId: ${segmentId}, newRule: { region: { isNull: false } }`],
    'Query.customerStats': [
      'groupBy: [REGION]',
      'groupBy: [STAGE], measures: [{ of: SUM, field: EMPLOYEE_COUNT }]',
    ],
    // Numbers alone, and no answer at all for most roles.
    'Query.handoverPreview': [],
    'Query.tags': ['first: 3', 'first: 5, filter: { value: { isNull: false } }'],
    'Segment.explain': ids.map((id) => id.replace('id', 'customerId')),
    'Segment.contains': ids.map((id) => id.replace('id', 'customerId')),
    // Looked up so many times in a minute at most; its own answers fill it; no rows of a model.
    'Query.customerDirectory': [],
    'Query.accessLog': [],
    'Query.segmentFields': [],
    'CustomerConnection.changesCursor': [],
    'Query.customerFileEvents': [],
    // Of an estimate of the database's.
    'SegmentPreview.cost': [],
  };
  return { world, given };
}
