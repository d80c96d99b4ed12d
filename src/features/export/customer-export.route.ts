import type { FastifyInstance } from 'fastify';
import { purposeHeader, readPurpose } from '../../core/access/read-purpose.ts';
import type { Context } from '../../core/context.ts';
import { connect, type StatementListener } from '../../core/database/database.ts';
import { type ErrorCode, notFound } from '../../core/errors.ts';
import { type ErrorReport, publicError, statusOf } from '../../core/graphql/execution/public-error.ts';
import { refusals } from '../../core/graphql/execution/run-operation.ts';
import { checkId } from '../../core/graphql/schema/type-id.ts';
import { localeOf } from '../../core/locale.ts';
import { type AppContext, createContext } from '../../core/request-context.ts';
import { authenticate } from '../../core/session/authenticate.ts';
import { dateIn } from '../../core/time/zone.ts';
import { createDownloads, type DownloadBounds, defaultDownloadBounds } from './customer-export.download.ts';

export interface ExportsOptions {
  /** Address of the database. */
  url: string;
  appContext: AppContext;
  report: ErrorReport;
  onStatement?: StatementListener | undefined;
  bounds?: DownloadBounds | undefined;
}

/** Statement timeout: the first rows may take long, the next ones take milliseconds. */
const fetchTimeoutMs = 60_000;

const contentTypes = {
  CSV: 'text/csv; charset=utf-8; header=present',
  XLSX: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
} as const;

/** The extensions of an error that this route reads. */
interface Refusal {
  code: ErrorCode;
  fields?: string[];
  retryAfterSeconds?: number;
}

/** The name under which the access log records a download, in place of a GraphQL operation's. */
const operationName = 'exportCustomers';

/** `GET /exports/<id>` with a bearer token: the one download of an export created by `exportCustomers`. */
export function registerExports(app: FastifyInstance, options: ExportsOptions): void {
  const { url, appContext, report, onStatement, bounds = defaultDownloadBounds } = options;
  // Separate, read-only connections: exports wait for each other, and requests never wait for exports.
  const connection = connect({
    url,
    poolSize: bounds.maxDownloads,
    statementTimeoutMs: fetchTimeoutMs,
    readOnly: true,
    onStatement,
  });
  const downloads = createDownloads({ connection, log: report.log, bounds });

  // A HEAD request would use up the one download.
  app.get<{ Params: { id: string } }>('/exports/:id', { exposeHeadRoute: false }, async (request, reply) => {
    const { db, authority } = appContext;
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    let ctx: Context | undefined;
    const locale = localeOf(undefined, request.headers['accept-language']);
    try {
      const recognised = await authenticate(db, authority, request.headers.authorization, new Date());
      ctx = await createContext(appContext, {
        viewer: recognised?.viewer ?? null,
        address: request.ip,
        purpose: readPurpose(request.headers[purposeHeader]),
        requestId: request.id,
        locale,
      });
      ctx.operationName = operationName;
      const { value: id } = checkId('exp', request.params.id);
      if (ctx.viewer && id === undefined) throw notFound();
      const { bytes, format } = await downloads.start(ctx, id ?? '', gone.signal);
      return reply
        .headers({
          'content-type': contentTypes[format],
          'content-disposition': `attachment; filename="customers-${dateIn(ctx.settings.timeZone, ctx.now)}.${format.toLowerCase()}"`,
          'cache-control': 'no-store',
          'x-content-type-options': 'nosniff',
        })
        .send(bytes);
    } catch (error) {
      const shown = publicError(error, report, locale);
      const { code, fields, retryAfterSeconds } = (shown.extensions ?? {}) as Partial<Refusal>;
      if (ctx?.viewer && code && refusals.has(code))
        ctx.accessLog.noteRefusal(ctx, { code, fields: fields ?? [operationName] });
      if (retryAfterSeconds) void reply.header('retry-after', String(retryAfterSeconds));
      return reply.code(statusOf(code)).send({ errors: [shown] });
    }
  });
  app.addHook('preClose', async () => downloads.stopping());
  app.addHook('onClose', async () => {
    await downloads.settled();
    await connection.close();
  });
}
