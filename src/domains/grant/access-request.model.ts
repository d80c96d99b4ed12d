import { sql } from 'drizzle-orm';
import { columnOf } from '../../core/model/alias.ts';
import { defineModel } from '../../core/model/model.ts';
import type { Model } from '../../core/model/model.types.ts';
import { customerModel } from '../customer/customer.model.ts';
import { employeeModel } from '../employee/employee.model.ts';
import { accessGrantModel } from './access-grant.model.ts';
import { accessRequest } from './access-request.table.ts';
import { AccessRequest, AccessRequestStatusCondition } from './access-request.type.ts';
import { visibleRequests } from './grant.scope.ts';
import { compileStatus, requestStatusSql } from './grant-status.enums.ts';

export const accessRequestModel: Model = defineModel({
  name: 'AccessRequest',
  prefix: 'req',
  type: AccessRequest,
  table: accessRequest,
  kind: 'scoped',
  scope: visibleRequests,
  isOwn: ({ id }, alias) => sql`${columnOf(alias, 'requester_id')} = ${id}::uuid`,
  requiredAttributes: ['customerId', 'until', 'decision'],
  relations: {
    customer: {
      arity: 'one',
      target: () => customerModel,
      access: 'open',
      // A condition on it would be evaluated without regard to the file's owner, and reveal files one cannot see.
      filterable: false,
      description:
        'The file; null for one the viewer cannot see; `card` is available all the same. (客户档案)',
      key: 'customer_id',
    },
    requester: {
      arity: 'one',
      target: () => employeeModel,
      access: 'open',
      description: 'The employee who requests access. (申请人)',
      key: 'requester_id',
    },
    decidedBy: {
      arity: 'one',
      target: () => employeeModel,
      access: 'open',
      description: 'Who settled it; null until then. (审批人)',
      key: 'decided_by_id',
    },
    grant: {
      arity: 'one',
      target: () => accessGrantModel,
      access: 'open',
      description:
        'The right that was given; null unless it was approved, and for a renewal, which gives none of its own. (访问授权)',
      key: 'grant_id',
    },
    renews: {
      arity: 'one',
      target: () => accessGrantModel,
      access: 'open',
      description: 'The grant whose later end is requested; null unless it is a renewal. (续借的授权)', // R108
      key: 'renews_id',
    },
  },
  customFilters: {
    status: {
      type: () => AccessRequestStatusCondition,
      access: 'open',
      description: 'The status of the request. (申请状态)',
      compile: (condition: AccessRequestStatusCondition, alias) =>
        compileStatus(requestStatusSql(alias), condition),
    },
  },
});
