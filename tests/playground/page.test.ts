import { execFileSync } from 'node:child_process';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { registerPlayground } from '../../src/playground/playground.ts';

let app: FastifyInstance;

beforeAll(async () => {
  execFileSync(process.execPath, ['playground/build.mjs']);
  app = Fastify();
  app.get('/other', async () => 'other');
  await registerPlayground(app, {
    graphqlPath: '/graphql',
    demoAccounts: [{ email: 'a@demo.example', name: '</script><b>$&', role: 'SALES' }],
  });
}, 60_000);

afterAll(() => app.close());

const get = (url: string) => app.inject({ method: 'GET', url });

const assetOf = (html: string) => /src="(\/playground\/assets\/[^"]+\.js)"/.exec(html)?.[1] ?? '';

test('the page is asked for anew each time, and its assets never again', async () => {
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
