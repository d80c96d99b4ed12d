import DataLoader from 'dataloader';
import { sql } from 'drizzle-orm';
import { asSql, isVisible, rightTo } from '../../core/access/row-predicates.ts';
import type { Context } from '../../core/context.ts';
import { arrayLiteral, uuids } from '../../core/database/rows.ts';
import { encodeId } from '../../core/graphql/schema/type-id.ts';
import { readingOf, runStatement } from '../../core/model/read.ts';
import { fileColumnsOf } from '../../core/model/read-context.ts';
import { verifiableColumn, verifiableFields } from '../verification/verifiable-field.ts';
import { logValues, readableKeys } from '../verification/verification.loader.ts';
import type { ConfirmationRequest, ProposedChange } from './confirmation.type.ts';
import { textOf } from './confirmation-page.service.ts';

/** With the ids (UUIDs) of whom its resolvers show. */
export interface RequestRow extends ConfirmationRequest {
  requestedById: string;
}
export interface ProposalRow extends ProposedChange {
  description: string;
  decidedById: string | null;
}

type Loaders = {
  requests: DataLoader<string, RequestRow | null>;
  proposals: DataLoader<string, ProposalRow[]>;
};
const loaders = new WeakMap<Context, Loaders>();

/** The last request about a file (a UUID) that the viewer sees. */
export const requestOf = (ctx: Context, fileId: string) => loadersOf(ctx).requests.load(fileId);

/** What customers proposed for values that the viewer reads: open ones first, then the newest, at most 200. Logged as the values are. */
export const proposalsOf = (ctx: Context, fileId: string) => loadersOf(ctx).proposals.load(fileId);

function loadersOf(ctx: Context): Loaders {
  let made = loaders.get(ctx);
  if (!made) {
    const options = { cache: false, batchScheduleFn: (send: () => void) => queueMicrotask(send) };
    made = {
      requests: new DataLoader((ids: readonly string[]) => findRequests(ctx, ids), options),
      proposals: new DataLoader((ids: readonly string[]) => findProposals(ctx, ids), options),
    };
    loaders.set(ctx, made);
  }
  return made;
}

async function findRequests(ctx: Context, ids: readonly string[]): Promise<(RequestRow | null)[]> {
  const found = (await runStatement(
    ctx,
    ({ viewer }) => sql`
      select coalesce(json_object_agg(f.id, json_build_object('channel', r.channel, 'contactId', r.contact_id, 'requestedById', r.requested_by_id,
        'requestedAt', r.requested_at, 'wrongTries', r.wrong_tries, 'endedAt', r.ended_at, 'outcome', r.outcome)), '{}')
      from customer f cross join lateral (
        select * from confirmation_request where customer_id = f.id order by requested_at desc, id desc limit 1) r
      where f.id = any(${uuids(ids)}) and ${asSql(isVisible(viewer, fileColumnsOf('f')))}`,
  )) as Record<string, RequestRow>;
  return ids.map((id) => {
    const row = found[id];
    return row ? { ...row, contactId: row.contactId && encodeId('con', row.contactId) } : null;
  });
}

interface RawProposal {
  id: string;
  subject: string;
  subjectId: string;
  column: string;
  shownText: string;
  proposedText: string | null;
  /** The value now: a list, or a text as PostgreSQL writes it, since a number would lose the zeros of an amount. */
  current: unknown;
  state: ProposedChange['state'];
  reason: string | null;
  proposedAt: string;
  decidedAt: string | null;
  decidedById: string | null;
}

/** The values that can be verified, in the order in which a file lists them, as a page shows them. */
const places = () =>
  arrayLiteral([...verifiableFields().values()].map(({ subject, column }) => `${subject}.${column}`));

async function findProposals(ctx: Context, ids: readonly string[]): Promise<ProposalRow[][]> {
  const found = (await runStatement(
    ctx,
    (reading) => sql`
      select coalesce(json_object_agg(f.id, (select coalesce(json_agg(x), '[]') from (
        select p.id, p.subject, p.subject_id as "subjectId", p.column_name as "column", p.shown_text as "shownText", p.proposed_text as "proposedText",
               case jsonb_typeof(held.content -> p.column_name) when 'array' then held.content -> p.column_name
                    else to_jsonb(held.content ->> p.column_name) end as current, p.state, p.reason, p.proposed_at as "proposedAt", p.decided_at as "decidedAt",
               p.decided_by_id as "decidedById"
        from proposed_change p left join lateral (
          select to_jsonb(r) as content from customer r where p.subject = 'customer' and r.id = p.subject_id and r.id = f.id
          union all select to_jsonb(r) from contact r where p.subject = 'contact' and r.id = p.subject_id and r.customer_id = f.id) held on true
        where p.customer_id = f.id and p.subject || '.' || p.column_name = any(rights.keys)
        order by p.state = 'OPEN' desc, p.proposed_at desc, array_position(${places()}::text[], p.subject || '.' || p.column_name), p.id desc limit 200) x)), '{}')
      from customer f cross join lateral (select ${readableKeys(reading)} as keys) rights
      where f.id = any(${uuids(ids)}) and ${asSql(isVisible(reading.viewer, fileColumnsOf('f')))}`,
  )) as Record<string, RawProposal[]>;
  await logValues(ctx, found);
  const { viewer } = readingOf(ctx);
  return ids.map((id) =>
    (found[id] ?? []).flatMap(({ subject, column, subjectId, current, ...raw }) => {
      const of = verifiableColumn(subject, column);
      if (!of) return [];
      // What a customer types into any field may name anybody.
      const readsTexts = rightTo(viewer, { access: of.access, text: 'FREE' }) !== 'identity';
      const currentText = current == null ? null : textOf(of, current);
      return [
        {
          ...raw,
          id: encodeId('prop', raw.id),
          field: of.field,
          description: of.description,
          entityId: encodeId(of.entityPrefix, subjectId),
          shownText: readsTexts ? raw.shownText : null,
          proposedText: readsTexts ? raw.proposedText : null,
          reason: readsTexts ? raw.reason : null,
          hasChanged: currentText !== raw.shownText,
        },
      ];
    }),
  );
}
