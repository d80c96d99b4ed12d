import { createTransport } from 'nodemailer';
import type { MailOutcome, MailTransport } from './mail.types.ts';

export interface SmtpOptions {
  /** smtp:// or smtps://, with user and password where the server wants them. */
  url: string;
  /** The sender's address, with or without a name. */
  from: string;
  /** What the client calls itself; the host's name by default. */
  name?: string;
}

const connectTimeoutMs = 15_000;
/** Longest silence of the server; some scan a message before they accept it. */
const silenceTimeoutMs = 60_000;

/** Sends by SMTP, over a connection for each mail, so that what was said on it is known of that mail. */
export function openSmtp({ url, from, name }: SmtpOptions): MailTransport {
  const domain = /@([^\s>]+)>?\s*$/.exec(from)?.[1] ?? 'localhost';
  return {
    send: async ({ to, subject, text, html, headers }, id) => {
      const talk = { isDataBegun: false };
      const transport = createTransport({
        url,
        ...(name && { name }),
        // The driver's own log says which command it has sent, and nothing of the message.
        logger: listenFor(talk) as never,
        transactionLog: true,
        connectionTimeout: connectTimeoutMs,
        greetingTimeout: connectTimeoutMs,
        socketTimeout: silenceTimeoutMs,
        disableFileAccess: true,
        disableUrlAccess: true,
      });
      try {
        const { response } = await transport.sendMail({
          from,
          to,
          subject,
          text,
          html,
          headers: { ...headers, 'Auto-Submitted': 'auto-generated' },
          messageId: `<${id}@${domain}>`,
        });
        return { state: 'DONE', detail: cut(response) };
      } catch (error) {
        return outcomeOf(error as SmtpError, talk.isDataBegun);
      } finally {
        transport.close();
      }
    },
  };
}

/** Notes the command after which the server may have accepted the message. */
function listenFor(talk: { isDataBegun: boolean }) {
  const ignore = () => {};
  const debug = ({ tnx }: { tnx?: string }, said?: string) => {
    if (tnx === 'client' && said === 'DATA') talk.isDataBegun = true;
  };
  return { trace: ignore, debug, info: ignore, warn: ignore, error: ignore, fatal: ignore };
}

interface SmtpError extends Error {
  /** Of the server's answer. */
  responseCode?: number;
  code?: string;
}

/** What the server refuses it has not accepted; silence after DATA leaves that open. */
function outcomeOf({ message, responseCode = 0, code }: SmtpError, isDataBegun: boolean): MailOutcome {
  const detail = cut(message);
  if (responseCode >= 500) return { state: 'FAILED', detail };
  if (responseCode >= 400) return { state: 'RETRY', detail };
  // An address or message that cannot be sent.
  if (code === 'EENVELOPE' || code === 'EMESSAGE') return { state: 'FAILED', detail };
  return { state: isDataBegun ? 'UNKNOWN' : 'RETRY', detail };
}

const cut = (text: string): string => text.slice(0, 300);
