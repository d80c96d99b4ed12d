import { eq, sql } from 'drizzle-orm';
import { encodeId, uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { team } from '../../src/domains/employee/employee.table.ts';
import { accessGrant } from '../../src/domains/grant/access-grant.table.ts';
import { type Colleague, openFile, startWriting, type Writing } from '../support/writing.ts';

/** A company where the finance clerk leads the team: a leader whose role alone decides nothing. */
export interface Lending extends Writing {
  leader: Colleague;
  borrower: Colleague;
}

export async function startLending(): Promise<Lending> {
  const writing = await startWriting();
  await writing.db.update(team).set({ leaderId: uuidOf(writing.finance.id) });
  return { ...writing, leader: writing.finance, borrower: writing.stranger };
}

const dayMs = 86_400_000;
export const inDays = (days: number): string => new Date(Date.now() + days * dayMs).toISOString();

const requestFields = `request { id status classes purpose until decision decisionReason
  requester { id } decidedBy { id } customer { id } card { companyName }
  grant { id status classes purpose expiresAt consentReference grantee { id } grantedBy { id } } }`;
const grantFields = 'grant { id status endedAt endReason endedBy { id } }';

export const ask = (by: Colleague, input: object) =>
  by.write(
    'requestAccess',
    { classes: ['CONTACT'], purpose: '代为回访', until: inDays(7), ...input },
    `{ ${requestFields} }`,
  );
export const approve = (by: Colleague, requestId: string, input: object = {}) =>
  by.write('approveAccess', { requestId, ...input }, `{ ${requestFields} }`);
export const decline = (by: Colleague, requestId: string, reason?: string) =>
  by.write('declineAccess', { requestId, reason }, `{ ${requestFields} }`);
export const withdraw = (by: Colleague, requestId: string) =>
  by.write('withdrawAccess', { requestId }, `{ ${requestFields} }`);
export const giveBack = (by: Colleague, grantId: string) =>
  by.write('returnFile', { grantId }, `{ ${grantFields} }`);
export const recall = (by: Colleague, grantId: string) =>
  by.write('recallGrant', { grantId }, `{ ${grantFields} }`);

/** A file of the owner's, and a request of the borrower for it. */
export async function askedFile(lending: Lending, input: object = {}) {
  const file = await openFile(lending, lending.owner, { address: '张江路1号', creditLimit: '500000.00' });
  const { payload } = await ask(lending.borrower, { customerId: file.id, ...input });
  return { file, requestId: payload.request.id as string };
}

/** A file of the owner's that the borrower has. */
export async function lentFile(lending: Lending, input: object = {}) {
  const { file, requestId } = await askedFile(lending, input);
  const { payload } = await approve(lending.leader, requestId);
  return { file, requestId, grantId: payload.request.grant.id as string };
}

/** Lets a grant's time be over. */
export const expire = ({ db }: Lending, grantId: string) =>
  db
    .update(accessGrant)
    .set({ expiresAt: sql`now() - interval '1 second'` })
    .where(eq(accessGrant.id, uuidOf(grantId)));

/** Lets the borrower return what is overdue, so that they may borrow again. */
export const giveBackOverdue = async (lending: Lending): Promise<void> => {
  const overdue = await lending.db
    .select({ id: accessGrant.id })
    .from(accessGrant)
    .where(sql`ended_at is null and expires_at <= now()`);
  for (const { id } of overdue) await giveBack(lending.borrower, encodeId('grant', id));
};
