import { mkdirSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isBrowserThere, launchBrowser, watchPages } from '../playground/browser.ts';
import { addContact, fileNow, startWriting, type Writing } from '../support/writing.ts';
import { linkOf, openVerified } from './confirmation-world.ts';

let writing: Writing;
let browser: Browser;
beforeAll(async () => {
  writing = await startWriting();
  if (isBrowserThere) browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await writing.close();
});

/** Where pictures of the pages go, if somebody wants to look at them. */
const pictures = process.env.PICTURES;

const cases = [
  ['zh-CN', 390],
  ['zh-CN', 1280],
  ['en', 390],
  ['en', 1280],
] as const;
const words = {
  'zh-CN': { next: '下一步', correct: '更正: 手机', send: '提交更正', wrong: '138', done: '已收到您的更正' },
  en: {
    next: 'Continue',
    correct: 'Correct: Mobile',
    send: 'Send corrections',
    wrong: '138',
    done: 'received your corrections',
  },
};

test.skipIf(!isBrowserThere).each(cases)(
  'a customer opens, checks and corrects their file without a script or another request: %s, %i px wide',
  async (locale, width) => {
    const phones = [{ label: '总机', number: '+862155551234', extension: '801' }];
    const file = await openVerified(writing, {
      ...{
        phones,
        address: '上海市浦东新区科技路1号创新大厦B座2801室',
        nature: 'PRIVATE',
        industry: '制造业',
      },
      ...{
        businessScope: '精密机械、数控机床的研发、生产和销售；货物进出口。',
        website: 'https://example.com',
      },
    });
    await addContact(writing, file.uuid, {
      ...{
        name: '周小姐',
        title: '采购经理',
        mobile: '+8613800001111',
        email: 'zhou@example.com',
        isPrimary: true,
      },
    });
    const link = await linkOf(writing, file.uuid);
    const context = await browser.newContext({
      locale,
      viewport: { width, height: 844 },
      javaScriptEnabled: false,
    });
    const seen = watchPages(context, link);
    const page = await context.newPage();
    const word = words[locale];
    const picture = async (name: string) => {
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      if (!pictures) return;
      mkdirSync(pictures, { recursive: true });
      await page.screenshot({ path: `${pictures}/${locale}-${width}-${name}.png`, fullPage: true });
    };
    await page.goto(link);
    await picture('1-check');
    await page.fill('#check', '9999');
    await page.click(`text=${word.next}`);
    await picture('2-wrong');
    await page.fill('#check', '1111');
    await page.click(`text=${word.next}`);
    await picture('3-held');
    const summary = page.locator(`summary[aria-label="${word.correct}"]`);
    const mobile = page.locator(`details:has(summary[aria-label="${word.correct}"]) input`);
    await summary.click();
    await mobile.fill(word.wrong);
    await page.click(`text=${word.send}`);
    await picture('4-invalid');
    await mobile.fill('13900002222');
    await page.click(`text=${word.send}`);
    await picture('5-thanks');
    expect(await page.textContent('main')).toContain(word.done);
    expect((await fileNow(writing, file.uuid)).verificationState).toBe('DISPUTED');
    expect([seen.outsideRequests, seen.problems]).toEqual([[], []]);
    await context.close();
  },
);
