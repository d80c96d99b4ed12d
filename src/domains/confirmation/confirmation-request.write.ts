import { type SQL, sql } from 'drizzle-orm';
import { type Actor, requireWritable } from '../../core/access/write-policy.ts';
import { type Database, queryJson } from '../../core/database/database.ts';
import { once } from '../../core/database/idempotency.ts';
import { texts } from '../../core/database/rows.ts';
import { badInput, conflict, type Issue } from '../../core/errors.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { checkId } from '../../core/graphql/schema/type-id.ts';
import { planMails } from '../../core/outgoing/outgoing.write.ts';
import { writeVersioned } from '../../core/part/version-conflict.ts';
import { hashSecretToken, newSecretToken } from '../../core/session/secret-token.ts';
import { missing } from '../../core/validation/fields.ts';
import { lockFile, requireSeen } from '../customer/customer-file.write.ts';
import { ConfirmationChannel } from '../verification/verification.table.ts';
import {
  answerable,
  notOfChannel,
  type RequestConfirmation,
  requireAnswerable,
} from './confirmation.write.ts';

const path = ['input'];
/** Wrong digits after which a link leads nowhere any more. */
const maxWrongTries = 10;
/** How long a mail may wait for the mail server. */
const mailWaitsMs = 3 * 86_400_000;

/** The kind of its mails. */
export const requestMailKind = 'confirmation-request';

/** Gives a request that is open a token of 256 random bits, in place of its former one; null if it is not open. */
export async function giveToken(db: Database, requestId: string): Promise<string | null> {
  const token = newSecretToken();
  const given = await db.execute(sql`
    update confirmation_request set token_hash = ${hashSecretToken(token)}
    where id = ${requestId}::uuid and ended_at is null returning id`);
  return given.length > 0 ? token : null;
}

/**
 * Opens a request for the customer to confirm a file, in place of one that is open, and returns the file's id (a UUID) with the
 * token of its link; none where a mail brings it, or where a repeated key names a request that has ended.
 *
 * Errors: those of {@link recordAnswer}; CONFLICT also for a file without a telephone number.
 */
export function openRequest(
  db: Database,
  actor: Actor,
  input: RequestConfirmation,
): Promise<{ fileId: string; token: string | null }> {
  const { viewer, now } = actor;
  const { channel, idempotencyKey: key } = input;
  const isMail = channel === ConfirmationChannel.EMAIL;
  const issues: Issue[] = notOfChannel(input, ['answer', 'way', 'evidence']);
  const contact = input.contactId == null ? null : checkId('con', input.contactId);
  if (contact?.problem) issues.push({ path: [...path, 'contactId'], ...contact.problem });
  if (isMail && input.contactId == null) issues.push(missing([...path, 'contactId']));
  const contactId = contact?.value ?? null;
  const id = requireId('cus', input.id, [...path, 'id'], issues);
  return writeVersioned(db, actor, async (tx) => {
    const file = await lockFile(tx, viewer, id);
    requireWritable(viewer, file, 'Customer', ['verificationState']);
    const attempt = { viewerId: viewer.id, operation: 'requestConfirmation', key, input };
    const { id: requestId } = await once(tx, attempt, async (newId) => {
      await requireSeen(tx, actor, file, input.expectedVersion, false);
      requireAnswerable(file);
      const held = await findAddress(tx, id, contactId);
      if (contactId !== null && !held.isThere) issues.push(notInFile);
      else if (isMail && held.isThere && !held.hasEmail) issues.push(noEmail);
      if (issues.length > 0) throw badInput(issues);
      if (!held.hasPhone) throw noPhone();
      await endRequests(tx, id, 'REPLACED');
      const made = await queryJson<string>(
        tx,
        sql`insert into confirmation_request (id, customer_id, channel, contact_id, requested_by_id, requested_at)
            values (coalesce(${newId ?? null}::uuid, new_id()), ${id}::uuid, ${channel}, ${contactId}::uuid, ${viewer.id}::uuid, ${now.toISOString()}::timestamptz)
            returning to_json(id)`,
      );
      if (isMail && contactId) await planRequestMail(tx, { requestId: made, contactId, now });
      return made;
    });
    return { fileId: id, token: isMail ? null : await giveToken(tx, requestId) };
  });
}

/** Leaves the mail of a request to be sent to a contact. */
export async function planRequestMail(
  tx: Database,
  { requestId, contactId, now }: { requestId: string; contactId: string; now: Date },
): Promise<void> {
  const expiresAt = new Date(now.getTime() + mailWaitsMs);
  const mail = { kind: requestMailKind, recipientId: contactId, occasion: requestId };
  await planMails(tx, [{ ...mail, content: { requestId }, dueAt: now, expiresAt }]);
}

