import type { Database } from './database.ts';

/**
 * The same database, for one operation: `note` is called when a transaction of its is about to be committed. Should the
 * connection be lost after that, nobody knows whether it was.
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
