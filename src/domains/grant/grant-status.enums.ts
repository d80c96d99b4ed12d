import { type SQL, sql } from 'drizzle-orm';
import { type Alias, columnOf } from '../../core/model/alias.ts';
import { publishEnum } from '../../core/model/enumeration.ts';

/** The status of a grant. Derived from its instants, so that no job has to maintain it. */
export const AccessGrantStatus = {
  ACTIVE: 'ACTIVE',
  OVERDUE: 'OVERDUE',
  RETURNED: 'RETURNED',
  RECALLED: 'RECALLED',
  ENDED: 'ENDED',
} as const;
export type AccessGrantStatus = (typeof AccessGrantStatus)[keyof typeof AccessGrantStatus];

publishEnum(AccessGrantStatus, 'AccessGrantStatus', 'Where a grant stands. (授权状态)', {
  ACTIVE: 'In force. (有效)',
  OVERDUE: 'Its time is over and the file was not returned; it opens nothing any more. (逾期未还)', // R109
  RETURNED: 'Returned by the grantee. (已归还)',
  RECALLED: 'Recalled. (已收回)',
  ENDED: 'Ended because the grantee left or changed post. (已终止)',
});

/** The status of a request. */
export const AccessRequestStatus = {
  PENDING: 'PENDING',
  APPROVED: 'APPROVED',
  DECLINED: 'DECLINED',
  WITHDRAWN: 'WITHDRAWN',
  LAPSED: 'LAPSED',
} as const;
export type AccessRequestStatus = (typeof AccessRequestStatus)[keyof typeof AccessRequestStatus];

publishEnum(AccessRequestStatus, 'AccessRequestStatus', 'Where a request for access stands. (申请状态)', {
  PENDING: 'Waits for a decision. (待审批)',
  APPROVED: 'Approved: see its grant. (已批准)',
  DECLINED: 'Declined. (已拒绝)',
  WITHDRAWN: 'Withdrawn by who made it. (已撤回)',
  LAPSED: 'Not decided before the requested period was over. (已失效)',
});

interface GrantTimes {
  expiresAt: string;
  endedAt: string | null;
  endReason: string | null;
}

export function grantStatus({ expiresAt, endedAt, endReason }: GrantTimes, now: Date): AccessGrantStatus {
  if (endedAt === null) return Date.parse(expiresAt) > now.getTime() ? 'ACTIVE' : 'OVERDUE';
  return endReason === 'RETURNED' || endReason === 'RECALLED' ? endReason : 'ENDED';
}

/** {@link grantStatus} in SQL. */
export const grantStatusSql = (alias: Alias): SQL => sql`case
  when ${columnOf(alias, 'ended_at')} is null then case when ${columnOf(alias, 'expires_at')} > business_now() then 'ACTIVE' else 'OVERDUE' end
  when ${columnOf(alias, 'end_reason')} in ('RETURNED', 'RECALLED') then ${columnOf(alias, 'end_reason')} else 'ENDED' end`;

interface RequestTimes {
  until: string;
  decision: AccessRequestStatus | null;
}

export const requestStatus = ({ until, decision }: RequestTimes, now: Date): AccessRequestStatus =>
  decision ?? (Date.parse(until) > now.getTime() ? 'PENDING' : 'LAPSED');

/** {@link requestStatus} in SQL. */
export const requestStatusSql = (alias: Alias): SQL =>
  sql`coalesce(${columnOf(alias, 'decision')}, case when ${columnOf(alias, 'until')} > business_now() then 'PENDING' else 'LAPSED' end)`;

/** Compiles a condition of the form `{ eq, in }` on a status. */
export function compileStatus(status: SQL, condition: { eq?: string | null; in?: string[] | null }): SQL {
  const wanted = [condition.eq && [condition.eq], condition.in].filter(
    (values) => values != null && values !== '',
  );
  return sql.join(
    [sql`true`, ...(wanted as string[][]).map((values) => sql`${status} = any(${textArray(values)})`)],
    sql` and `,
  );
}

const textArray = (values: string[]): SQL =>
  values.length === 0
    ? sql`'{}'::text[]`
    : sql`array[${sql.join(
        values.map((value) => sql`${value}`),
        sql`, `,
      )}]::text[]`;
