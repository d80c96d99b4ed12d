import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** An account that the sign-in form offers. */
export interface DemoAccount {
  email: string;
  name: string;
  role: string;
}

export interface PlaygroundOptions {
  /** Path of the GraphQL endpoint on this host, for HTTP and the socket. */
  graphqlPath: string;
  /** The accounts offered at sign-in, none outside the demo. Everybody who opens the page can read them. */
  demoAccounts: readonly DemoAccount[];
}

/** Where `npm run build` writes the page; the relative path is the same from `src/` and from `dist/`. */
const pageFolder = fileURLToPath(new URL('../../../dist/playground/page/', import.meta.url));
const settingsPlaceholder = '"__SETTINGS__"';
const assetMaxAgeMs = 365 * 24 * 60 * 60 * 1000;

/**
 * Allows no external resources, requests or frames. Styles may be inline, because the editor (Monaco) positions its
 * content with style attributes; scripts may not.
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
 * Serves the GraphQL playground at `/playground`, in a scope of its own so that its headers apply to no other route. If
 * the page has not been built, `/playground` responds with 503 and how to build it.
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
      // Assets have hashed names and are cached for ever, so the page itself must be revalidated each time.
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

/** The page with the settings embedded, or null if it has not been built. */
function readPage(options: PlaygroundOptions): string | null {
  // "<" could end the script element that contains the settings.
  const settings = JSON.stringify(options).replaceAll('<', '\\u003c');
  try {
    return readFileSync(`${pageFolder}index.html`, 'utf8').replace(settingsPlaceholder, () => settings);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
