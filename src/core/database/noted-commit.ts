import type { Database } from './database.ts';

/**
 * A view of the database for one operation that calls `note` just before one of its transactions commits. If the
 * connection is lost after that, it is unknown whether the commit took place.
 */
export const notingCommits = (db: Database, note: () => void): Database => {
  const transaction: Database['transaction'] = (work, config) =>
    db.transaction(async (tx) => {
      const result = await work(tx);
      note();
      return result;
    }, config);
  return Object.create(db as object, { transaction: { value: transaction } }) as Database;
};
