import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { checkId } from '../graphql/type-id.ts';
import type { Locale } from '../model/label.ts';
import type { Surroundings } from '../request-context.ts';
import { findViewer } from '../session/session.service.ts';
import { contentSecurityPolicy, handoverListPage, refusalPage } from './handover-list.page.ts';
import { findHandoverHead, handoverListPath, listFiles } from './handover-list.service.ts';

interface ListRequest {
  Params: { id: string };
  Querystring: { signature?: unknown; locale?: unknown };
}

/** `GET /handovers/<id>?signature=…`: the printable list of a handover (移交清单), for who may see it when it is opened. */
export function registerHandoverLists(
  app: FastifyInstance,
  { db, authority, timeZone }: Pick<Surroundings, 'db' | 'authority' | 'timeZone'>,
): void {
  app.get<ListRequest>('/handovers/:id', async ({ params, query, headers }, reply) => {
    const locale = localeOf(query.locale, headers['accept-language']);
    const now = new Date();
    const { value: id } = checkId('ho', params.id);
    const signature = typeof query.signature === 'string' ? query.signature : '';
    const bearer = id === undefined ? null : authority.links.verify(handoverListPath(id), signature, now);
    // As the database has them now: a link lives no longer than the sign-in it was made by.
    const viewer = bearer && (await findViewer(db, bearer, now));
    const head = viewer && id !== undefined ? await findHandoverHead(db, viewer, id) : null;
    if (!viewer || !head || id === undefined) return asPage(reply).code(403).send(refusalPage(locale));
    const filesOf = (receiverId: string) => listFiles(db, viewer, id, receiverId);
    return asPage(reply).send(
      Readable.from(handoverListPage(head, filesOf, { locale, timeZone }), { objectMode: false }),
    );
  });
}

const asPage = (reply: FastifyReply): FastifyReply =>
  reply.headers({
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': contentSecurityPolicy,
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    vary: 'accept-language',
  });

/** The language that is asked for; else the first of the browser's that we have; else Chinese. */
function localeOf(asked: unknown, accepted: string | undefined): Locale {
  const wanted = [asked, ...(accepted ?? '').split(',')].map(
    (one) => /^\s*(zh|en)\b/i.exec(String(one))?.[1],
  );
  return wanted.find((one) => one !== undefined)?.toUpperCase() === 'EN' ? 'EN' : 'ZH';
}
