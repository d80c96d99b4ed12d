import { createHash } from 'node:crypto';
import { and, eq, lt, sql } from 'drizzle-orm';
import { badInput, badInputAt, type Issue, violationsOf } from '../errors.ts';
import { countCharacters } from '../validation/text.ts';
import { idempotencyKey } from './database.table.ts';
import type { Database } from './database.ts';

/** One create request that a client may retry: whose, which operation, under what key, with what input. */
export interface Attempt {
  viewerId: string;
  /** Name of the mutation; the same key under another name is another attempt. */
  operation: string;
  /** Chosen by the client, 1 to 64 characters. If null or absent, every call creates. */
  key: string | null | undefined;
  /** The whole input; the key itself is not compared. */
  input: object;
  /** Where `create` adds its warnings: a repeated key adds those of the first call. */
  warnings?: Issue[] | undefined;
}

const keyPath = ['input', 'idempotencyKey'];
const maxKeyLength = 64;

/**
 * Runs `create` once per key and returns the id of the new row; a repeated key returns the first id.
 *
 * With a key, the key's row determines the id, and `create` inserts its row with that id. Without a key the id is
 * undefined, and the table's default assigns it. `create` returns the id of its row. A second call, even while the
 * first still runs, waits on the key's row until the first commits (then it is a replay) or fails (then it creates).
 * Must run inside the transaction that creates. On a replay the caller still has to check whether the viewer may see
 * the result.
 *
 * Errors: BAD_USER_INPUT for a key of invalid length, together with the violations that `create` finds, or for a key
 * that was used with another input.
 */
export async function once(
  tx: Database,
  attempt: Attempt,
  create: (id: string | undefined) => Promise<string>,
): Promise<{ id: string; replayed: boolean }> {
  const { key } = attempt;
  if (key === null || key === undefined) return { id: await create(undefined), replayed: false };
  const issues = keyIssues(key);
  if (issues.length > 0) return refuseKey(issues, create);
  const { warnings = [] } = attempt;
  const claimed = await claim(tx, attempt);
  if (!claimed) {
    const { id, outcome } = await firstOf(tx, attempt);
    warnings.push(...((outcome ?? []) as Issue[]));
    return { id, replayed: true };
  }
  const before = warnings.length;
  const id = await create(claimed);
  const outcome = warnings.slice(before);
  if (outcome.length > 0) await tx.update(idempotencyKey).set({ outcome }).where(ofAttempt(attempt));
  return { id, replayed: false };
}

/**
 * {@link once} for what makes no row: runs `act` once per key and returns what it answered the first time. Errors: the
 * same.
 */
export async function onceAnswered<T extends object>(
  tx: Database,
  attempt: Attempt,
  act: () => Promise<T>,
): Promise<T> {
  if (attempt.key == null) return act();
  const issues = keyIssues(attempt.key);
  if (issues.length > 0) throw badInput([...(await violationsOf(act)), ...issues]);
  if (!(await claim(tx, attempt))) return (await firstOf(tx, attempt)).outcome as T;
  const outcome = await act();
  await tx.update(idempotencyKey).set({ outcome }).where(ofAttempt(attempt));
  return outcome;
}

const ofAttempt = ({ viewerId, operation, key }: Attempt) =>
  and(
    eq(idempotencyKey.employeeId, viewerId),
    eq(idempotencyKey.operation, operation),
    eq(idempotencyKey.key, key as string),
  );

/** Claims the key of an attempt and returns the id for its row; undefined if it is claimed already. */
async function claim(
  tx: Database,
  { viewerId, operation, key, input }: Attempt,
): Promise<string | undefined> {
  const [claimed] = await tx
    .insert(idempotencyKey)
    .values({
      employeeId: viewerId,
      operation,
      key: key as string,
      inputHash: hashOf(input),
      resultId: sql`new_id()`,
    })
    .onConflictDoNothing()
    .returning({ id: idempotencyKey.resultId });
  return claimed?.id;
}

/** What the first attempt with the key left. Errors: BAD_USER_INPUT if that had another input. */
async function firstOf(tx: Database, attempt: Attempt): Promise<{ id: string; outcome: unknown }> {
  const { resultId: id, inputHash, outcome } = idempotencyKey;
  const [first] = await tx.select({ id, inputHash, outcome }).from(idempotencyKey).where(ofAttempt(attempt));
  // Only a cleanup between the two statements can have removed it, and keys it removes are as old as the retention
  // period.
  if (!first) throw new Error('The idempotency key vanished while it was read.');
  if (first.inputHash !== hashOf(attempt.input)) {
    throw badInputAt(
      keyPath,
      'IDEMPOTENCY_KEY_REUSED',
      'This key was used with another input. (该幂等键已用于不同的输入。)',
    );
  }
  return first;
}

/** Violations of a key: its length. */
export function keyIssues(key: string | null | undefined): Issue[] {
  const length = key == null ? 1 : countCharacters(key);
  if (length >= 1 && length <= maxKeyLength) return [];
  const message = `Must have 1 to ${maxKeyLength} characters. (须为1至${maxKeyLength}个字符。)`;
  return [{ path: keyPath, code: 'IDEMPOTENCY_KEY_LENGTH', message }];
}

/**
 * Runs `create` only to report its violations together with the invalid key; the error rolls back whatever it created.
 */
async function refuseKey(issues: Issue[], create: (id: undefined) => Promise<string>): Promise<never> {
  const others = await violationsOf(() => create(undefined));
  throw badInput([...others, ...issues]);
}

/** The id of the one row returned by `insert … returning id`. */
export async function insertedId(insertion: PromiseLike<{ id: string }[]>): Promise<string> {
  const [row] = await insertion;
  if (!row) throw new Error('An insert returned no row.');
  return row.id;
}

/** Deletes keys claimed before an instant (ISO 8601) and returns how many. A retry after that creates a second row. */
export async function forgetIdempotencyKeys(db: Database, before: string): Promise<number> {
  const forgotten = await db
    .delete(idempotencyKey)
    .where(lt(idempotencyKey.createdAt, before))
    .returning({ key: idempotencyKey.key });
  return forgotten.length;
}

const hashOf = (input: object): string => {
  const { idempotencyKey: _, ...rest } = input as Record<string, unknown>;
  return digestOf(rest);
};

/** A digest of an input, whatever the order of its fields: SHA-256 in hexadecimal. */
export const digestOf = (input: object): string =>
  createHash('sha256')
    .update(JSON.stringify(sorted(input)))
    .digest('hex');

/** Sorts keys, so that the hash does not depend on a client's serializer. */
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, sorted(inner)]),
  );
};
