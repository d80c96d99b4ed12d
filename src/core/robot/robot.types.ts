import type { MailOutcome } from '../mail/mail.types.ts';

/** The apps in whose groups a robot can post. */
export type RobotKind = 'WECOM' | 'DINGTALK' | 'FEISHU';

export interface RobotPost {
  kind: RobotKind;
  /** The webhook's address, which is a password. */
  url: string;
  /** What the app checks signatures with, if it does. */
  secret: string | null;
  text: string;
}

export interface RobotTransport {
  /** Never throws; the outcome says nothing of the address. */
  send: (post: RobotPost) => Promise<MailOutcome>;
}
