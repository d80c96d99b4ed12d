import type { Mail, MailTransport } from './mail.types.ts';

/** Most mails that are kept: the latest. */
const maxKept = 200;

export interface KeptMail extends Mail {
  id: string;
  at: Date;
}

export interface DemoMailbox extends MailTransport {
  /** The latest first. */
  mails: () => readonly KeptMail[];
}

/** Takes the mails of a demo, which go nowhere. They are kept in memory until the server stops. */
export function openDemoMailbox(): DemoMailbox {
  const kept: KeptMail[] = [];
  return {
    send: async (mail, id) => {
      kept.unshift({ ...mail, id, at: new Date() });
      kept.length = Math.min(kept.length, maxKept);
      return { state: 'DONE', detail: 'kept' };
    },
    mails: () => kept,
  };
}
