import DataLoader from 'dataloader';
import { type SQL, sql } from 'drizzle-orm';
import { logReads, readsOfParts, unlogged } from '../../core/access/access-log-port.ts';
import { loggedClasses } from '../../core/access/policy.ts';
import { asSql, type Declared, isVisible, type Reader, rightTo } from '../../core/access/row-predicates.ts';
import type { Context } from '../../core/context.ts';
import { texts, uuids } from '../../core/database/rows.ts';
import { encodeId } from '../../core/graphql/schema/type-id.ts';
import type { ReadContext } from '../../core/model/model.types.ts';
import { readingOf, runStatement } from '../../core/model/read.ts';
import { fileColumnsOf, readableOn } from '../../core/model/read-context.ts';
import { VerificationState } from '../customer/customer.table.ts';
import { type VerifiableField, verifiableColumn, verifiableFields } from './verifiable-field.ts';
import { FieldState } from './verification.enums.ts';
import type { CustomerAnswer, FieldVerification, Verification } from './verification.type.ts';

/** With the ids (UUIDs) of whom its resolvers show. */
export interface VerificationRow extends Verification {
  customerId: string;
  submittedById: string | null;
  verifiedById: string | null;
  answer: CustomerAnswerRow | null;
}
export interface CustomerAnswerRow extends CustomerAnswer {
  recordedById: string | null;
}
export interface FieldVerificationRow extends FieldVerification {
  description: string;
  verifiedById: string | null;
}

type Loaders = Record<'files' | 'fields' | 'formerFields', DataLoader<string, unknown>>;
const loaders = new WeakMap<Context, Loaders>();

/** How far files (UUIDs) that the viewer sees have been verified; one statement for all of a tick. */
export const verificationOf = (ctx: Context, fileId: string) =>
  loadersOf(ctx).files.load(fileId) as Promise<VerificationRow | null>;

/** The values of a file that the viewer reads, at most 1,000, each with the check that holds. Logs classes as reading the values does. */
export const fieldsOf = (ctx: Context, fileId: string) =>
  loadersOf(ctx).fields.load(fileId) as Promise<FieldVerificationRow[]>;

/** The checks that ended, newest first, at most 100. */
export const formerFieldsOf = (ctx: Context, fileId: string) =>
  loadersOf(ctx).formerFields.load(fileId) as Promise<FieldVerificationRow[]>;

function loadersOf(ctx: Context): Loaders {
  let made = loaders.get(ctx);
  if (!made) {
    const loader = <T>(find: (ctx: Context, ids: readonly string[]) => Promise<T[]>) =>
      new DataLoader((ids: readonly string[]) => find(ctx, ids), {
        cache: false,
        // A microtask runs before the statements of this tick are sent, so what is loaded shares their round trip.
        batchScheduleFn: (send) => queueMicrotask(send),
      });
    made = {
      files: loader(findVerifications),
      fields: loader((context, ids) => findFields(context, ids, valuesOf)),
      formerFields: loader((context, ids) => findFields(context, ids, endedChecks)),
    };
    loaders.set(ctx, made);
  }
  return made;
}

const { VERIFIED, CONFIRMED, DISPUTED, REJECTED, DRAFT } = VerificationState;
const verifiedStates: readonly string[] = [VERIFIED, CONFIRMED, DISPUTED];

const answeredStates: readonly string[] = [CONFIRMED, DISPUTED];

interface RawStep {
  state: VerificationState;
  channel: CustomerAnswer['channel'] | null;
  way: CustomerAnswer['way'] | null;
  employeeId: string | null;
  note: string | null;
  isSecondPass: boolean;
  occurredAt: string;
}

