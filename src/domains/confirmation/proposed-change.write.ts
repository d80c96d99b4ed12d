import { sql } from 'drizzle-orm';
import { type Actor, requireWritable } from '../../core/access/write-policy.ts';
import { type Database, queryJson } from '../../core/database/database.ts';
import { arrayLiteral } from '../../core/database/rows.ts';
import { badInput, conflict, notFound } from '../../core/errors.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { encodeId } from '../../core/graphql/schema/type-id.ts';
import { lockFiles, requireActive } from '../../core/part/file-lock.ts';
import { writeVersioned } from '../../core/part/version-conflict.ts';
import { checkFields, optionalText } from '../../core/validation/fields.ts';
import { contactWrites } from '../contact/contact.write.ts';
import { customerModel } from '../customer/customer.model.ts';
import { customer } from '../customer/customer.table.ts';
import { updateCustomer } from '../customer/customer.write.ts';
import { verifiableColumn } from '../verification/verifiable-field.ts';
import { type ConfirmationChannel, ConfirmationWay } from '../verification/verification.table.ts';
import { ProposalState } from './confirmation.table.ts';
import { takeAnswer } from './confirmation.write.ts';

const path = ['input'];

interface Proposal {
  id: string;
  subject: string;
  subjectId: string;
  columnName: string;
  rowVersion: number;
  proposedText: string | null;
  state: ProposalState;
  channel: ConfirmationChannel;
}

/**
 * Writes what a customer proposed, as a change of the viewer's with the source CUSTOMER, and returns the file's id (a UUID). With
 * the last one the file is what its customer said, and CONFIRMED. An accepted one leaves no further trace.
 *
 * Errors: NOT_FOUND; those of updateCustomer and updateContact, CONFLICT among them for a value that was changed since the customer
 * saw it; CONFLICT for a proposal that was declined, or replaced by a later answer.
 */
export function acceptProposal(db: Database, actor: Actor, input: { id: string }): Promise<string> {
  const id = requireId('prop', input.id, [...path, 'id']);
  const asCustomer: Actor = { ...actor, source: 'CUSTOMER' };
  return writeVersioned(db, asCustomer, async (tx) => {
    const { file, proposal } = await lockProposal(tx, actor, id);
    if (proposal.state === ProposalState.ACCEPTED) return file.id;
    requireOpen(proposal);
    await write(tx, asCustomer, file.id, proposal);
    await passToPartners(tx, file, proposal);
    const settled = await settle(tx, actor, proposal, ProposalState.ACCEPTED, null);
    await tx.execute(sql`
      insert into confirmed_value (customer_id, subject, subject_id, column_name, step_id, version, confirmed_at)
      select f.id, ${proposal.subject}, ${proposal.subjectId}::uuid, ${proposal.columnName}, s.id, f.version, ${actor.now.toISOString()}::timestamptz
      from customer f, lateral (
        select id from verification_step where customer_id = f.id and state in ('CONFIRMED', 'DISPUTED') order by version desc, occurred_at desc, id desc limit 1) s
      where f.id = ${file.id}::uuid
      on conflict do nothing`);
    if (settled.areAllAccepted && file.verificationState === 'DISPUTED')
      await takeAnswer(tx, {
        ...{ fileId: file.id, employeeId: actor.viewer.id, at: actor.now, note: null },
        ...{ state: 'CONFIRMED', channel: proposal.channel, way: ConfirmationWay.PAGE },
        confirmed: await heldValues(tx, file.id),
      });
    return file.id;
  });
}

/**
 * Declines what a customer proposed, and returns the file's id (a UUID). A declined one leaves no further trace.
 *
 * Errors: NOT_FOUND, FORBIDDEN, CONFLICT for one that was accepted or replaced, BAD_USER_INPUT.
 */
export function declineProposal(
  db: Database,
  actor: Actor,
  input: { id: string; reason?: string | null },
): Promise<string> {
  const rules = { reason: optionalText(500, { multiline: true }) };
  const { values, issues } = checkFields(rules, input, { mode: 'create', path });
  const id = requireId('prop', input.id, [...path, 'id'], issues);
  return writeVersioned(db, actor, async (tx) => {
    const { file, proposal } = await lockProposal(tx, actor, id);
    if (proposal.state === ProposalState.DECLINED) return file.id;
    requireOpen(proposal);
    if (issues.length > 0) throw badInput(issues);
    await settle(tx, actor, proposal, ProposalState.DECLINED, values.reason ?? null);
    return file.id;
  });
}

