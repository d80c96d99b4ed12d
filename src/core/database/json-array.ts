import { type SQL, sql } from 'drizzle-orm';

/** Most arguments that a function of PostgreSQL takes. */
const maxArguments = 100;

/** A JSON array of any number of values, each of a type that PostgreSQL knows (no bare literal). */
export function jsonArray(values: readonly SQL[]): SQL {
  if (values.length === 0) return sql`'[]'::json`;
  if (values.length <= maxArguments) return sql`json_build_array(${sql.join([...values], sql`, `)})`;
  const elements = values.map((value) => sql`to_json(${value})`);
  return sql`array_to_json(array[${sql.join(elements, sql`, `)}])`;
}
