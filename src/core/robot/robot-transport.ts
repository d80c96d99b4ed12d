import { createHmac } from 'node:crypto';
import type { MailOutcome } from '../mail/mail.types.ts';
import type { RobotPost, RobotTransport } from './robot.types.ts';

const timeoutMs = 15_000;
/** Of an answer, as much as is read: the apps send some fifty bytes. */
const maxAnswer = 10_000;

/** What an app answers when it was posted to too often, and takes the post later. */
const busy: readonly unknown[] = [45009, 130101, 90030, 11232, 9499];
/** Statuses of a server that has not looked at the post. */
const busyStatuses = [429, 503];

/** Posts to group robots. `fetch` is the platform's but in tests, which have no such apps. */
export const openRobots = (fetch = globalThis.fetch): RobotTransport => ({
  send: async (post) => {
    const { url, body } = requestOf(post, Date.now());
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json; charset=utf-8' },
        body: JSON.stringify(body),
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      });
      return outcomeOf(response.status, withoutKey(await beginningOf(response), post));
    } catch (error) {
      return failureOf(error as Error & { cause?: { code?: string } });
    }
  },
});

async function beginningOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    size += chunk.length;
    // Leaving the loop ends the connection.
    if (size >= maxAnswer) break;
  }
  return Buffer.concat(chunks).toString().slice(0, maxAnswer);
}

/** An app that refuses an address may repeat it, and the answer is shown to managers. */
const withoutKey = (text: string, { url, secret }: RobotPost): string =>
  [url, url.split(/[/=]/).at(-1), secret].reduce<string>(
    (hidden, password) => (password ? hidden.replaceAll(password, '…') : hidden),
    text,
  );

const sign = (key: string, text: string): string => createHmac('sha256', key).update(text).digest('base64');

/** As each app wants it; see its page on custom robots (自定义机器人). */
function requestOf({ kind, url, secret, text }: RobotPost, nowMs: number): { url: string; body: object } {
  if (kind === 'FEISHU') {
    const timestamp = String(Math.floor(nowMs / 1000));
    const signed = secret && { timestamp, sign: sign(`${timestamp}\n${secret}`, '') };
    return { url, body: { ...signed, msg_type: 'text', content: { text } } };
  }
  const body = { msgtype: 'text', text: { content: text } };
  if (kind === 'WECOM' || !secret) return { url, body };
  const signature = encodeURIComponent(sign(secret, `${nowMs}\n${secret}`));
  return { url: `${url}&timestamp=${nowMs}&sign=${signature}`, body };
}

function outcomeOf(status: number, text: string): MailOutcome {
  const detail = `${status} ${text}`.slice(0, 300);
  if (busyStatuses.includes(status)) return { state: 'RETRY', detail };
  if (status >= 500) return { state: 'UNKNOWN', detail };
  if (status !== 200) return { state: 'FAILED', detail };
  const code = codeOf(text);
  if (code === undefined) return { state: 'UNKNOWN', detail };
  if (code === 0) return { state: 'DONE', detail };
  return { state: busy.includes(code) ? 'RETRY' : 'FAILED', detail };
}

/** The app's own code, 0 for a post that it took. */
function codeOf(text: string): unknown {
  try {
    const { errcode, code, StatusCode } = JSON.parse(text);
    return errcode ?? code ?? StatusCode;
  } catch {
    return undefined;
  }
}

/** Failures before anything was sent: of the name's look-up, the connection, or the certificate. */
const unsent =
  /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|CERT_.*|ERR_TLS_.*|.*_CERT|.*_SIGNATURE|.*_LOCALLY)$/;

function failureOf({ message, cause }: Error & { cause?: { code?: string } }): MailOutcome {
  const code = cause?.code ?? '';
  return {
    state: unsent.test(code) ? 'RETRY' : 'UNKNOWN',
    detail: `${message} ${code}`.trim().slice(0, 300),
  };
}
