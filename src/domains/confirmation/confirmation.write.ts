import { type SQL, sql } from 'drizzle-orm';
import { type Actor, requireWritable } from '../../core/access/write-policy.ts';
import { type Database, queryJson } from '../../core/database/database.ts';
import { uuids } from '../../core/database/rows.ts';
import { badInput, conflict, type Issue } from '../../core/errors.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { type LockedFile, requireActive } from '../../core/part/file-lock.ts';
import { writeVersioned } from '../../core/part/version-conflict.ts';
import { checkFields, missing, requiredText } from '../../core/validation/fields.ts';
import { type CustomerRow, VerificationState } from '../customer/customer.table.ts';
import { lockFile, requireSeen } from '../customer/customer-file.write.ts';
import { type ConfirmationChannel, ConfirmationWay } from '../verification/verification.table.ts';
import type { FileDecision } from '../verification/verification.write.ts';
import { confirmableValues } from './confirmable-field.ts';

const path = ['input'];
const { VERIFIED, CONFIRMED, DISPUTED } = VerificationState;

/** States of files about which a customer can be heard. */
export const answerable: readonly VerificationState[] = [VERIFIED, CONFIRMED, DISPUTED];

type AnswerState = typeof CONFIRMED | typeof DISPUTED;

export interface RequestConfirmation extends FileDecision {
  channel: ConfirmationChannel;
  answer?: VerificationState | null;
  way?: ConfirmationWay | null;
  evidence?: string | null;
  contactId?: string | null;
  idempotencyKey?: string | null;
}

/**
 * Records what the customer answered, and returns the file's id (a UUID). The same record again leaves no further trace.
 *
 * Errors: NOT_FOUND, FORBIDDEN, CONFLICT for any change since the version the client has read, an archived file, and one that
 * is not verified, BAD_USER_INPUT naming every violation.
 */
export function recordAnswer(db: Database, actor: Actor, input: RequestConfirmation): Promise<string> {
  const { viewer } = actor;
  const { values, issues } = checkFields({ evidence: requiredText(1_000, { multiline: true }) }, input, {
    mode: 'create',
    path,
  });
  issues.push(...notOfChannel(input, ['contactId']));
  if (input.answer == null) issues.push(missing([...path, 'answer']));
  else if (input.answer !== CONFIRMED && input.answer !== DISPUTED) issues.push(noAnswer);
  if (input.way == null) issues.push(missing([...path, 'way']));
  if (input.way === ConfirmationWay.PAGE) issues.push(notRecorded);
  const id = requireId('cus', input.id, [...path, 'id'], issues);
  return writeVersioned(db, actor, async (tx) => {
    const file = await lockFile(tx, viewer, id);
    requireWritable(viewer, file, 'Customer', ['verificationState']);
    const answer = {
      state: input.answer as AnswerState,
      channel: input.channel,
      way: input.way as ConfirmationWay,
      note: values.evidence ?? null,
    };
    const isDone =
      issues.length === 0 && (await isLastAnswer(tx, actor, file, answer, input.expectedVersion));
    await requireSeen(tx, actor, file, input.expectedVersion, isDone);
    if (isDone) return id;
    requireAnswerable(file);
    if (issues.length > 0) throw badInput(issues);
    await takeAnswer(tx, { fileId: id, employeeId: viewer.id, at: actor.now, ...answer });
    return id;
  });
}

/** What is given of an input but belongs to other channels. */
export const notOfChannel = (
  input: RequestConfirmation,
  fields: readonly ('contactId' | 'answer' | 'way' | 'evidence')[],
): Issue[] =>
  fields
    .filter((field) => input[field] != null)
    .map((field) => ({
      path: [...path, field],
      code: 'NOT_OF_CHANNEL',
      message: 'This channel does not take it. (该渠道不使用此项。)',
    }));

const noAnswer: Issue = {
  path: [...path, 'answer'],
  code: 'ANSWER_STATE',
  message: 'A customer confirms or disputes. (客户答复须为“已确认”或“有异议”。)',
};

const notRecorded: Issue = {
  path: [...path, 'way'],
  code: 'NOT_RECORDED',
  message: 'Only the customer answers on the page. (确认页面仅由客户本人填写。)',
};