const notInFile: Issue = {
  path: [...path, 'contactId'],
  code: 'NOT_IN_FILE',
  message: 'Not a contact of this file. (不是该档案的联系人。)',
};
const noEmail: Issue = {
  path: [...path, 'contactId'],
  code: 'NO_EMAIL',
  message: 'This contact has no e-mail address. (该联系人没有邮箱。)',
};
const noPhone = () =>
  conflict(
    'The file holds no telephone number by which the customer could show who they are. (档案中没有可供客户核验身份的电话号码。)',
    { reason: 'NO_PHONE' },
  );

/**
 * Telephone numbers, as rows `number` and `contact_id`, by which a customer shows who they are: those of the file `f`, and of its
 * contacts, or of the one that is given.
 */
export const phonesOf = (contactId: SQL): SQL => sql`(
  select p ->> 'number' as number, null::uuid as contact_id from jsonb_array_elements(f.phones) p
  union all select unnest(array[c.phone, c.mobile]), c.id from contact c where c.customer_id = f.id and (${contactId} is null or c.id = ${contactId}))`;

const findAddress = (
  tx: Database,
  fileId: string,
  contactId: string | null,
): Promise<{ isThere: boolean; hasEmail: boolean; hasPhone: boolean }> =>
  queryJson(
    tx,
    sql`select json_build_object('isThere', c.id is not null, 'hasEmail', c.email is not null,
          'hasPhone', exists (select from ${phonesOf(sql`${contactId}::uuid`)} n where n.number is not null))
        from customer f left join contact c on c.customer_id = f.id and c.id = ${contactId}::uuid where f.id = ${fileId}::uuid`,
  );

/** Ends the request about a file that is open, if there is one. */
export async function endRequests(
  tx: Database,
  fileId: string,
  outcome: 'ANSWERED' | 'REVOKED' | 'REPLACED',
): Promise<void> {
  await tx.execute(sql`
    update confirmation_request set ended_at = business_now(), outcome = ${outcome}, token_hash = null
    where customer_id = ${fileId}::uuid and ended_at is null`);
}

/**
 * Revokes the request about a file that is open, so that its link leads nowhere, and returns the file's id (a UUID). Without one
 * nothing happens. Errors: NOT_FOUND, FORBIDDEN.
 */
export function revokeRequest(db: Database, actor: Actor, input: { id: string }): Promise<string> {
  const id = requireId('cus', input.id, [...path, 'id']);
  return writeVersioned(db, actor, async (tx) => {
    const file = await lockFile(tx, actor.viewer, id);
    requireWritable(actor.viewer, file, 'Customer', ['verificationState']);
    await endRequests(tx, id, 'REVOKED');
    return id;
  });
}

/** A request whose link leads somewhere. */
export interface OpenRequest {
  id: string;
  customerId: string;
  /** The contact who is shown with the file; null for none. */
  contactId: string | null;
  channel: ConfirmationChannel;
}

/** A telephone number by which a customer shows who they are; of a contact, or with null of the file. */
export interface HeldNumber {
  number: string;
  contactId: string | null;
}

/**
 * Takes one of the tries that the request of a token has, and returns it with the numbers of which the last four digits are to be
 * typed; null for a token that leads nowhere. Before the digits are compared, so that many at once have no more tries.
 */
export const takeTry = async (
  db: Database,
  token: string,
): Promise<(OpenRequest & { numbers: HeldNumber[] }) | null> =>
  (await queryJson<(OpenRequest & { numbers: HeldNumber[] }) | undefined>(
    db,
    sql`update confirmation_request r set wrong_tries = r.wrong_tries + 1
        from customer f
        where r.token_hash = ${hashSecretToken(token)} and r.ended_at is null and r.wrong_tries < ${maxWrongTries}::int
          and f.id = r.customer_id and f.archived_at is null and f.verification_state = any(${texts(answerable)})
          and (r.contact_id is null or exists (select from contact c where c.id = r.contact_id and c.customer_id = f.id))
        returning json_build_object('id', r.id, 'customerId', r.customer_id, 'contactId', r.contact_id, 'channel', r.channel,
          'numbers', (select coalesce(json_agg(json_build_object('number', n.number, 'contactId', n.contact_id)), '[]') from ${phonesOf(sql`r.contact_id`)} n where n.number is not null))`,
  )) ?? null;

/** Gives a try back, which was right. */
export async function giveTryBack(db: Database, { id }: Pick<OpenRequest, 'id'>): Promise<void> {
  await db.execute(sql`update confirmation_request set wrong_tries = wrong_tries - 1 where id = ${id}::uuid`);
}

/** Locks a request whose tries are used up. Called for tokens that lead nowhere as well, so that they take the same time. */
export async function lockIfUsedUp(db: Database, request: Pick<OpenRequest, 'id'> | null): Promise<void> {
  await db.execute(sql`
    update confirmation_request set ended_at = business_now(), outcome = 'LOCKED', token_hash = null
    where id = ${request?.id ?? nobody}::uuid and wrong_tries >= ${maxWrongTries}::int and ended_at is null`);
}

/** The id (a UUID) of no row. */
export const nobody = '00000000-0000-0000-0000-000000000000';
