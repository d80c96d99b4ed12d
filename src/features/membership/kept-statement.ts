import { randomUUID } from 'node:crypto';
import type { SQL } from 'drizzle-orm';
import { type RenderedStatement, renderStatement } from '../../core/database/database.ts';

/** A placeholder for a value in a prepared statement: a random text that occurs in no rule. */
export type Mark = string;

export const newMark = (): Mark => randomUUID();

/** A placeholder for an instant. */
export function markedInstant(mark: Mark): Date {
  const instant = new Date(0);
  instant.toISOString = () => mark;
  return instant;
}

/** Renders a statement once, to be sent with other values each time, so that PostgreSQL plans it once. */
export const keepStatement = (statement: SQL): RenderedStatement => renderStatement(statement);

/** The statement with the values in place of the marks. */
export const fillStatement = (
  { text, params }: RenderedStatement,
  values: ReadonlyMap<unknown, unknown>,
): RenderedStatement => ({
  text,
  params: params.map((param) => (values.has(param) ? values.get(param) : param)),
});
