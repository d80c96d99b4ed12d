import { GraphQLError } from 'graphql';

/** Every `extensions.code` a client can see. */
export type ErrorCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'BAD_USER_INPUT'
  | 'CONFLICT'
  | 'RATE_LIMITED'
  | 'QUERY_TOO_COMPLEX'
  | 'CURSOR_EXPIRED'
  | 'SUBSCRIBER_TOO_SLOW'
  | 'TIMEOUT'
  | 'UNAVAILABLE'
  | 'INTERNAL_SERVER_ERROR';

/** One violation of an input: its path, a code, and a message in English and Chinese. */
export interface Issue {
  path: (string | number)[];
  code: string;
  message: string;
}

/** Why a field is withheld: never readable by the role, not the viewer's own file, or only with an approved grant. */
export type WithheldReason = 'ROLE' | 'NOT_OWNER' | 'APPROVAL_REQUIRED';

const failure = (code: ErrorCode, message: string, extensions: Record<string, unknown> = {}): GraphQLError =>
  new GraphQLError(message, { extensions: { code, ...extensions } });

export const unauthenticated = (message = 'Sign in first. (请先登录。)'): GraphQLError =>
  failure('UNAUTHENTICATED', message);

/** The viewer's role may not do this at all. For a file they cannot see, use {@link notFound}. */
export const forbidden = (
  message = 'You may not do this. (您无权执行此操作。)',
  extensions: Record<string, unknown> = {},
): GraphQLError => failure('FORBIDDEN', message, extensions);

/** The viewer may not read a field; `requestable` says whether access can be requested. */
export const withheld = (field: string, reason: WithheldReason): GraphQLError =>
  failure('FORBIDDEN', `You may not read ${field}. (您无权查看 ${field}。)`, {
    field,
    reason,
    requestable: reason !== 'ROLE',
  });

/** All fields that a query may not use because the viewer's role can never read them; `field` is the first. */
export const withheldByRole = (names: Iterable<string>): GraphQLError => {
  const fields = [...new Set(names)];
  const text = fields.join(', ');
  return forbidden(`You may not read ${text}. (您无权查看 ${text}。)`, {
    field: fields[0],
    fields,
    reason: 'ROLE',
    requestable: false,
  });
};

/** Does not exist, or is not visible to the viewer: deliberately the same message for both. */
export const notFound = (): GraphQLError => failure('NOT_FOUND', 'Not found. (未找到。)');

/** Bad input, with all violations at once. */
export const badInput = (issues: Issue[]): GraphQLError =>
  failure('BAD_USER_INPUT', issues.map((issue) => issue.message).join(' '), { issues });

/** Bad input with a single violation. */
export const badInputAt = (path: (string | number)[], code: string, message: string): GraphQLError =>
  badInput([{ path, code, message }]);

/** The violations in an error; undefined for any other error. */
export const issuesOf = (error: unknown): Issue[] | undefined =>
  (error as { extensions?: { issues?: Issue[] } }).extensions?.issues;

/** The violations with which work fails, none if it succeeds. Rethrows any other error. */
export async function violationsOf(work: () => unknown): Promise<Issue[]> {
  try {
    await work();
    return [];
  } catch (error) {
    const issues = issuesOf(error);
    if (!issues) throw error;
    return issues;
  }
}

/** Runs `work`. If it fails with bad input, `others` are run as well, so that all violations are reported at once. */
export async function collectIssues<T>(work: () => T | Promise<T>, ...others: (() => unknown)[]): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const issues = issuesOf(error);
    if (!issues) throw error;
    const more: Issue[] = [];
    for (const other of others) more.push(...(await violationsOf(other)));
    throw badInput([...issues, ...more]);
  }
}

/**
 * Moves violations of a filter to the filter's path in the input: the filter compiler always reports them under
 * `filter`.
 */
export const filterAt = (path: (string | number)[], issues: readonly Issue[]): Issue[] =>
  issues.map((issue) =>
    issue.path[0] === 'filter' ? { ...issue, path: [...path, ...issue.path.slice(1)] } : issue,
  );

export const conflict = (message: string, extensions: Record<string, unknown> = {}): GraphQLError =>
  failure('CONFLICT', message, extensions);

/** A change that a write would undo, or that a decision has not seen: what others did, as far as the client may know. */
export interface VersionConflict {
  /** Its name in the input, or in history where the input names none; null where a whole row came or left. */
  field: string | null;
  entityType: string;
  entityId: string;
  /** Null for the system, and where withheld. */
  actor: { id: string; name: string | null } | null;
  occurredAt: string | null;
  /** The value it has now, in the form it has in the API. */
  value: unknown;
  /** The client may not read it: actor, time and value are null. */
  withheld: boolean;
}

/** The row has changed since the client read it: its current version, and what the client's write is in conflict with. */
export const staleVersion = (
  currentVersion: number,
  message = 'Somebody changed this in the meantime; reload and try again. (数据已被他人修改，请刷新后重试。)',
  conflicts: readonly VersionConflict[] = [],
): GraphQLError => conflict(message, { currentVersion, conflicts });

/** No row has had this version yet, so nobody can have read it. */
export const futureVersion = (currentVersion: number, expectedVersion: number): GraphQLError =>
  conflict(
    `There is no version ${expectedVersion} yet; the current one is ${currentVersion}. Reload and try again. (尚无第 ${expectedVersion} 版，当前为第 ${currentVersion} 版。请刷新后重试。)`,
    { currentVersion, conflicts: [], reason: 'FUTURE_VERSION' },
  );

/** The log does not reach back to this version, so what would be undone is unknown. */
export const unknownVersion = (currentVersion: number, expectedVersion: number): GraphQLError =>
  conflict(
    `What has changed since version ${expectedVersion} is not known any more; the current one is ${currentVersion}. Reload and try again. (第 ${expectedVersion} 版之后的修改已无法得知，当前为第 ${currentVersion} 版。请刷新后重试。)`,
    { currentVersion, conflicts: [], reason: 'UNKNOWN_VERSION' },
  );

export const rateLimited = (
  retryAfterSeconds: number,
  message = 'Too many attempts; try again later. (尝试次数过多，请稍后再试。)',
  extensions: Record<string, unknown> = {},
): GraphQLError => failure('RATE_LIMITED', message, { retryAfterSeconds, ...extensions });

export const tooComplex = (message: string, extensions: Record<string, unknown> = {}): GraphQLError =>
  failure('QUERY_TOO_COMPLEX', message, extensions);

export const cursorExpired = (): GraphQLError =>
  failure(
    'CURSOR_EXPIRED',
    'This cursor is too old; reload and subscribe again. (游标已过期，请重新加载并订阅。)',
  );

export const timedOut = (): GraphQLError =>
  failure('TIMEOUT', 'This took too long and was stopped. (操作超时，已被终止。)');

/** Nobody waits for the answer any more, so what has not begun does not begin. The client never sees this. */
export const abandoned = (): GraphQLError => failure('TIMEOUT', 'The client has gone. (客户端已断开连接。)');

/** When a client may retry: even a restarted database is not back sooner. */
export const retryAfterSeconds = 2;

/**
 * The database is down, or its disk is full. Whether a pending write took place is unknown: retried with the same
 * `idempotencyKey`, it takes effect once.
 */
export const unavailable = (): GraphQLError =>
  failure('UNAVAILABLE', 'The database is unavailable; try again soon. (数据库暂时不可用，请稍后重试。)', {
    retryAfterSeconds,
  });
