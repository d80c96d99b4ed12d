import { type SQL, sql } from 'drizzle-orm';
import type { GraphQLError } from 'graphql';
import { conflict } from '../../core/errors.ts';
import { encodeId } from '../../core/graphql/schema/type-id.ts';

/**
 * Ids (a JSON array) of the files that an employee should have returned: grants whose time is over and that nobody ended.
 * Whoever has such a file gets no other until it is returned (R109).
 */
export const overdueGrants = (granteeId: SQL): SQL<string[]> => sql<string[]>`to_json(array(
  select og.id from access_grant og where og.grantee_id = ${granteeId} and og.ended_at is null and og.expires_at <= business_now()
  order by og.expires_at limit 20))`;

/** The refusal of a requester, who is to return these first. */
export const overdueFiles = (overdue: readonly string[]): GraphQLError =>
  conflict('Return your overdue files first. (您有逾期未还的档案，请先归还。)', {
    reason: 'OVERDUE_FILE',
    grantIds: overdue.map((id) => encodeId('grant', id)),
  });

/** The refusal of who decides: which files are overdue is for the register, to whom it is open. */
export const overdueFileOfRequester = (): GraphQLError =>
  conflict('The requester has an overdue file. (借阅人有逾期未还的档案，须先归还。)', {
    reason: 'REQUESTER_OVERDUE',
  });
