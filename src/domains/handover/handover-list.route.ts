import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { purposeHeader, readPurpose } from '../../core/access/read-purpose.ts';
import type { ErrorCode } from '../../core/errors.ts';
import { type ErrorReport, publicError, statusOf } from '../../core/graphql/execution/public-error.ts';
import { checkId } from '../../core/graphql/schema/type-id.ts';
import { localeOf } from '../../core/locale.ts';
import type { AppContext } from '../../core/request-context.ts';
import { findViewer } from '../../core/session/authenticate.ts';
import { failurePage, handoverListPage, listHeaders, refusalPage } from './handover-list.page.ts';
import { findHandoverHead, handoverListPath, listFiles } from './handover-list.service.ts';

/** The extensions of an error that this route reads. */
interface Failure {
  code: ErrorCode;
  retryAfterSeconds: number;
}

interface ListRequest {
  Params: { id: string };
  Querystring: { signature?: unknown; locale?: unknown };
}

export interface HandoverListsOptions {
  appContext: Pick<AppContext, 'db' | 'authority' | 'accessLog' | 'settings'>;
  report: ErrorReport;
}

/** The name under which the access log records the opening of a list, in place of a GraphQL operation's. */
const operationName = 'handoverList';

/** `GET /handovers/<id>?signature=…`: the printable list of a handover (移交清单), authorized when it is opened. */
export function registerHandoverLists(
  app: FastifyInstance,
  { appContext, report }: HandoverListsOptions,
): void {
  const { db, authority, accessLog, settings } = appContext;
  app.get<ListRequest>('/handovers/:id', { exposeHeadRoute: false }, async (request, reply) => {
    const { params, query, headers } = request;
    const locale = localeOf(query.locale, headers['accept-language']);
    const now = new Date();
    try {
      const { value: id } = checkId('ho', params.id);
      const signature = typeof query.signature === 'string' ? query.signature : '';
      const bearer = id === undefined ? null : authority.links.verify(handoverListPath(id), signature, now);
      // Read from the database: a link is valid no longer than the session that it was made in.
      const viewer = bearer && (await findViewer(db, bearer, now));
      const head = viewer && id !== undefined ? await findHandoverHead(db, viewer, id) : null;
      if (!viewer || !head || id === undefined) return asPage(reply).code(403).send(refusalPage(locale));
      const purpose = readPurpose(headers[purposeHeader]);
      const occasion = { viewer, operationName, requestId: request.id, address: request.ip, purpose };
      const filesOf = (receiverId: string) => listFiles({ ...occasion, db, accessLog }, id, receiverId);
      const page = handoverListPage(head, filesOf, { locale, timeZone: settings.current().timeZone });
      return asPage(reply).send(Readable.from(orBreakOff(page, report), { objectMode: false }));
    } catch (error) {
      const { message, extensions } = publicError(error, report, locale);
      const { code, retryAfterSeconds } = (extensions ?? {}) as Partial<Failure>;
      if (retryAfterSeconds) void reply.header('retry-after', String(retryAfterSeconds));
      return asPage(reply).code(statusOf(code)).send(failurePage(locale, message));
    }
  });
}

/** Handles a failure after the status has been sent: reports the error and breaks off the page. */
async function* orBreakOff(page: AsyncIterable<string>, report: ErrorReport): AsyncGenerator<string> {
  try {
    yield* page;
  } catch (error) {
    publicError(error, report, null);
    throw new Error('The list broke off.');
  }
}

const asPage = (reply: FastifyReply): FastifyReply => reply.headers(listHeaders);
