import { type SQL, sql } from 'drizzle-orm';
import { type Database, queryJson } from '../database/database.ts';
import { texts, uuids } from '../database/rows.ts';
import type { MailOutcome } from '../mail/mail.types.ts';
import type { ClaimedMail } from './outgoing.types.ts';

/** Most rows that become one mail. */
const maxTogether = 50;
/** Attempts after which a mail that no server has accepted is given up. */
const maxAttempts = 10;
/** Longer than any attempt: whoever claimed a row so long ago is gone. */
const claimLastsMs = 10 * 60_000;

export interface PlannedMail {
  kind: string;
  recipientId: string;
  /** One mail at most for each, ever. */
  occasion: string;
  content: object;
  dueAt: Date;
  expiresAt: Date;
}

/** Leaves mails to be sent after the transaction has been committed; returns how many are new. */
export async function planMails(tx: Database, mails: readonly PlannedMail[]): Promise<number> {
  if (mails.length === 0) return 0;
  const planned = await tx.execute(sql`
    insert into outgoing (kind, recipient_id, occasion, content, due_at, expires_at)
    select kind, "recipientId", occasion, content, "dueAt", "expiresAt"
    from jsonb_to_recordset(${JSON.stringify(mails)}::text::jsonb)
           m (kind text, "recipientId" uuid, occasion text, content jsonb, "dueAt" timestamptz, "expiresAt" timestamptz)
    on conflict do nothing returning id`);
  return planned.length;
}

/**
 * Claims the rows of the next mail that is due: the first one, and others of its kind for the same recipient. Once this is
 * committed the mail is sent by the caller or by nobody.
 */
export async function claimMail(
  db: Database,
  kinds: readonly string[],
  now: Date,
): Promise<ClaimedMail | null> {
  const moment = sql`${now.toISOString()}::timestamptz`;
  const rows = await queryJson<{ id: string; kind: string; recipientId: string; content: unknown }[]>(
    db,
    sql`with first as materialized (
          select id, kind, recipient_id from outgoing where state = 'PLANNED' and due_at <= ${moment} and expires_at > ${moment} and kind = any(${texts(kinds)})
          order by due_at, id limit 1 for update skip locked
        ), more as materialized (
          select o.id from outgoing o join first f on o.recipient_id = f.recipient_id and o.kind = f.kind and o.id <> f.id
          where o.state = 'PLANNED' and o.due_at <= ${moment} and o.expires_at > ${moment}
          order by o.id limit ${maxTogether - 1}::int for update of o skip locked
        ), claimed as (
          update outgoing set state = 'CLAIMED', claimed_at = now(), attempt_count = attempt_count + 1
          where id in (select id from first union all select id from more)
          returning id, kind, recipient_id, content
        )
        select coalesce(json_agg(json_build_object('id', id, 'kind', kind, 'recipientId', recipient_id, 'content', content) order by id), '[]')
        from claimed`,
  );
  const [first] = rows;
  if (!first) return null;
  const [id, ...others] = rows.map((row) => row.id) as [string, ...string[]];
  return {
    ids: [id, ...others],
    kind: first.kind,
    recipientId: first.recipientId,
    contents: rows.map(({ content }) => content),
  };
}

/** How a claim ended, if not by an attempt: nothing was to be sent, or not yet. */
type Ending = MailOutcome | { state: 'DROPPED'; detail: string } | { state: 'LATER'; notBefore: Date };

/** Records how a claim ended. What somebody has found to be UNKNOWN meanwhile is known now. */
export const recordEnding = (db: Database, { ids }: ClaimedMail, ending: Ending, now: Date): Promise<void> =>
  db.transaction(async (tx) => {
    const own = sql`id = any(${uuids(ids)}) and state in ('CLAIMED', 'UNKNOWN')`;
    if (ending.state === 'LATER') {
      await tx.execute(sql`
        update outgoing set state = 'PLANNED', claimed_at = null, attempt_count = attempt_count - 1,
                            due_at = ${ending.notBefore.toISOString()}::timestamptz
        where ${own}`);
      return;
    }
    const { state, detail } = ending;
    if (state !== 'DROPPED')
      await tx.execute(sql`
        insert into outgoing_attempt (outgoing_id, outcome, detail)
        select id, ${state}, ${detail} from unnest(${uuids(ids)}) id`);
    if (state === 'RETRY')
      await tx.execute(sql`
        update outgoing set state = case when attempt_count < ${maxAttempts}::int then 'PLANNED' else 'FAILED' end,
                            finished_at = case when attempt_count >= ${maxAttempts}::int then now() end,
                            due_at = ${now.toISOString()}::timestamptz + interval '30 seconds' * 2 ^ attempt_count, claimed_at = null, last_failure = ${detail}
        where ${own}`);
    else
      await tx.execute(sql`
        update outgoing set state = ${state}, finished_at = now(),
                            last_failure = case when ${state} = 'DONE' then last_failure else ${detail} end
        where ${own}`);
  });

/**
 * Ends what nobody will: mails whose sender is gone, which may have been sent and so are not sent again, and mails that are
 * of no use any more. Returns how many.
 */
export async function settleMails(db: Database, now: Date, lastsMs = claimLastsMs): Promise<number> {
  const end = (state: string, why: string, which: SQL) =>
    db.execute(sql`update outgoing set state = ${state}, finished_at = now(), last_failure = ${why}
      where ${which} returning id`);
  const lost = await end(
    'UNKNOWN',
    'Its sender stopped before it knew what became of it.',
    sql`state = 'CLAIMED' and claimed_at <= now() - ${lastsMs}::int * interval '1 millisecond'`,
  );
  const expired = await end(
    'DROPPED',
    'It was too late.',
    sql`state = 'PLANNED' and expires_at <= ${now.toISOString()}::timestamptz`,
  );
  return lost.length + expired.length;
}

/** Deletes what was planned 90 days ago and has ended; returns how many. */
export const trimMails = (db: Database): Promise<number> =>
  queryJson<number>(
    db,
    sql`with gone as (
          delete from outgoing where id in (
            select id from outgoing where created_at < now() - interval '90 days' and finished_at is not null
            order by created_at limit 10000)
          returning id)
        select to_json(count(*)) from gone`,
  );
