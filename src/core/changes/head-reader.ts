import type { ReconnectingPool } from '../database/reconnecting-pool.ts';
import { type Head, readHead } from './event-log.ts';

/**
 * Reads the head of the log; those who ask in the same moment share a statement, which begins after the last of them
 * has asked. Thousands of clients that come back at once cost a few statements.
 */
export function createHeadReader(link: ReconnectingPool): () => Promise<Head> {
  let coming: Promise<Head> | undefined;
  return () => {
    coming ??= new Promise<void>((begin) => setImmediate(begin)).then(() => {
      coming = undefined;
      return link.run(readHead);
    });
    return coming;
  };
}
