import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { readConfig } from '../../src/config/config.ts';
import { registerPlayground } from '../../src/features/playground/playground.ts';
import { createServer, type Server } from '../../src/server.ts';
import { answer, isBrowserThere, launchBrowser, run, runExample, signIn, watchPages } from './browser.ts';

const seller = { email: 'sales1@demo.example', password: 'demo-password' };
const patience = { timeout: 60_000 };

// Both halves are in one file so that a stale page is built once, not by two test processes at a time.
beforeAll(() => execFileSync(process.execPath, ['playground/build.mjs']));

describe('the page', () => {
  let app: FastifyInstance;

  beforeAll(async () => {
    app = Fastify();
    app.get('/other', async () => 'other');
    await registerPlayground(app, {
      graphqlPath: '/graphql',
      demoAccounts: [{ email: 'a@demo.example', name: '</script><b>$&', role: 'SALES' }],
    });
  });

  afterAll(() => app.close());

  const get = (url: string) => app.inject({ method: 'GET', url });

  const assetOf = (html: string) => /src="(\/playground\/assets\/[^"]+\.js)"/.exec(html)?.[1] ?? '';

  test('the page is requested each time, and its assets never again', async () => {
    const page = await get('/playground');
    expect(page.statusCode).toBe(200);
    expect(page.headers['cache-control']).toBe('no-cache');
    const asset = await get(assetOf(page.body));
    expect(asset.statusCode).toBe(200);
    expect(asset.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  });

  test('page and assets forbid the browser every other host', async () => {
    const page = await get('/playground');
    const asset = await get(assetOf(page.body));
    for (const { headers } of [page, asset]) {
      const policy = String(headers['content-security-policy']);
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self';");
      expect(policy).not.toMatch(/https?:|\*|unsafe-eval|blob:/);
      expect(headers['x-content-type-options']).toBe('nosniff');
    }
  });

  test('other routes keep their own headers', async () => {
    expect((await get('/other')).headers).not.toHaveProperty('content-security-policy');
  });

  test('an account name cannot end the script element that holds it', async () => {
    const { body } = await get('/playground');
    const settings = /id="settings">(.*?)<\/script>/.exec(body)?.[1] ?? '';
    expect(JSON.parse(settings)).toEqual({
      graphqlPath: '/graphql',
      demoAccounts: [{ email: 'a@demo.example', name: '</script><b>$&', role: 'SALES' }],
    });
  });

  test('folders are not listed, and nothing outside them is served', async () => {
    for (const url of [
      '/playground/assets/',
      '/playground/assets',
      '/playground/built-from',
      '/playground/assets/../built-from',
      '/playground/assets/%2e%2e/built-from',
      '/playground/assets/..%2fbuilt-from',
    ]) {
      expect((await get(url)).statusCode, url).toBeGreaterThanOrEqual(400);
    }
  });

  test('the address with a slash at its end leads to the one without', async () => {
    const { statusCode, headers } = await get('/playground/');
    expect([statusCode, headers.location]).toEqual([308, '/playground']);
  });
});

