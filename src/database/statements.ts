import DataLoader from 'dataloader';
import type { SQL } from 'drizzle-orm';
import { type Database, queryBytes, type RenderedStatement, renderStatement } from './database.ts';

/** What a statement yielded. */
export interface Answered {
  /** The JSON as it was sent, when the statement had the round trip to itself. */
  bytes?: Buffer;
  read: () => unknown;
}

/** Runs statements that each yield one JSON value; those asked for in the same tick share a round trip. */
export interface Statements {
  load: (statement: SQL | RenderedStatement) => Promise<unknown>;
  /** The same, unread where possible. */
  loadAnswer: (statement: SQL | RenderedStatement) => Promise<Answered>;
  /** What would be sent for a statement. */
  rendered: (statement: SQL | RenderedStatement) => RenderedStatement;
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
    (statements: readonly RenderedStatement[]): Promise<Answered[]> =>
      around(async () => {
        const [first] = statements;
        const isAlone = first !== undefined && statements.length === 1;
        const bytes = await queryBytes(db, isAlone ? first : together(statements));
        const read = () => (bytes ? (JSON.parse(bytes.toString()) as unknown) : bytes);
        if (isAlone) return [bytes ? { bytes, read } : { read }];
        return (read() as unknown[]).map((value) => ({ read: () => value }));
      }),
    { cache: false, maxBatchSize: maxTogether },
  );
  return {
    load: async (statement) => (await loader.load(rendered(statement))).read(),
    loadAnswer: (statement) => loader.load(rendered(statement)),
    rendered,
  };
}

const rendered = (statement: SQL | RenderedStatement): RenderedStatement =>
  'text' in statement ? statement : renderStatement(statement);

/** One statement that yields the values of several in an array. `$1` is a parameter wherever it stands. */
function together(statements: readonly RenderedStatement[]): RenderedStatement {
  const params: unknown[] = [];
  const texts = statements.map((statement) => {
    const before = params.length;
    params.push(...statement.params);
    return `(${statement.text.replace(/\$(\d+)/g, (_, index) => `$${before + Number(index)}`)})`;
  });
  return { text: `select to_json(array[${texts.join(', ')}])`, params };
}