async function findVerifications(ctx: Context, ids: readonly string[]): Promise<(VerificationRow | null)[]> {
  const last = (...states: string[]): SQL => sql`(
    select json_build_object('state', s.state, 'employeeId', s.employee_id, 'note', s.note, 'isSecondPass', s.is_second_pass,
                             'occurredAt', s.occurred_at, 'channel', s.channel, 'way', s.way)
    from verification_step s where s.customer_id = f.id and s.state = any(${texts(states)}) order by s.version desc, s.occurred_at desc limit 1)`;
  const found = (await runStatement(
    ctx,
    ({ viewer }) => sql`
      select coalesce(json_object_agg(f.id, json_build_object('state', f.verification_state, 'submitted', ${last('SUBMITTED')},
        'verified', ${last(VERIFIED)}, 'rejected', ${last(REJECTED)},
        'answer', ${last(CONFIRMED, DISPUTED)})), '{}')
      from customer f where f.id = any(${uuids(ids)}) and ${asSql(isVisible(viewer, fileColumnsOf('f')))}`,
  )) as Record<
    string,
    { state: VerificationState } & Record<'submitted' | 'verified' | 'rejected' | 'answer', RawStep | null>
  >;
  const readsTexts = rightTo(readingOf(ctx).viewer, { access: 'basic', text: 'FREE' }) !== 'identity';
  return ids.map((customerId) => {
    const file = found[customerId];
    if (!file) return null;
    const submitted = file.state === DRAFT ? null : file.submitted;
    const verified = verifiedStates.includes(file.state) ? file.verified : null;
    const answer = answeredStates.includes(file.state) ? file.answer : null;
    return {
      customerId,
      answer: answer && publishAnswer(answer, readsTexts),
      state: file.state,
      submittedById: submitted?.employeeId ?? null,
      submittedAt: submitted?.occurredAt ?? null,
      verifiedById: verified?.employeeId ?? null,
      verifiedAt: verified?.occurredAt ?? null,
      isSecondPass: verified?.isSecondPass ?? false,
      rejectedReason: (readsTexts && file.state === REJECTED && file.rejected?.note) || null,
    };
  });
}

const publishAnswer = (
  { state, channel, way, note, employeeId, occurredAt }: RawStep,
  readsTexts: boolean,
): CustomerAnswerRow => ({
  state,
  channel: channel as CustomerAnswer['channel'],
  way: way as CustomerAnswer['way'],
  evidence: readsTexts ? note : null,
  answeredAt: occurredAt,
  recordedById: employeeId,
});

const keyOf = ({ subject, column }: Pick<VerifiableField, 'subject' | 'column'>) => `${subject}.${column}`;

/** The keys of the fields that the reader may read on the file `f`: an array, by row where the rights are. */
export function readableKeys(reading: Pick<ReadContext, 'viewer'>): SQL {
  const groups = new Map<string, { declared: Declared; keys: string[] }>();
  for (const one of verifiableFields().values()) {
    const { access, text } = one;
    const group = groups.get(`${access} ${text}`) ?? { declared: { access, text }, keys: [] };
    groups.set(`${access} ${text}`, group);
    group.keys.push(keyOf(one));
  }
  const parts = [...groups.values()].flatMap(({ declared, keys }) => {
    const right = readableOn(reading, declared, fileColumnsOf('f'));
    const list = texts(keys);
    if (right === false) return [];
    return right === true ? [list] : [sql`case when ${right} then ${list} else '{}'::text[] end`];
  });
  return sql`(${sql.join([sql`'{}'::text[]`, ...parts], sql` || `)})`;
}

const columns = sql`k.method, k.evidence, k.verified_by_id as "verifiedById", k.verified_at as "verifiedAt", k.counts,
  k.is_second_pass as "isSecondPass", k.ended_at as "endedAt"`;

/** Whether the customer confirmed the value `v` of the file `f`, and no later line of the history is about it. */
const isConfirmed = sql`exists (
  select from confirmed_value a where a.customer_id = f.id and a.subject_id = v.id and a.column_name = v.key and a.ended_at is null and not exists (
    select from file_history h where h.customer_id = f.id and h.version > a.version and h.subject_id = v.id and h.field = v.key))`;

/** Every value of the file `f` among the readable `keys`, with its check, if any. */
const valuesOf = (): SQL => {
  const subjects = [...new Set([...verifiableFields().values()].map(({ subject }) => subject))];
  const rows = subjects.map((subject) => {
    const table = sql.raw(subject);
    const belongs = subject === 'customer' ? sql`r.id = f.id` : sql`r.customer_id = f.id`;
    return sql`select ${subject}::text as subject, r.id, v.key from ${table} r, jsonb_each(to_jsonb(r)) v
      where ${belongs} and v.value <> 'null' and ${subject}::text || '.' || v.key = any(rights.keys)`;
  });
  return sql`select v.subject, v.id, v.key as "column", ${columns}, ${isConfirmed} as "isConfirmed" from (${sql.join(rows, sql` union all `)}) v
    left join field_check k on k.subject_id = v.id and k.column_name = v.key and k.ended_at is null
    order by v.id limit 1000`;
};

