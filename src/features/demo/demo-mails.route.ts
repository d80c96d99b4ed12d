import type { FastifyInstance, FastifyRequest } from 'fastify';
import { localeOf } from '../../core/locale.ts';
import type { DemoMailbox } from '../../core/mail/demo-mailbox.ts';
import { html } from '../../core/page/markup.ts';
import { sendPage } from '../../core/page/page.ts';
import type { LiveSettings } from '../../core/settings/live-settings.ts';

const words = {
  ZH: {
    title: '演示邮件',
    none: '还没有邮件。工作日上午会收到“今日待办”；在通知设置中可开启即时邮件。',
    about: '演示时邮件不会发出，保留在此处（最近 200 封，停止服务后清除）。仅本机可见。',
    text: '纯文本',
    back: '返回',
    gone: '没有这封邮件',
  },
  EN: {
    title: 'Mails of the demo',
    none: 'None yet. The day’s tasks come on the morning of working days; mails at once are switched on in the preferences.',
    about:
      'In the demo mails go nowhere and are kept here: the latest 200, until the server stops. Only this machine sees them.',
    text: 'Plain text',
    back: 'Back',
    gone: 'There is no such mail',
  },
};

/** A mail as mail programs show it: with styles, and without anything that acts or loads. */
const mailPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Whether the request comes from this machine itself, not through a proxy, nor from a page whose own name leads here. */
const isLocal = ({ raw, headers }: FastifyRequest): boolean =>
  /^(?:::ffff:)?127\.|^::1$/.test(raw.socket.remoteAddress ?? '') &&
  /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/.test(headers.host ?? '') &&
  !('x-forwarded-for' in headers || 'forwarded' in headers || 'x-real-ip' in headers);

/** `GET /demo/mails`: the mails of the demo, for whoever sits at the machine; to anybody else there is nothing here. */
export async function registerDemoMails(
  app: FastifyInstance,
  mailbox: DemoMailbox,
  { current }: Pick<LiveSettings, 'current'>,
): Promise<void> {
  await app.register(async (scope) => {
    scope.addHook('onRequest', async (request, reply) => {
      if (!isLocal(request)) return reply.callNotFound();
    });
    const route = { exposeHeadRoute: false };
    scope.get('/demo/mails', route, async ({ headers }, reply) => {
      const locale = localeOf(undefined, headers['accept-language']);
      const word = words[locale];
      const format = new Intl.DateTimeFormat(locale === 'EN' ? 'en' : 'zh-CN', {
        timeZone: current().timeZone,
        dateStyle: 'medium',
        timeStyle: 'short',
      });
      const items = mailbox
        .mails()
        .map(
          ({ id, at, to, subject }) =>
            html`<li><span><a href="/demo/mails/${id}">${subject}</a><br><span class="soft">${to} · ${format.format(at)}</span></span><a class="soft" href="/demo/mails/${id}/text">${word.text}</a></li>`,
        );
      const list = items.length > 0 ? html`<ul>${items}</ul>` : html`<p>${word.none}</p>`;
      return sendPage(reply, locale, {
        title: word.title,
        body: html`<p class="soft">${word.about}</p>${list}`,
      });
    });
    const mailOf = ({ id }: { id: string }) => mailbox.mails().find((mail) => mail.id === id);
    const missing = (reply: Parameters<typeof sendPage>[0], header: string | undefined) => {
      const locale = localeOf(undefined, header);
      const body = html`<p><a href="/demo/mails">${words[locale].back}</a></p>`;
      return sendPage(reply, locale, { status: 404, title: words[locale].gone, body });
    };
    scope.get<{ Params: { id: string } }>('/demo/mails/:id', route, async ({ params, headers }, reply) => {
      const mail = mailOf(params);
      if (!mail) return missing(reply, headers['accept-language']);
      return reply
        .headers({
          'content-type': 'text/html; charset=utf-8',
          'content-security-policy': mailPolicy,
          'cache-control': 'no-store',
          'referrer-policy': 'no-referrer',
          'x-content-type-options': 'nosniff',
        })
        .send(mail.html);
    });
    scope.get<{ Params: { id: string } }>(
      '/demo/mails/:id/text',
      route,
      async ({ params, headers }, reply) => {
        const mail = mailOf(params);
        if (!mail) return missing(reply, headers['accept-language']);
        const locale = localeOf(undefined, headers['accept-language']);
        return sendPage(reply, locale, {
          title: mail.subject,
          body: html`<pre>${mail.text}</pre><p><a href="/demo/mails">${words[locale].back}</a></p>`,
        });
      },
    );
  });
}