/** Locks the file, then reads the proposal under the right to change the field that it is about. */
async function lockProposal(tx: Database, { viewer }: Actor, id: string) {
  const files = sql`array(select customer_id from proposed_change where id = ${id}::uuid)`;
  const [file] = (await lockFiles(tx, viewer, customer, files)).values();
  const proposal = await queryJson<Proposal | undefined>(
    tx,
    sql`select json_build_object('id', p.id, 'subject', p.subject, 'subjectId', p.subject_id, 'columnName', p.column_name,
          'rowVersion', p.row_version, 'proposedText', p.proposed_text, 'state', p.state, 'channel', r.channel)
        from proposed_change p join confirmation_request r on r.id = p.request_id
        where p.id = ${id}::uuid and p.customer_id = ${file?.id ?? null}::uuid for update of p`,
  );
  const of = proposal && verifiableColumn(proposal.subject, proposal.columnName);
  if (!file || !proposal || !of) throw notFound();
  requireWritable(viewer, file, of.entityType, [of.field]);
  requireActive(file);
  return { file, proposal };
}

function requireOpen({ state }: Proposal): void {
  if (state === ProposalState.OPEN) return;
  throw conflict('This proposal is settled already. (该更正已处理。)', { reason: state });
}

async function write(tx: Database, actor: Actor, fileId: string, proposal: Proposal): Promise<void> {
  const { subject, subjectId, columnName, rowVersion: expectedVersion, proposedText } = proposal;
  const field = verifiableColumn(subject, columnName)?.field as string;
  if (subject === 'customer')
    await updateCustomer(tx, actor, { id: encodeId('cus', fileId), expectedVersion, [field]: proposedText });
  else
    await contactWrites.update(tx, actor, [
      { id: encodeId('con', subjectId), expectedVersion, ...{ [field]: proposedText } },
    ]);
}

/**
 * What was accepted of an answer is no change that its customer has not seen: corrections of fields that mean something only
 * together, a province and its city, are accepted one after the other.
 */
async function passToPartners(
  tx: Database,
  file: { id: string; version: number },
  { id, subject, columnName }: Proposal,
): Promise<void> {
  const field = verifiableColumn(subject, columnName)?.field as string;
  const partners = customerModel.together.filter((fields) => fields.includes(field)).flat();
  if (subject !== 'customer' || partners.length === 0) return;
  const columns = partners.map((one) => customerModel.attributes.get(one)?.column.name as string);
  await tx.execute(sql`
    update proposed_change p set row_version = f.version from customer f, proposed_change accepted
    where f.id = ${file.id}::uuid and f.version > ${file.version}::integer and accepted.id = ${id}::uuid and p.id <> accepted.id
      and p.request_id = accepted.request_id and p.subject_id = f.id and p.state = 'OPEN' and p.column_name = any(${arrayLiteral(columns)}::text[])`);
}

/** Settles a proposal, and says whether no other of the file is open, and none was declined since it was sent. */
const settle = (
  tx: Database,
  { viewer, now }: Actor,
  { id }: Proposal,
  state: ProposalState,
  reason: string | null,
): Promise<{ areAllAccepted: boolean }> =>
  queryJson(
    tx,
    sql`with settled as (
          update proposed_change set state = ${state}, decided_by_id = ${viewer.id}::uuid, decided_at = ${now.toISOString()}::timestamptz, reason = ${reason}::text
          where id = ${id}::uuid returning id, customer_id, proposed_at, state)
        select json_build_object('areAllAccepted', s.state = 'ACCEPTED' and not exists (
          select from proposed_change p where p.customer_id = s.customer_id and p.id <> s.id
            and (p.state = 'OPEN' or p.state = 'DECLINED' and p.decided_at >= s.proposed_at))) from settled s`,
  );

/** What the customer has confirmed and has not changed since, to be confirmed again with the answer that follows. */
async function heldValues(tx: Database, fileId: string) {
  const held = await queryJson<object[]>(
    tx,
    sql`select coalesce(json_agg(json_build_object('subject', a.subject, 'id', a.subject_id, 'key', a.column_name)), '[]')
        from confirmed_value a where a.customer_id = ${fileId}::uuid and a.ended_at is null and not exists (
          select from file_history h where h.customer_id = a.customer_id and h.version > a.version and h.subject_id = a.subject_id and h.field = a.column_name)`,
  );
  return sql`(select * from jsonb_to_recordset(${JSON.stringify(held)}::text::jsonb) r (subject text, id uuid, key text))`;
}
