import { sql } from 'drizzle-orm';
import { type Actor, requireWritable } from '../../core/access/write-policy.ts';
import { type Database, queryJson } from '../../core/database/database.ts';
import { badInput, conflict, forbidden, type Issue } from '../../core/errors.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { type LockedFile, requireActive } from '../../core/part/file-lock.ts';
import { writeVersioned } from '../../core/part/version-conflict.ts';
import { checkFields, optionalText, requiredText } from '../../core/validation/fields.ts';
import { type CustomerRow, VerificationState } from '../customer/customer.table.ts';
import { lockFile, requireSeen } from '../customer/customer-file.write.ts';
import { missingForSubmission, requiredFields, unverified } from './submission.service.ts';
import { verificationStep } from './verification.table.ts';
import { leadsOwner, mayApprove, secondCheckNeeded } from './verifier.service.ts';

const path = ['input'];
const { SUBMITTED, VERIFIED, REJECTED } = VerificationState;

export interface FileDecision {
  id: string;
  expectedVersion: number;
}

/**
 * Submits a file to be verified and returns its id (a UUID); one that is submitted already leaves no further trace.
 *
 * Errors: NOT_FOUND, FORBIDDEN, CONFLICT for any change since the version the client has read and an archived file,
 * BAD_USER_INPUT naming all that is missing.
 */
export const submitFile = (db: Database, actor: Actor, input: FileDecision): Promise<string> =>
  decide(db, actor, input, SUBMITTED, async (tx, file) => {
    const issues = missingForSubmission(file, actor.settings, path);
    if (issues.length > 0) throw badInput(issues);
    await addStep(tx, actor, file, SUBMITTED, null);
  });

/**
 * Approves a submitted file and returns its id; an approved one leaves no further trace.
 *
 * Errors: NOT_FOUND, FORBIDDEN, also for who submitted it, CONFLICT for any change since the version the client has read, an
 * archived file, and one that waits for no approval, BAD_USER_INPUT naming every field that is missing or not verified.
 */
export function approveFile(
  db: Database,
  actor: Actor,
  input: FileDecision & { evidence?: string | null },
): Promise<string> {
  const rules = { evidence: optionalText(1_000, { multiline: true }) };
  const { values, issues } = checkFields(rules, input, { mode: 'create', path });
  const { viewer, now, settings } = actor;
  return decide(db, actor, input, VERIFIED, async (tx, file) => {
    const { evidence = null } = values;
    const wanted = requiredFields(file, settings);
    const { refusal, verified } = await queryJson<{ refusal: string | null; verified: string[] }>(
      tx,
      sql`select json_build_object('refusal', w.refusal, 'verified', (
            select coalesce(json_agg(k.column_name), '[]') from field_check k
            where k.subject_id = ${file.id}::uuid and k.subject = 'customer' and k.ended_at is null and k.counts))
          from weigh_approval(${file.id}::uuid, ${viewer.id}::uuid, ${evidence}::text, ${now.toISOString()}::timestamptz) w`,
    );
    if (refusal === 'OTHER_PERSON') throw secondCheckNeeded();
    const all = [
      ...issues,
      ...missingForSubmission(file, settings, path),
      ...unverified(file, wanted, new Set(verified), path),
      ...(refusal === 'SECOND_PASS' ? [secondPassNeeded] : []),
    ];
    if (all.length > 0) throw badInput(all);
    await addStep(tx, actor, file, VERIFIED, evidence);
  });
}

const secondPassNeeded: Issue = {
  path: [...path, 'evidence'],
  code: 'SECOND_PASS_REQUIRED',
  message:
    'Who submitted a file approves it later, as the settings say, and with evidence. (本人复核须间隔规定时间并填写依据。)',
};

/**
 * Rejects a submitted file, with the reason, and returns its id; a rejected one leaves no further trace.
 *
 * Errors: those of {@link approveFile} but for the fields, BAD_USER_INPUT for the reason.
 */
export function rejectFile(
  db: Database,
  actor: Actor,
  input: FileDecision & { reason: string },
): Promise<string> {
  const rules = { reason: requiredText(500, { multiline: true }) };
  const { values, issues } = checkFields(rules, input, { mode: 'create', path });
  return decide(db, actor, input, REJECTED, async (tx, file) => {
    if (issues.length > 0) throw badInput(issues);
    await addStep(tx, actor, file, REJECTED, values.reason as string);
  });
}

/** Takes a file to a state, unless it has it already, under the right to do so. */
function decide(
  db: Database,
  actor: Actor,
  input: FileDecision,
  state: VerificationState,
  step: (tx: Database, file: CustomerRow & LockedFile) => Promise<void>,
): Promise<string> {
  const { viewer } = actor;
  const id = requireId('cus', input.id, [...path, 'id']);
  return writeVersioned(db, actor, async (tx) => {
    const file = await lockFile(tx, viewer, id);
    if (state === SUBMITTED) requireWritable(viewer, file, 'Customer', ['verificationState']);
    else await requireApprover(tx, actor, file);
    const isDone = file.verificationState === state;
    await requireSeen(tx, actor, file, input.expectedVersion, isDone);
    if (isDone) return id;
    requireActive(file);
    if (state !== SUBMITTED && file.verificationState !== SUBMITTED) throw notSubmitted();
    await step(tx, file);
    return id;
  });
}

async function requireApprover(tx: Database, { viewer }: Actor, file: LockedFile): Promise<void> {
  const isLeader = await queryJson<boolean>(tx, sql`select to_json(${leadsOwner(viewer, file.id)})`);
  if (!mayApprove(viewer, file, isLeader)) throw forbidden();
}

const notSubmitted = () =>
  conflict('The file is not submitted for verification. (该档案未提交审核。)', { reason: 'NOT_SUBMITTED' });

async function addStep(
  tx: Database,
  { viewer, now }: Actor,
  { id }: CustomerRow,
  state: VerificationState,
  note: string | null,
): Promise<void> {
  await tx.insert(verificationStep).values({
    customerId: id,
    state,
    employeeId: viewer.id,
    note,
    occurredAt: now.toISOString(),
  });
}
