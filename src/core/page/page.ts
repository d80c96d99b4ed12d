import { createHash } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import type { Locale } from '../model/label.ts';
import { html, Markup } from './markup.ts';

/** Readable from 360 px on, in the light and in the dark; nothing is loaded. */
const style = `
:root { color-scheme: light dark; --ink: #1a1a1a; --soft: #595959; --paper: #fff; --line: #d9d9d9; --act: #0958d9; --bad: #a8071a; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e8e8; --soft: #a6a6a6; --paper: #141414; --line: #424242; --act: #69b1ff; --bad: #ff9c9c; } }
* { box-sizing: border-box; }
body { font: 16px/1.6 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; color: var(--ink); background: var(--paper); margin: 0; }
main { max-width: 42rem; margin: 0 auto; padding: 2rem 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.3; margin: 0 0 1rem; } p { margin: 0 0 1rem; } .soft { color: var(--soft); font-size: .875rem; }
ul { list-style: none; margin: 0 0 1rem; padding: 0; border-top: 1px solid var(--line); }
li { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: .5rem 1rem; padding: .75rem 0; border-bottom: 1px solid var(--line); }
form { margin: 0; } button { font: inherit; min-height: 2.75rem; padding: 0 1rem; color: var(--act); background: none; border: 1px solid var(--act); border-radius: .375rem; cursor: pointer; }
a { color: var(--act); } :focus-visible { outline: 3px solid var(--act); outline-offset: 2px; }
h2 { font-size: 1.125rem; margin: 1.5rem 0 .25rem; } section { border-bottom: 1px solid var(--line); } section + p { margin-top: 1.5rem; }
.held { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .25rem 1rem; padding: .625rem 0; border-top: 1px solid var(--line); } .held > div { flex: 1 1 12rem; min-width: 0; } .value { white-space: pre-line; }
details { flex: 0 1 auto; } details[open] { flex: 1 1 100%; } summary { color: var(--act); cursor: pointer; min-height: 2.75rem; line-height: 2.75rem; }
input, select, textarea { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--soft); border-radius: .375rem; padding: .5rem .625rem; min-height: 2.75rem; max-width: 100%; }
details input, details select, textarea { width: 100%; } [aria-invalid] { border-color: var(--bad); } .error { color: var(--bad); }
button.main { color: var(--paper); background: var(--act); } .actions { display: flex; flex-wrap: wrap; gap: .75rem; }
pre { white-space: pre-wrap; font: inherit; }
`;

/** Headers of a page that has one inline style, and no script, request or frame. */
export const pageHeaders = (inlineStyle: string, formAction: "'self'" | "'none'") => ({
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(inlineStyle).digest('base64')}'`,
    "base-uri 'none'",
    `form-action ${formAction}`,
    "frame-ancestors 'none'",
  ].join('; '),
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex, nofollow',
  vary: 'accept-language',
});

const headers = pageHeaders(style, "'self'");

export interface View {
  status?: number;
  title: string;
  body: Markup;
}

/** Sends a page in the layout that all pages share. */
export function sendPage(
  reply: FastifyReply,
  locale: Locale,
  { status = 200, title, body }: View,
): FastifyReply {
  const lang = locale === 'EN' ? 'en' : 'zh-CN';
  const page = html`<!doctype html><html lang="${lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex"><title>${title}</title><style>${new Markup(style)}</style></head><body><main><h1>${title}</h1>${body}</main></body></html>`;
  return reply.code(status).headers(headers).send(page.text);
}