const endedChecks = (): SQL => sql`
  select k.subject, k.subject_id as id, k.column_name as "column", ${columns}, false as "isConfirmed" from field_check k
  where k.customer_id = f.id and k.ended_at is not null and k.subject || '.' || k.column_name = any(rights.keys)
  order by k.ended_at desc, k.id desc limit 100`;

interface RawField {
  subject: string;
  id: string;
  column: string;
  method: FieldVerification['method'];
  evidence: string | null;
  verifiedById: string | null;
  verifiedAt: string | null;
  counts: boolean | null;
  isSecondPass: boolean | null;
  endedAt: string | null;
  isConfirmed: boolean;
}

async function findFields(
  ctx: Context,
  ids: readonly string[],
  rows: () => SQL,
): Promise<FieldVerificationRow[][]> {
  const found = (await runStatement(
    ctx,
    (reading) => sql`
      select coalesce(json_object_agg(f.id, (select coalesce(json_agg(x), '[]') from (${rows()}) x)), '{}')
      from customer f cross join lateral (select ${readableKeys(reading)} as keys) rights
      where f.id = any(${uuids(ids)}) and ${asSql(isVisible(reading.viewer, fileColumnsOf('f')))}`,
  )) as Record<string, RawField[]>;
  const verified = Object.entries(found).map(([id, rows]) => [
    id,
    rows.filter(({ method }) => method !== null),
  ]);
  await logValues(ctx, Object.fromEntries(verified));
  const { viewer } = readingOf(ctx);
  return ids.map((id) => inOrder(found[id] ?? []).flatMap((raw) => publish(raw, viewer)));
}

/** What proves a value discloses it: reading either is logged alike (R106). */
export async function logValues(
  ctx: Context,
  found: Readonly<Record<string, readonly Pick<RawField, 'subject' | 'column'>[]>>,
): Promise<void> {
  const reads = Object.entries(found).flatMap(([id, raw]) => {
    const parts = raw.flatMap(({ subject, column }) => {
      const one = verifiableColumn(subject, column);
      if (!one || !loggedClasses.includes(one.access)) return [];
      return [{ access: one.access, fields: [`${one.entityType}.${one.field}`] }];
    });
    return parts.length > 0 ? [readsOfParts(parts, [id])] : [];
  });
  await logReads(ctx, reads, 'OWN');
  if (reads.some(({ classes }) => classes.some((access) => ctx.unlogged.has(access))))
    throw unlogged('The verification', ctx.accessLog);
}

/** The file before its parts, and fields as they are declared; checks that ended stay as they came. */
function inOrder(raw: readonly RawField[]): RawField[] {
  const places = new Map([...verifiableFields().values()].map((one, place) => [keyOf(one), place]));
  const place = (one: RawField) => places.get(keyOf(one)) ?? 0;
  if (raw.some(({ endedAt }) => endedAt !== null)) return [...raw];
  return [...raw].sort((a, b) =>
    a.id === b.id || a.subject !== b.subject ? place(a) - place(b) : a.id < b.id ? -1 : 1,
  );
}

function publish(raw: RawField, viewer: Reader): FieldVerificationRow[] {
  const one = verifiableColumn(raw.subject, raw.column);
  if (!one) return [];
  const { method, verifiedById, verifiedAt, endedAt } = raw;
  // Whatever the field holds, its evidence is a free text.
  const readsTexts = rightTo(viewer, { access: one.access, text: 'FREE' }) !== 'identity';
  const state = method === null ? FieldState.UNVERIFIED : raw.counts ? FieldState.VERIFIED : FieldState.NOTED;
  return [
    {
      field: one.field,
      description: one.description,
      entityId: encodeId(one.entityPrefix, raw.id),
      state,
      method,
      evidence: readsTexts ? raw.evidence : null,
      verifiedById,
      verifiedAt,
      isSecondPass: raw.isSecondPass ?? false,
      endedAt,
      isConfirmed: raw.isConfirmed,
    },
  ];
}
