import { index, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { instant, now } from '../database/columns.ts';

/** What a link leads to, for people who need not sign in. The token in the link is stored as its hash alone. */
export const pageToken = pgTable(
  'page_token',
  {
    /** SHA-256, hexadecimal. */
    hash: text('hash').primaryKey(),
    purpose: text('purpose').notNull(),
    content: jsonb('content').notNull(),
    createdAt: instant('created_at').notNull().default(now),
    expiresAt: instant('expires_at').notNull(),
  },
  (t) => [index('page_token_expires_idx').on(t.expiresAt)],
);
