import { accessSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const executablePath = '/usr/bin/chromium';

/** Debian's `chromium` package; without it CI fails, and a developer's run skips what needs a browser. */
export const isBrowserThere = (() => {
  try {
    accessSync(executablePath);
    return true;
  } catch {
    if (process.env.CI === 'true')
      throw new Error(`${executablePath} is missing: install the chromium package`);
    return false;
  }
})();

/** A headless browser that can resolve no name but this machine's: an outside request fails, and is seen. */
export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
  });

/** What the pages of a context asked of the network, and what they complained of. */
export function watchPages(context: BrowserContext, ownUrl: string) {
  const ownHost = new URL(ownUrl).host;
  const outsideRequests: string[] = [];
  const problems: string[] = [];
  const operations: string[] = [];
  const framesReceived: string[] = [];

  const noteUrl = (url: string) => {
    const { host, protocol } = new URL(url);
    if (protocol !== 'data:' && protocol !== 'blob:' && host !== ownHost) outsideRequests.push(url);
  };
  context.on('request', (request) => {
    noteUrl(request.url());
    const body = request.method() === 'POST' ? request.postDataJSON() : null;
    if (body?.query) operations.push(/\b(?:query|mutation)\s+(\w+)/.exec(body.query)?.[1] ?? '');
  });
  context.on('console', (message) => {
    // A refusal by our own API is an answer; the browser reports its HTTP status all the same.
    const isRefusal = /responded with a status of 4\d\d/.test(message.text());
    if (message.type() === 'error' && !isRefusal) problems.push(message.text());
  });
  context.on('weberror', (webError) => {
    // Monaco rejects what it was still computing when an editor is closed, and nobody listens.
    const { name } = webError.error();
    if (name !== 'Canceled') problems.push(String(webError.error()));
  });
  context.on('page', (page) =>
    page.on('websocket', (socket) => {
      noteUrl(socket.url());
      socket.on('framereceived', ({ payload }) => framesReceived.push(String(payload)));
    }),
  );

  return { outsideRequests, problems, operations, framesReceived };
}

export async function signIn(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel(/^E-mail/).fill(email);
  await page.getByLabel(/^Password/).fill(password);
  await page.getByRole('button', { name: /^Sign in/ }).click();
}

/** Opens an example from the shelf and presses Run. */
export async function runExample(page: Page, title: RegExp, operationName: string): Promise<void> {
  const example = page.getByRole('button', { name: title });
  if (!(await example.isVisible())) {
    await page.locator('details', { hasText: title }).locator('summary').click();
  }
  await example.click();
  await page.locator('.graphiql-query-editor', { hasText: operationName }).waitFor();
  await run(page);
}

export const run = (page: Page): Promise<void> =>
  page.getByRole('button', { name: /^Execute query/ }).click();

/** The text of the answer pane. Monaco writes spaces as no-break spaces. */
export async function answer(page: Page): Promise<string> {
  const text = await page.locator('.result-window').innerText();
  return text.replaceAll('\u00a0', ' ');
}
