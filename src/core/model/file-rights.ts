import { type SQL, sql } from 'drizzle-orm';
import { type AccessClass, accessClasses } from '../access/policy.ts';
import { asSql, isVisible, readable } from '../access/row-predicates.ts';
import type { Context } from '../context.ts';
import type { ReadContext } from './model.types.ts';
import { runStatement } from './read.ts';
import { type Aliases, aliases, all, fileColumnsOf } from './read-context.ts';

/** Which classes the viewer may currently read on one file. */
export type FileRights = Record<AccessClass, boolean>;

/** A condition that the file, under an alias, must meet besides being visible. */
export type FileCondition = (reading: ReadContext, alias: string, next: Aliases) => SQL;

/**
 * The viewer's current rights on a file; null if the file does not exist, is not visible to them, or does not meet the
 * condition. One statement.
 */
export async function findFileRights(
  ctx: Context,
  customerId: string,
  condition?: FileCondition,
): Promise<FileRights | null> {
  const about = { customerIds: [customerId] };
  const build = (reading: ReadContext): SQL => {
    const next = aliases();
    const alias = next();
    const file = fileColumnsOf(alias);
    const classes = accessClasses.map(
      (access) => sql`${access}::text, ${asSql(readable(reading.viewer, access, file))}`,
    );
    const conditions = [sql`${file.id} = ${customerId}::uuid`, asSql(isVisible(reading.viewer, file))];
    if (condition) conditions.push(condition(reading, alias, next));
    return sql`select (select json_build_object(${sql.join(classes, sql`, `)}) from customer ${sql.raw(alias)} where ${all(conditions)})`;
  };
  const rights = await runStatement(ctx, build, () => about);
  return rights as FileRights | null;
}
