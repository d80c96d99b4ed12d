import { randomUUID } from 'node:crypto';
import { GraphQLError, type GraphQLFormattedError, Kind } from 'graphql';
import type { Logger } from 'pino';
import { type Unavailability, unavailabilityOf } from '../../database/unavailable.ts';
import { badInputAt, type ErrorCode, type Issue, timedOut, unavailable } from '../../errors.ts';
import { messageIn } from '../../locale.ts';
import { Locale } from '../../model/label.ts';
import { withChinese } from './graphql-messages.ts';

const statuses: Partial<Record<ErrorCode, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  BAD_USER_INPUT: 400,
  QUERY_TOO_COMPLEX: 400,
  CONFLICT: 409,
  RATE_LIMITED: 429,
  TIMEOUT: 504,
  UNAVAILABLE: 503,
};

/** The HTTP status for an error code, for routes other than GraphQL. */
export const statusOf = (code: ErrorCode | undefined): number => (code && statuses[code]) ?? 500;

/** PostgreSQL: the statement was cancelled by `statement_timeout`. */
const queryCanceled = '57014';

/** Where errors that clients see are reported. */
export interface ErrorReport {
  log: Logger;
  /** Called when a client receives UNAVAILABLE. */
  noteUnavailable: (reason: Unavailability) => void;
}

/**
 * The part of an error that clients may see: our own and GraphQL's errors unchanged, anything else as an id that is
 * also in the log. SQL, paths and stack traces never leave the server.
 *
 * Messages are in the reader's language; with null, where it is not known, in both.
 */
export function publicError(
  error: unknown,
  { log, noteUnavailable }: ErrorReport,
  locale: Locale | null,
): GraphQLFormattedError {
  const graphqlError =
    error instanceof GraphQLError ? error : new GraphQLError('', { originalError: error as Error });
  const cause = rootCause(graphqlError);
  const where = {
    ...(graphqlError.path && { path: graphqlError.path }),
    ...(graphqlError.locations && { locations: graphqlError.locations }),
  };
  const reason = unavailabilityOf(cause);
  if (reason) noteUnavailable(reason);
  const known = reason ? unavailable() : knownError(graphqlError, cause);
  if (known) {
    // Apollo puts the HTTP status into the extensions.
    const { stacktrace: _, http: __, ...extensions } = { ...graphqlError.extensions, ...known.extensions };
    return { ...inLanguage(withChinese(known.message), extensions, locale), ...where };
  }
  const errorId = randomUUID();
  log.error({ ...describeCause(cause), errorId, path: graphqlError.path?.join('.') }, 'internal error');
  return {
    ...inLanguage(
      'Something went wrong on our side. (服务器内部错误。)',
      { code: 'INTERNAL_SERVER_ERROR', errorId },
      locale,
    ),
    ...where,
  };
}

/** An error's texts in the reader's language. Bad input says which field each violation is about. */
function inLanguage(
  message: string,
  extensions: Record<string, unknown>,
  locale: Locale | null,
): Pick<GraphQLFormattedError, 'message' | 'extensions'> {
  const translate = (text: string) => (locale === null ? text : messageIn(locale, text));
  const { issues: written } = extensions as { issues?: Issue[] };
  if (!written) return { message: translate(message), extensions };
  const issues = written.map((issue) => ({ ...issue, message: translate(issue.message) }));
  const colon = locale === Locale.ZH ? '：' : ': ';
  const texts = issues.map(({ path, message: text }) =>
    path.length > 0 ? namedField(path) + colon + text : text,
  );
  return { message: texts.join(locale === Locale.ZH ? '' : ' '), extensions: { ...extensions, issues } };
}

/** The path without the argument that everything is in: `contacts[2].mobile`. */
function namedField(path: Issue['path']): string {
  const within = path[0] === 'input' && path.length > 1 ? path.slice(1) : path;
  return within
    .map((step, i) => (typeof step === 'number' ? `[${step}]` : `${i > 0 ? '.' : ''}${step}`))
    .join('');
}

/** The error to show for a cause, if it may be shown. */
function knownError(error: GraphQLError, cause: unknown): GraphQLError | null {
  if (!(cause instanceof GraphQLError)) {
    return (cause as { code?: string } | null)?.code === queryCanceled ? timedOut() : null;
  }
  if (cause.extensions.code ?? error.extensions.code) return cause;
  // Without a code it is an error of graphql-js: either about an argument (null in a variable that has a default), or
  // about a value of ours that does not fit the schema. The latter is our fault, and its text contains the value.
  const [node] = cause.nodes ?? [];
  if (!node || node.kind === Kind.FIELD) return null;
  const message = withChinese(cause.message);
  return badInputAt([], 'WRONG_TYPE', message === cause.message ? `${message} (参数无效。)` : message);
}

const rootCause = (error: GraphQLError): unknown => {
  let cause: unknown = error;
  while (cause instanceof GraphQLError && cause.originalError) cause = cause.originalError;
  // drizzle wraps the driver's error.
  while (!(cause instanceof GraphQLError) && cause instanceof Error && cause.cause) cause = cause.cause;
  return cause;
};

/**
 * The part of a cause that may be logged. A database's message, detail and parameters quote user input, so only names
 * are kept: error code, table, column, constraint, and where it happened.
 */
export function describeCause(cause: unknown): Record<string, unknown> {
  if (!(cause instanceof Error)) return { cause: typeof cause };
  const { code, table_name, column_name, constraint_name, routine } = cause as Error &
    Record<string, unknown>;
  if (!('severity' in cause)) return { err: cause };
  const frames = cause.stack?.slice(cause.stack.indexOf('\n    at ')).trim();
  return {
    database: { code, table: table_name, column: column_name, constraint: constraint_name, routine },
    frames,
  };
}
