import { type SQL, sql } from 'drizzle-orm';
import type { RuleScope } from './task-rule.types.ts';

/** Of a column that holds a file's id. */
export const inScope = (column: SQL, { files }: RuleScope): SQL =>
  files ? sql`${column} = any(${files})` : sql`true`;

/** What a reason must name; see `Reason`. */
export const noFields = sql`null::text[] as fields`;
export const noTime = sql`null::timestamptz as due_at`;
