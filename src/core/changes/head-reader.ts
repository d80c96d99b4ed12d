import type { ReconnectingPool } from '../database/reconnecting-pool.ts';
import { type Head, readHead } from './event-log.ts';

/**
 * Reads the head of the log. Concurrent calls share one statement that starts after the last of them, so thousands of
 * clients reconnecting at once cost only a few statements.
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
