import { createHash } from 'node:crypto';
import { and, eq, lt, sql } from 'drizzle-orm';
import { badInput, badInputAt, type Issue, violationsOf } from '../errors.ts';
import { countCharacters } from '../validation/text.ts';
import { idempotencyKey } from './database.table.ts';
import type { Database } from './database.ts';

/** One creation that a client may send again: whose, which, under what key, with what input. */
export interface Attempt {
  viewerId: string;
  /** Name of the mutation; the same key under another name is another attempt. */
  operation: string;
  /** Chosen by the client, 1 to 64 characters. Null or absent: every call creates. */
  key: string | null | undefined;
  /** The whole input; the key itself does not count. */
  input: object;
}

const PATH = ['input', 'idempotencyKey'];
const LONGEST_KEY = 64;

/**
 * Runs `create` once per key and returns the id of what it made; the same key again returns the first id.
 *
 * With a key, the key's row chooses the id, and `create` gives that id to the row it inserts; without one it is
 * undefined, and the table's default gives it. `create` returns the id of its row. A second call, even one that
 * arrives while the first still runs, waits on the key's row until the first commits (then it is a replay) or fails
 * (then it creates). Must run inside the transaction that creates. On a replay the caller still has to judge
 * whether the viewer may see the result.
 *
 * Errors: BAD_USER_INPUT for a key of a wrong length, beside what `create` finds wrong, or for one that was used with another input.
 */
export async function once(
  tx: Database,
  { viewerId, operation, key, input }: Attempt,
  create: (id: string | undefined) => Promise<string>,
): Promise<{ id: string; replayed: boolean }> {
  if (key === null || key === undefined) return { id: await create(undefined), replayed: false };
  const issues = keyIssues(key);
  if (issues.length > 0) return refuseKey(issues, create);
  const inputHash = hashOf(input);
  const [claimed] = await tx
    .insert(idempotencyKey)
    .values({ employeeId: viewerId, operation, key, inputHash, resultId: sql`new_id()` })
    .onConflictDoNothing()
    .returning({ id: idempotencyKey.resultId });
  if (claimed) return { id: await create(claimed.id), replayed: false };
  const [first] = await tx
    .select({ id: idempotencyKey.resultId, inputHash: idempotencyKey.inputHash })
    .from(idempotencyKey)
    .where(
      and(
        eq(idempotencyKey.employeeId, viewerId),
        eq(idempotencyKey.operation, operation),
        eq(idempotencyKey.key, key),
      ),
    );
  // Only a cleanup between the two statements can have removed it, and that takes the retention's age.
  if (!first) throw new Error('The idempotency key vanished while it was read.');
  if (first.inputHash !== inputHash) {
    throw badInputAt(
      PATH,
      'IDEMPOTENCY_KEY_REUSED',
      'This key was used with another input. (该幂等键已用于不同的输入。)',
    );
  }
  return { id: first.id, replayed: true };
}

/** What is wrong with a key: its length. */
export function keyIssues(key: string | null | undefined): Issue[] {
  const length = key == null ? 1 : countCharacters(key);
  if (length >= 1 && length <= LONGEST_KEY) return [];
  const message = `Must have 1 to ${LONGEST_KEY} characters. (须为1至${LONGEST_KEY}个字符。)`;
  return [{ path: PATH, code: 'IDEMPOTENCY_KEY_LENGTH', message }];
}

/** Creates in vain, to name a wrong key beside all else that is wrong: the error takes back what was made. */
async function refuseKey(issues: Issue[], create: (id: undefined) => Promise<string>): Promise<never> {
  const others = await violationsOf(() => create(undefined));
  throw badInput([...others, ...issues]);
}

/** The id of the one row that an `insert … returning id` made. */
export async function insertedId(insertion: PromiseLike<{ id: string }[]>): Promise<string> {
  const [row] = await insertion;
  if (!row) throw new Error('An insert returned no row.');
  return row.id;
}

/** Forgets keys claimed before an instant (ISO 8601) and returns how many: a retry later than that creates anew. */
export async function forgetIdempotencyKeys(db: Database, before: string): Promise<number> {
  const forgotten = await db
    .delete(idempotencyKey)
    .where(lt(idempotencyKey.createdAt, before))
    .returning({ key: idempotencyKey.key });
  return forgotten.length;
}

const hashOf = (input: object): string => {
  const { idempotencyKey: _, ...rest } = input as Record<string, unknown>;
  return createHash('sha256')
    .update(JSON.stringify(sorted(rest)))
    .digest('hex');
};

/** Keys in one order, so that two clients' serialisers agree. */
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, sorted(inner)]),
  );
};