/** Whether a customer can be heard about a file as it is now. */
export const isAnswerable = ({ archivedAt, verificationState }: CustomerRow): boolean =>
  archivedAt === null && answerable.includes(verificationState);

/** Refuses what cannot be shown to a customer. Errors: CONFLICT. */
export function requireAnswerable(file: CustomerRow & LockedFile): void {
  requireActive(file);
  if (!answerable.includes(file.verificationState))
    throw conflict('The file has not been verified yet. (该档案尚未通过审核。)', { reason: 'NOT_VERIFIED' });
}

interface Answer {
  state: AnswerState;
  channel: ConfirmationChannel;
  way: ConfirmationWay;
  note: string | null;
}

/** Whether the answer is the last one already, as this viewer recorded it, of the version that they have read. */
async function isLastAnswer(
  tx: Database,
  { viewer }: Actor,
  file: CustomerRow,
  { state, channel, way, note }: Answer,
  expectedVersion: number,
): Promise<boolean> {
  if (file.verificationState !== state) return false;
  return queryJson<boolean>(
    tx,
    sql`select to_json(exists (
      select from (select * from verification_step where customer_id = ${file.id}::uuid order by version desc, occurred_at desc, id desc limit 1) s
      where s.state = ${state} and s.channel = ${channel} and s.way = ${way} and s.note is not distinct from ${note}::text
        and s.employee_id = ${viewer.id}::uuid and s.version >= ${expectedVersion}::integer))`,
  );
}

/** Which rows `x` about values of a file an answer is about: those of the rows that were shown (UUIDs), and of contacts that are gone. */
const isAnswered = (shown: readonly string[] | null): SQL =>
  shown === null
    ? sql`true`
    : sql`(x.subject_id = any(${uuids(shown)}) or (x.subject = 'contact' and not exists (
        select from contact c where c.id = x.subject_id and c.customer_id = x.customer_id)))`;

/** Whether a file has open corrections of contacts who were not shown. */
export const hasOtherCorrections = (
  tx: Database,
  fileId: string,
  shown: readonly string[],
): Promise<boolean> =>
  queryJson(
    tx,
    sql`select to_json(exists (
      select from proposed_change x where x.customer_id = ${fileId}::uuid and x.state = 'OPEN' and not ${isAnswered(shown)}))`,
  );

/**
 * Takes a file to what its customer answered, and records the values that they confirmed with it: all that can be confirmed, or
 * those that are given. It ends what they had confirmed before, and takes the place of corrections that nobody has dealt with; of
 * one contact, what the other contacts said stands. The caller has locked the file.
 */
export async function takeAnswer(
  tx: Database,
  {
    fileId,
    employeeId,
    at,
    state,
    channel,
    way,
    note,
    shown = null,
    confirmed = state === CONFIRMED ? confirmableValues(fileId) : null,
  }: Answer & {
    fileId: string;
    employeeId: string | null;
    at: Date;
    /** Ids (UUIDs) of the rows that the answer is about; null for the whole file. */
    shown?: readonly string[] | null;
    confirmed?: SQL | null;
  },
): Promise<void> {
  const moment = sql`${at.toISOString()}::timestamptz`;
  await tx.execute(sql`
    with ended as (
      update confirmed_value x set ended_at = greatest(${moment}, x.confirmed_at)
      where x.customer_id = ${fileId}::uuid and x.ended_at is null and ${isAnswered(shown)})
    update proposed_change x set state = 'REPLACED', decided_at = ${moment}
    where x.customer_id = ${fileId}::uuid and x.state = 'OPEN' and ${isAnswered(shown)}`);
  const step = await queryJson<{ id: string; version: number }>(
    tx,
    sql`insert into verification_step (customer_id, state, employee_id, note, channel, way, occurred_at)
      values (${fileId}::uuid, ${state}, ${employeeId}::uuid, ${note}::text, ${channel}, ${way}, ${moment})
      returning json_build_object('id', id, 'version', version)`,
  );
  if (confirmed)
    await tx.execute(sql`
      insert into confirmed_value (customer_id, subject, subject_id, column_name, step_id, version, confirmed_at)
      select ${fileId}::uuid, v.subject, v.id, v.key, ${step.id}::uuid, ${step.version}::integer, ${moment} from ${confirmed} v`);
}
