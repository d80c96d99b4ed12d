import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Database } from '../database/database.ts';
import { localeOf } from '../locale.ts';
import type { Locale } from '../model/label.ts';
import { createTokenBucket, type TokenBucket } from '../token-bucket.ts';
import { html } from './markup.ts';
import { sendPage, type View } from './page.ts';
import { readToken } from './page-token.write.ts';

/** Wrong tokens that one address may try, and in which time it gets as many again. */
const wrongTokens = { capacity: 20, refillMs: 10 * 60_000 };
/** Addresses that are remembered, the most recent last. */
const maxAddresses = 10_000;
const bodyLimit = 4_096;

/** A page that a link with a token leads to. */
export interface PageKind<Content = never> {
  /** Of the link, before the token: `/mail`. */
  path: string;
  /** Of its tokens. */
  purpose: string;
  /** Shows; changes nothing. Programs that scan mails open every link. */
  show: (db: Database, content: Content, locale: Locale) => Promise<View>;
  /** What its buttons do. */
  act: (db: Database, content: Content, form: URLSearchParams, locale: Locale) => Promise<View>;
}

const words = {
  ZH: {
    gone: '链接无效',
    goneWhy: '此链接不正确或已过期。',
    often: '尝试过于频繁',
    oftenWhy: '请几分钟后再试。',
  },
  EN: {
    gone: 'This link is not valid',
    goneWhy: 'It is not correct, or it has expired.',
    often: 'Too many attempts',
    oftenWhy: 'Try again in a few minutes.',
  },
};

/** The tries that each address has left for what only a holder of the right token or data can open. */
export function createAttempts(): { of: (address: string) => TokenBucket } {
  const attempts = new Map<string, TokenBucket>();
  return {
    of: (address) => {
      const bucket = attempts.get(address) ?? createTokenBucket(wrongTokens);
      attempts.delete(address);
      const [oldest] = attempts.keys();
      if (oldest !== undefined && attempts.size >= maxAddresses) attempts.delete(oldest);
      attempts.set(address, bucket);
      return bucket;
    },
  };
}

/** Refuses an address that has no tries left. */
export function sendTooMany(reply: FastifyReply, locale: Locale): FastifyReply {
  void reply.header('retry-after', '60');
  const { often, oftenWhy } = words[locale];
  return sendPage(reply, locale, { status: 429, title: often, body: html`<p>${oftenWhy}</p>` });
}

/** A scope of its own, in which a body is a form and nothing else. */
export async function registerForms(
  app: FastifyInstance,
  limit: number,
  register: (scope: FastifyInstance) => void,
): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: limit },
      (_request, body, done) => done(null, new URLSearchParams(String(body))),
    );
    register(scope);
  });
}

/** Serves pages for people who need not sign in. */
export async function registerPages(
  app: FastifyInstance,
  db: Database,
  kinds: readonly PageKind[],
): Promise<void> {
  const attempts = createAttempts();
  const serve =
    (kind: PageKind, view: (content: never, request: FastifyRequest, locale: Locale) => Promise<View>) =>
    async (request: FastifyRequest<{ Params: { token: string } }>, reply: FastifyReply) => {
      const locale = localeOf(undefined, request.headers['accept-language']);
      const bucket = attempts.of(request.ip);
      if (bucket.left() < 1) return sendTooMany(reply, locale);
      const content = await readToken<never>(db, kind.purpose, request.params.token);
      if (content === null) {
        bucket.spend(1);
        const { gone, goneWhy } = words[locale];
        return sendPage(reply, locale, { status: 404, title: gone, body: html`<p>${goneWhy}</p>` });
      }
      return sendPage(reply, locale, await view(content, request, locale));
    };
  await registerForms(app, bodyLimit, (scope) => {
    for (const kind of kinds) {
      const path = `${kind.path}/:token`;
      scope.get(
        path,
        { exposeHeadRoute: false },
        serve(kind, (content, _request, locale) => kind.show(db, content, locale)),
      );
      scope.post(
        path,
        serve(kind, (content, { body }, locale) =>
          kind.act(db, content, body instanceof URLSearchParams ? body : new URLSearchParams(), locale),
        ),
      );
    }
  });
}
