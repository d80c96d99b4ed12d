import DataLoader from 'dataloader';
import { type SQL, sql } from 'drizzle-orm';
import { type Database, queryBytes, queryJson } from './database.ts';

/** What a statement yielded. */
export interface Answered {
  /** The JSON as it was sent, when the statement had the round trip to itself. */
  bytes?: Buffer;
  read: () => unknown;
}

/** Runs statements that each yield one JSON value; those asked for in the same tick share a round trip. */
export interface Statements {
  load: (statement: SQL) => Promise<unknown>;
  /** The same, unread where possible. */
  loadAnswer: (statement: SQL) => Promise<Answered>;
}

/** Statements sent together at most: as many as a page has rows. */
const maxTogether = 200;

/** Does its work, with something before or after it, or refuses to. */
export type Around = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * A fresh loader for one operation. Never caches: a read after a write sees the write.
 *
 * `around` is put about every round trip.
 */
export function createStatements(db: Database, around: Around = (work) => work()): Statements {
  const loader = new DataLoader(
    (statements: readonly SQL[]): Promise<Answered[]> =>
      around(async () => {
        if (statements.length === 1) {
          const bytes = await queryBytes(db, statements[0] as SQL);
          return [bytes ? { bytes, read: () => JSON.parse(bytes.toString()) } : { read: () => bytes }];
        }
        const together = statements.map((statement) => sql`(${statement})`);
        const values = await queryJson<unknown[]>(
          db,
          sql`select to_json(array[${sql.join(together, sql`, `)}])`,
        );
        return values.map((value) => ({ read: () => value }));
      }),
    { cache: false, maxBatchSize: maxTogether },
  );
  return {
    load: async (statement) => (await loader.load(statement)).read(),
    loadAnswer: (statement) => loader.load(statement),
  };
}
