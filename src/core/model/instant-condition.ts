import { type SQL, sql } from 'drizzle-orm';

/** The instants that a written one stands for: from the first up to, but without, the last. */
export interface InstantSpan {
  from: SQL;
  until: SQL;
}

const plainDate = /^\d{4}-\d{2}-\d{2}$/;

/**
 * Instants are shown to the millisecond and stored to the microsecond: one that is written stands for its millisecond, so
 * that what was shown is found again, and a plain date for that day in the organisation's time zone.
 */
export function instantSpan(written: string, timeZone: string): InstantSpan {
  if (plainDate.test(written)) {
    const startOf = (day: SQL) => sql`(${day}::timestamp at time zone ${timeZone}::text)`;
    return { from: startOf(sql`${written}::date`), until: startOf(sql`(${written}::date + 1)`) };
  }
  return millisecondOf(written);
}

/** The millisecond of an instant. */
export function millisecondOf(written: string): InstantSpan {
  const from = sql`date_trunc('milliseconds', ${written}::timestamptz)`;
  return { from, until: sql`(${from} + interval '1 millisecond')` };
}

/** Compares a column of instants with a written one; null for no operator that compares. */
export function compareInstant(column: SQL, operator: string, written: string, timeZone: string): SQL | null {
  const { from, until } = instantSpan(written, timeZone);
  const isIn = sql`(${column} >= ${from} and ${column} < ${until})`;
  switch (operator) {
    case 'eq':
      return isIn;
    case 'ne':
      return sql`${isIn} is not true`;
    case 'gt':
      return sql`${column} >= ${until}`;
    case 'gte':
      return sql`${column} >= ${from}`;
    case 'lt':
      return sql`${column} < ${from}`;
    case 'lte':
      return sql`${column} < ${until}`;
    default:
      return null;
  }
}
