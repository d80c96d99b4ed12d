import DataLoader from 'dataloader';
import { type SQL, sql } from 'drizzle-orm';
import { type Database, queryJson } from './database.ts';

/** Runs statements that each yield one JSON value; those asked for in the same tick share a round trip. */
export type Statements = DataLoader<SQL, unknown>;

/** Statements sent together at most: as many as a page has rows. */
const maxTogether = 200;

/** Does its work, with something before or after it, or refuses to. */
export type Around = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * A fresh loader for one operation. Never caches: a read after a write sees the write.
 *
 * `around` is put about every round trip.
 */
export const createStatements = (db: Database, around: Around = (work) => work()): Statements =>
  new DataLoader(
    (statements) =>
      around(async () => {
        if (statements.length === 1) return [await queryJson(db, statements[0] as SQL)];
        const together = statements.map((statement) => sql`(${statement})`);
        return queryJson<unknown[]>(db, sql`select to_json(array[${sql.join(together, sql`, `)}])`);
      }),
    { cache: false, maxBatchSize: maxTogether },
  );