describe.runIf(isBrowserThere)('the playground in a browser without a network', { timeout: 40_000 }, () => {
  let server: Server;
  let dataDir: string;
  let browser: Browser;
  let context: BrowserContext;
  let seen: ReturnType<typeof watchPages>;
  let page: Page;

  beforeAll(async () => {
    // The demo as `npm start` gives it: its own database, the demo company, the accounts offered at sign-in.
    dataDir = mkdtempSync(join(tmpdir(), 'playground-'));
    server = await createServer(
      readConfig({ DATA_DIR: dataDir, PORT: '0', DEMO_PASSWORD: seller.password, LOG_LEVEL: 'silent' }),
    );
    browser = await launchBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  beforeEach(async () => {
    context = await browser.newContext();
    context.setDefaultTimeout(patience.timeout);
    seen = watchPages(context, server.url);
    page = await openPlayground();
  });

  afterEach(async () => {
    await context.close();
    expect(seen.outsideRequests).toEqual([]);
    expect(seen.problems).toEqual([]);
  });

  async function openPlayground(): Promise<Page> {
    const opened = await context.newPage();
    await opened.goto(`${server.url}/playground`);
    return opened;
  }

  async function signedIn(target = page): Promise<Page> {
    await signIn(target, seller.email, seller.password);
    await target.locator('.graphiql-query-editor .view-lines').waitFor();
    return target;
  }

  /** Changes what the tab remembers of its session, as time or the server would. */
  async function alterSession(changes: object): Promise<void> {
    const kept = JSON.parse(await page.evaluate("sessionStorage.getItem('playground:session')"));
    const altered = JSON.stringify({ ...kept, ...changes });
    await page.evaluate(`sessionStorage.setItem('playground:session', ${JSON.stringify(altered)})`);
    await page.reload();
  }

  test('on a phone an example runs, and its answer can be read, without scrolling sideways', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await signedIn();
    await runExample(page, /^My files/, 'MyFiles');
    await expect.poll(() => answer(page), patience).toContain('"totalCount"');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    for (const part of ['.graphiql-execute-button', '.graphiql-response']) {
      const { x = 0, width = 0 } = (await page.locator(part).boundingBox()) ?? {};
      expect([x >= 0, width > 30, x + width <= 390], part).toEqual([true, true, true]);
    }
  });

  test('while the demo runs, pages of this machine may call, and no others', async () => {
    const allowed = async (origin: string) => {
      const init = {
        method: 'POST',
        headers: { origin, 'content-type': 'application/json' },
        body: '{"query":"{__typename}"}',
      };
      const { headers } = await fetch(`${server.url}/graphql`, init);
      const socketUrl = `${server.url.replace(/^http/, 'ws')}/graphql`;
      const socket = new WebSocket(socketUrl, 'graphql-transport-ws', { origin });
      const isOpen = await new Promise((resolve) => {
        socket.once('open', () => resolve(true));
        socket.once('error', () => resolve(false));
      });
      socket.terminate();
      expect(headers.get('access-control-allow-origin')).toBe(isOpen ? origin : null);
      return isOpen;
    };
    const own = ['http://localhost:5173', 'http://127.0.0.1', 'http://[::1]:3000'];
    const foreign = ['http://localhost.evil.example', 'https://evil.example', 'null'];
    expect(await Promise.all([...own, ...foreign].map(allowed))).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  test('a demo account signs in and its query runs under its own name', async () => {
    await page.getByRole('button', { name: new RegExp(seller.email) }).click();
    await page.getByLabel(/^Password/).fill(seller.password);
    await page.keyboard.press('Enter');
    await page.locator('.graphiql-query-editor .view-lines').waitFor();
    await run(page);
    await expect.poll(() => answer(page), patience).toContain('"role": "SALES"');
  });

  test('a wrong password is said in the language of the browser and opens nothing', async () => {
    await signIn(page, seller.email, 'wrong');
    await expect.poll(() => page.getByRole('alert').innerText(), patience).toMatch(/password is wrong/);
    expect(await page.locator('.graphiql-container').count()).toBe(0);
  });

  test('an event reaches an open subscription, and the subscription can be stopped', async () => {
    await signedIn();
    const [socket] = await Promise.all([
      page.waitForEvent('websocket'),
      runExample(page, /^Watch my files/, 'WatchMyFiles'),
    ]);
    // The server acknowledges a connection only with a good token in its connection_init.
    await expect.poll(() => seen.framesReceived.join(), patience).toContain('connection_ack');

    const other = await signedIn(await openPlayground());
    await runExample(other, /^Update a file/, 'UpdateFile');
    await expect.poll(() => answer(other), patience).toContain('"updateCustomer"');

    await expect.poll(() => answer(page), patience).toContain('"type": "UPDATED"');
    await Promise.all([
      socket.waitForEvent('close'),
      page.getByRole('button', { name: /^Stop query/ }).click(),
    ]);
  });

  test('types, fields and their descriptions are documented', async () => {
    await signedIn();
    await page.getByRole('button', { name: /Documentation/ }).click();
    await page.getByRole('link', { name: 'Customer', exact: true }).click();
    await page.getByText('客户档案').first().waitFor();
  });

  test('what was run is in the history', async () => {
    await signedIn();
    await run(page);
    await expect.poll(() => answer(page), patience).toContain('"viewer"');
    await page.getByRole('button', { name: /History/ }).click();
    await page.locator('.graphiql-history-item', { hasText: 'WhoAmI' }).waitFor();
  });

  test('a token near its end is replaced before it is used', async () => {
    await signedIn();
    await alterSession({ refreshAtMs: 0 });
    await page.locator('.graphiql-query-editor .view-lines').waitFor();
    await run(page);
    await expect.poll(() => answer(page), patience).toContain('"viewer"');
    expect(seen.operations.filter((name) => name === 'RefreshSession')).toHaveLength(1);
  });

  test('a token the server no longer takes is replaced without the user noticing', async () => {
    await signedIn();
    await alterSession({ accessToken: 'forgotten' });
    await page.locator('.graphiql-query-editor .view-lines').waitFor();
    await run(page);
    await expect.poll(() => answer(page), patience).toContain('"role": "SALES"');
  });

  test('an ended session leads back to the sign-in box and says why', async () => {
    await signedIn();
    await alterSession({ refreshToken: 'revoked', refreshAtMs: 0 });
    await page.getByText('Your session ended').waitFor();
  });

  test('a duplicated tab does not take the refresh token of the first', async () => {
    await signedIn();
    // A tab opened by the page starts with a copy of its sessionStorage, as a duplicated one does.
    const [duplicated] = await Promise.all([
      context.waitForEvent('page'),
      page.evaluate('void window.open(location.href)'),
    ]);
    await duplicated.getByLabel(/^Password/).waitFor();
    await page.reload();
    await page.locator('.graphiql-query-editor .view-lines').waitFor();
  });

  test('signing out ends the session on the server and forgets the token', async () => {
    await signedIn();
    await page.getByRole('button', { name: /^Sign out/ }).click();
    await page.getByLabel(/^Password/).waitFor();
    await expect.poll(() => seen.operations, patience).toContain('SignOut');
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
  });
});
