import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** An account the sign-in box offers. */
export interface DemoAccount {
  email: string;
  name: string;
  role: string;
}

export interface PlaygroundOptions {
  /** Path of the GraphQL endpoint on this host, for HTTP and the socket. */
  graphqlPath: string;
  /** Offered at sign-in; none outside the demo. Everybody who opens the page can read them. */
  demoAccounts: readonly DemoAccount[];
}

/** Where `npm run build` leaves the page; the same seen from `src/` and from `dist/`. */
const pageFolder = fileURLToPath(new URL('../../../dist/playground/page/', import.meta.url));
const settingsPlaceholder = '"__SETTINGS__"';
const assetMaxAgeMs = 365 * 24 * 60 * 60 * 1000;

/**
 * Nothing from elsewhere is loaded, asked or embedded. Styles may be inline because the editor
 * (Monaco) positions what it draws with style attributes; scripts may not.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self' data:",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * Serves the GraphQL playground at `/playground`, in a scope of its own so that its headers
 * reach no other route. Where the page was not built, `/playground` says how to build it (503).
 */
export async function registerPlayground(app: FastifyInstance, options: PlaygroundOptions): Promise<void> {
  const page = readPage(options);

  await app.register(async (scope) => {
    scope.addHook('onRequest', async (_request, reply) => {
      reply.headers({
        'content-security-policy': contentSecurityPolicy,
        'cross-origin-opener-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      });
    });

    scope.get('/playground/', async (_request, reply) => reply.redirect('/playground', 308));

    if (!page) {
      scope.get('/playground', async (_request, reply) =>
        reply
          .code(503)
          .type('text/plain; charset=utf-8')
          .send(
            'The playground is not built; run: npm run build (调试页面尚未构建，请运行 npm run build。)\n',
          ),
      );
      return;
    }

    scope.get('/playground', async (_request, reply) =>
      // The page names its assets by hash: it is asked for each time, they never again.
      reply.header('cache-control', 'no-cache').type('text/html; charset=utf-8').send(page),
    );
    await scope.register(fastifyStatic, {
      root: `${pageFolder}assets`,
      prefix: '/playground/assets/',
      decorateReply: false,
      index: false,
      maxAge: assetMaxAgeMs,
      immutable: true,
    });
  });
}

/** The page with the settings written into it, or null where there is none. */
function readPage(options: PlaygroundOptions): string | null {
  // "<" would end the script element that holds them.
  const settings = JSON.stringify(options).replaceAll('<', '\\u003c');
  try {
    return readFileSync(`${pageFolder}index.html`, 'utf8').replace(settingsPlaceholder, () => settings);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
