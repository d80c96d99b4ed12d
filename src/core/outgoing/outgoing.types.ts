import type { Database } from '../database/database.ts';
import type { Mail, MailTransport } from '../mail/mail.types.ts';
import type { RobotPost, RobotTransport } from '../robot/robot.types.ts';
import type { Settings } from '../settings/settings.ts';

/** What one mail is made of: rows of one kind for one recipient. */
export interface ClaimedMail {
  /** Of the rows. */
  ids: readonly [string, ...string[]];
  kind: string;
  /** An employee, a contact, or the team whose group a robot posts to. */
  recipientId: string;
  /** Of the rows, in their order. */
  contents: readonly unknown[];
}

export interface ComposeContext {
  db: Database;
  /** Business time. */
  now: Date;
  settings: Settings;
  /** Where people reach the server, without a slash at the end. */
  publicUrl: string;
}

/** A mail or a post; when it may be sent, if not yet; or null where there is nothing to be sent to the recipient any more. */
export type Composed = { mail: Mail } | { post: RobotPost } | { notBefore: Date } | null;

export interface Transports {
  /** Null without a mail server. */
  mail: MailTransport | null;
  /** To the robots of groups. */
  robot: RobotTransport | null;
}

export interface OutgoingKind {
  /** Stored, and shown to administrators: kebab-case. Never changes. */
  name: string;
  /** What carries it; nothing of a kind is claimed while there is none. */
  channel: keyof Transports;
  /** Writes the mail or post, with the rights that the recipient has at that moment. */
  compose: (claimed: ClaimedMail, context: ComposeContext) => Promise<Composed>;
}
