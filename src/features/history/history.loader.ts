import DataLoader from 'dataloader';
import { Placeholder, sql } from 'drizzle-orm';
import type { Context } from '../../core/context.ts';
import { renderStatement } from '../../core/database/database.ts';
import { arrayLiteral } from '../../core/database/rows.ts';

/** One changed column. Values are text, since JSON would turn an exact number into a float. */
export interface RawChange {
  subject: string;
  column: string;
  old: string | null;
  new: string | null;
}

/** A version of a file. */
interface VersionKey {
  /** UUID. */
  customerId: string;
  version: number;
}

/**
 * Expands a `file_change` row `c` into one line of history per changed column: `key` is the column, values are text. An
 * added or removed row gives a line for each of its columns.
 */
export const lineFields = sql`(
  select c.field as key, c.old_value #>> '{}' as old, c.new_value #>> '{}' as new where c.field is not null
  union all
  select key, o.value, n.value
  from jsonb_each_text(coalesce(c.old_value, '{}')) o full join jsonb_each_text(coalesce(c.new_value, '{}')) n using (key)
  where c.field is null
)`;

/** The same statement for one version and for a page of events. */
const linesText = renderStatement(sql`
  select coalesce(json_agg(lines order by place), '[]') from (
    select requested.place, (
      select coalesce(json_agg(json_build_object('subject', c.subject, 'column', f.key, 'old', f.old, 'new', f.new) order by c.id, f.key), '[]')
      from file_change c cross join lateral ${lineFields} f
      where c.customer_id = requested.customer_id and c.version = requested.version) as lines
    from unnest(${sql.placeholder('files')}::uuid[], ${sql.placeholder('versions')}::int[])
      with ordinality requested (customer_id, version, place)) found`);

/** Most versions per statement: the size of a page of events. */
const maxTogether = 200;

const loaders = new WeakMap<Context['statements'], DataLoader<VersionKey, RawChange[]>>();

/** Loads what changed in versions of files; all that are requested in one tick share a statement. Nothing is cached. */
export function changesByVersion(statements: Context['statements']): DataLoader<VersionKey, RawChange[]> {
  let loader = loaders.get(statements);
  if (!loader) {
    loader = new DataLoader((keys: readonly VersionKey[]) => readLines(statements, keys), {
      cache: false,
      maxBatchSize: maxTogether,
      // A microtask runs before the statements of this tick are sent, so this one shares their round trip.
      batchScheduleFn: (send) => queueMicrotask(send),
    });
    loaders.set(statements, loader);
  }
  return loader;
}

function readLines(statements: Context['statements'], keys: readonly VersionKey[]): Promise<RawChange[][]> {
  const values: Record<string, string> = {
    files: arrayLiteral(keys.map(({ customerId }) => customerId)),
    versions: arrayLiteral(keys.map(({ version }) => version)),
  };
  const params = linesText.params.map((param) => (param instanceof Placeholder ? values[param.name] : param));
  return statements.load({ ...linesText, params }) as Promise<RawChange[][]>;
}
