import { sql } from 'drizzle-orm';
import { type Database, queryJson } from '../database/database.ts';
import { hashSecretToken, newSecretToken } from '../session/secret-token.ts';

/** Makes a token for a link: 256 random bits. */
export async function issueToken(
  db: Database,
  purpose: string,
  content: object,
  lastsMs: number,
): Promise<string> {
  const token = newSecretToken();
  await db.execute(sql`
    insert into page_token (hash, purpose, content, expires_at)
    values (${hashSecretToken(token)}, ${purpose}, ${JSON.stringify(content)}::text::jsonb, now() + ${lastsMs}::bigint * interval '1 millisecond')`);
  return token;
}

/** What a token was made for; null if it was made for something else, has expired or is none. */
export const readToken = async <Content>(
  db: Database,
  purpose: string,
  token: string,
): Promise<Content | null> =>
  (await queryJson<Content | undefined>(
    db,
    sql`select content from page_token where hash = ${hashSecretToken(token)} and purpose = ${purpose} and expires_at > now()`,
  )) ?? null;

/** Deletes tokens that have expired; returns how many. */
export const trimTokens = (db: Database): Promise<number> =>
  queryJson<number>(
    db,
    sql`with gone as (delete from page_token where expires_at <= now() returning hash) select to_json(count(*)) from gone`,
  );
