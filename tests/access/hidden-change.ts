import { sql } from 'drizzle-orm';
import type { Attribute } from '../../src/core/model/attribute.ts';
import { partModels } from '../../src/core/model/registry.ts';
import type { StaffName } from '../support/server.ts';
import {
  type FileType,
  type FileWorld,
  fields,
  modelOf,
  nameOf,
  reads,
  seesRow,
  type WorldFile,
} from './file-world.ts';
import { sentinelOf, sqlOf, type Value } from './sentinel.ts';

/** One value that a viewer may not read, as it is and as it might be. */
export interface Hidden {
  file: WorldFile;
  type: FileType;
  attribute: Attribute;
  before: Value;
  after: Value | null;
}

/** Won deals need both; everything else may be empty where its column allows. */
const neverEmpty = new Set(['Deal.contractAmount', 'Deal.effectiveOn']);

/** Every value in the world that the viewer may not read, each with another that reverses the files' order or is none. */
export function hiddenFrom(viewer: StaffName, { files }: FileWorld): Hidden[] {
  return files.flatMap((file) =>
    fields().flatMap(({ type, attribute }, field) => {
      const before = file.sentinels.get(nameOf(type, attribute))?.value;
      if (before === undefined) return [];
      if (seesRow(viewer, type, file) && reads(viewer, attribute, file)) return [];
      const mayBeEmpty = !attribute.column.notNull && !neverEmpty.has(nameOf(type, attribute));
      const after =
        mayBeEmpty && (file.index + field) % 3 === 0
          ? null
          : otherValue(attribute, file, field, files.length);
      return [{ file, type, attribute, before, after } as Hidden];
    }),
  );
}

function otherValue(
  attribute: Attribute,
  { index }: WorldFile,
  field: number,
  count: number,
): Hidden['after'] {
  if (attribute.kind === 'boolean') return false;
  const opposite = attribute.kind === 'enum' ? index + 1 : 2 * count - index;
  return sentinelOf(attribute, opposite, field)?.value ?? null;
}

/**
 * Puts the hidden values of one world in place of the other's, with nothing else changed: no version, no time, no
 * event. In the changed world there is also one more row of each kind that the viewer cannot see.
 */
export async function exchange(
  world: FileWorld,
  viewer: StaffName,
  hidden: Hidden[],
  to: 'before' | 'after',
): Promise<void> {
  const { db } = world.server;
  await db.transaction(async (tx) => {
    await tx.execute(sql`set local session_replication_role = replica`);
    for (const [row, changes] of rowsOf(hidden)) {
      const { tableName } = modelOf(changes[0]?.type as FileType);
      const sets = changes.map(
        ({ attribute, [to]: value }) =>
          sql`${sql.identifier(attribute.column.name)} = ${sqlOf(attribute, value)}`,
      );
      await tx.execute(
        sql`update ${sql.identifier(tableName)} set ${sql.join(sets, sql`, `)} where id = ${row}`,
      );
    }
    for (const { name, tableName } of partModels()) {
      const table = sql.identifier(tableName);
      for (const { uuids } of world.files.filter((candidate) => !seesRow(viewer, name, candidate))) {
        // One row more, like the one that is there but for what is of one row alone.
        await tx.execute(
          to === 'before'
            ? sql`delete from ${table} where customer_id = ${uuids.Customer} and id <> ${uuids[name]}`
            : sql`insert into ${table} select more.* from ${table} t,
                    jsonb_populate_record(t, jsonb_build_object('id', gen_random_uuid(), 'is_primary', false, 'number', 1)) more
                  where t.id = ${uuids[name]}`,
        );
      }
    }
    await tx.execute(sql`select refresh_search(array(select id from customer))`);
  });
  // What the planner expects is told as the cost of a segment's rule.
  await db.execute(sql`analyze`);
}

function rowsOf(hidden: Hidden[]): Map<string, Hidden[]> {
  const rows = new Map<string, Hidden[]>();
  for (const one of hidden) {
    const row = one.file.uuids[one.type] as string;
    rows.set(row, [...(rows.get(row) ?? []), one]);
  }
  return rows;
}
