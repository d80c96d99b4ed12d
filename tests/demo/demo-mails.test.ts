import Fastify from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDemoMailbox } from '../../src/core/mail/demo-mailbox.ts';
import { initialSettings } from '../../src/core/settings/settings.ts';
import { registerDemoMails } from '../../src/features/demo/demo-mails.route.ts';

const app = Fastify();
const mailbox = openDemoMailbox();
beforeAll(async () => {
  await registerDemoMails(app, mailbox, { current: () => initialSettings });
  const mail = { to: 'sales@demo.example', headers: {}, text: '<b>', html: '<p>今日待办</p>' };
  for (let i = 1; i <= 201; i += 1) await mailbox.send({ ...mail, subject: `第${i}封 <b>` }, `mail-${i}`);
});
afterAll(() => app.close());

const open = (url: string, { from = '127.0.0.1', headers = {} as Record<string, string> } = {}) =>
  app.inject({ url, remoteAddress: from, headers: { host: 'localhost:4000', ...headers } });

test('the mails of the demo are shown to this machine alone, by its own names and not through a proxy', async () => {
  const codes = await Promise.all([
    open('/demo/mails'),
    open('/demo/mails', { from: '::1', headers: { host: '[::1]:4000' } }),
    open('/demo/mails/mail-201'),
    open('/demo/mails', { from: '192.168.1.7' }),
    open('/demo/mails/mail-201', { from: '192.168.1.7' }),
    open('/demo/mails', { headers: { host: 'evil.example' } }),
    open('/demo/mails', { headers: { host: 'localhost.evil.example:4000' } }),
    open('/demo/mails', { headers: { 'x-forwarded-for': '127.0.0.1' } }),
    open('/demo/mails/mail-201/text', { headers: { forwarded: 'for=127.0.0.1' } }),
  ]);
  expect(codes.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 404, 404, 404, 404, 404, 404]);
});

test('the latest 200 are kept, each as it is and as text, with nothing that acts', async () => {
  const { body } = await open('/demo/mails');
  expect(body.match(/第\d+封 &#60;b&#62;/g)).toHaveLength(200);
  expect(body).not.toContain('mail-1"');
  const mail = await open('/demo/mails/mail-201');
  expect(mail.body).toBe('<p>今日待办</p>');
  expect(mail.headers['content-security-policy']).toMatch(/default-src 'none'.*form-action 'none'/);
  expect((await open('/demo/mails/mail-201/text')).body).toContain('<pre>&#60;b&#62;</pre>');
  expect((await open('/demo/mails/mail-1')).statusCode).toBe(404);
});
