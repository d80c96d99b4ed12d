import { randomUUID } from 'node:crypto';
import type { SQL } from 'drizzle-orm';
import { type RenderedStatement, renderStatement } from '../../core/database/database.ts';

/** Stands for a value in a kept statement. Nobody can have named it. */
export type Mark = string;

export const newMark = (): Mark => randomUUID();

/** Stands for an instant. */
export function markedInstant(mark: Mark): Date {
  const instant = new Date(0);
  instant.toISOString = () => mark;
  return instant;
}

/** A statement that is rendered once and sent with other values each time, so that PostgreSQL plans it once. */
export const keepStatement = (statement: SQL): RenderedStatement => renderStatement(statement);

/** The statement with values instead of marks. */
export const fillStatement = (
  { text, params }: RenderedStatement,
  values: ReadonlyMap<unknown, unknown>,
): RenderedStatement => ({
  text,
  params: params.map((param) => (values.has(param) ? values.get(param) : param)),
});
