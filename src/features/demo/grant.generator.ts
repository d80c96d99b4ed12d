import type { accessGrant } from '../../domains/grant/access-grant.table.ts';
import type { accessRequest } from '../../domains/grant/access-request.table.ts';
import type { DrawnCustomer, StaffIds } from './customer.generator.ts';
import type { Random } from './random.ts';

type Grant = typeof accessGrant.$inferInsert & { id: string };
type Request = typeof accessRequest.$inferInsert;

export interface DrawnGrants {
  grants: Grant[];
  requests: Request[];
}

const purposes = ['联合拜访前了解客户背景', '区域项目协同', '售后问题会诊', '投标资料准备', '客户转介绍跟进'];

/**
 * What sales2 has requested to read of the files of sales1: two requests that nobody has decided yet, one that was declined,
 * and two that were approved, of which one grant is in force and the other was not returned in time.
 */
export function drawGrants(
  random: Random,
  customers: readonly DrawnCustomer[],
  staff: StaffIds,
): DrawnGrants {
  const files = customers
    .filter(({ row, landmark }) => row.ownerId === staff.sales1 && !landmark)
    .slice(0, 5);
  const drawn = files.map(({ row }, nth) => {
    const createdAt = random.daysAgo(nth < 2 ? nth + 1 : 20 + nth);
    const decidedAt = random.later(createdAt, 90);
    const grant = {
      id: random.id(decidedAt),
      customerId: row.id,
      granteeId: staff.sales2,
      classes: ['contact'],
      purpose: purposes[nth] as string,
      grantedById: staff.sales1,
      createdAt: decidedAt,
      expiresAt: random.daysAgo(nth === 3 ? 5 : -25),
    };
    const isApproved = nth > 2;
    const request = {
      id: random.id(createdAt),
      customerId: row.id,
      requesterId: staff.sales2,
      classes: grant.classes,
      purpose: grant.purpose,
      until: grant.expiresAt,
      toldIds: [staff.sales1, staff.manager],
      createdAt,
      ...(nth > 1 && {
        decision: isApproved ? ('APPROVED' as const) : ('DECLINED' as const),
        decidedById: staff.sales1,
        decidedAt,
        decisionReason: isApproved ? null : '该客户正在谈判，暂不开放',
        grantId: isApproved ? grant.id : null,
      }),
    };
    return { request, grant: isApproved ? grant : null };
  });
  return {
    grants: drawn.flatMap(({ grant }) => grant ?? []),
    requests: drawn.map(({ request }) => request),
  };
}
