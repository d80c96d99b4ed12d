import { randomUUID } from 'node:crypto';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';
import { timedOut } from '../errors.ts';

/** PostgreSQL: the statement was cancelled by `statement_timeout`. */
const queryCanceled = '57014';

/**
 * What a client may see of an error: our own and GraphQL's errors as they are,
 * anything else as an id that is also in the log. SQL, paths and stack traces never leave.
 */
export function publicError(error: unknown, log: Logger): GraphQLFormattedError {
  const graphqlError = error instanceof GraphQLError ? error : new GraphQLError('', { originalError: error as Error });
  const cause = rootCause(graphqlError);
  const where = {
    ...(graphqlError.path && { path: graphqlError.path }),
    ...(graphqlError.locations && { locations: graphqlError.locations }),
  };
  if (cause instanceof GraphQLError) {
    const { stacktrace: _, ...extensions } = { ...graphqlError.extensions, ...cause.extensions };
    return { message: cause.message, ...where, extensions };
  }
  if ((cause as { code?: string }).code === queryCanceled) {
    const { message, extensions } = timedOut();
    return { message, ...where, extensions };
  }
  const errorId = randomUUID();
  log.error({ err: cause, errorId, path: graphqlError.path?.join('.') }, 'internal error');
  return {
    message: 'Something went wrong on our side. (服务器内部错误。)',
    ...where,
    extensions: { code: 'INTERNAL_SERVER_ERROR', errorId },
  };
}

const rootCause = (error: GraphQLError): unknown => {
  let cause: unknown = error;
  while (cause instanceof GraphQLError && cause.originalError) cause = cause.originalError;
  // drizzle wraps the driver's error.
  while (!(cause instanceof GraphQLError) && cause instanceof Error && cause.cause) cause = cause.cause;
  return cause;
};
