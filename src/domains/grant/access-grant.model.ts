import { sql } from 'drizzle-orm';
import { columnOf } from '../../core/model/alias.ts';
import { defineModel } from '../../core/model/model.ts';
import type { Model } from '../../core/model/model.types.ts';
import { customerModel } from '../customer/customer.model.ts';
import { employeeModel } from '../employee/employee.model.ts';
import { accessGrant } from './access-grant.table.ts';
import { AccessGrant, AccessGrantStatusCondition } from './access-grant.type.ts';
import { accessRequestModel } from './access-request.model.ts';
import { visibleGrants } from './grant.scope.ts';
import { compileStatus, grantStatusSql } from './grant-status.enums.ts';

export const accessGrantModel: Model = defineModel({
  name: 'AccessGrant',
  prefix: 'grant',
  type: AccessGrant,
  table: accessGrant,
  kind: 'captured',
  // These types are those of the log. Viewers receive the events about their own access as CustomerFileEventType.
  events: {
    added: { type: 'ACCESS_GRANTED' },
    changed: { type: 'ACCESS_CHANGED' },
    removed: { type: 'ACCESS_ENDED' },
  },
  scope: visibleGrants,
  isOwn: ({ id }, alias) => sql`${columnOf(alias, 'grantee_id')} = ${id}::uuid`,
  requiredAttributes: ['customerId', 'createdAt', 'expiresAt', 'endedAt', 'endReason'],
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
    grantee: {
      arity: 'one',
      target: () => employeeModel,
      access: 'open',
      description: 'Who may read the file. (借阅人)',
      key: 'grantee_id',
    },
    grantedBy: {
      arity: 'one',
      target: () => employeeModel,
      access: 'open',
      description: 'Who approved it. (审批人)',
      key: 'granted_by_id',
    },
    endedBy: {
      arity: 'one',
      target: () => employeeModel,
      access: 'open',
      description: 'Who returned or recalled it; null until then. (终止操作人)',
      key: 'ended_by_id',
    },
    renewals: {
      arity: 'list',
      target: () => accessRequestModel,
      access: 'open',
      nullable: false,
      filterable: false,
      description: 'Requests for a later end, whatever became of them, latest first, at most 200. (续借记录)', // R108
      listedBy: 'renews_id',
    },
  },
  customFilters: {
    status: {
      type: () => AccessGrantStatusCondition,
      access: 'open',
      description:
        'The status of the grant; OVERDUE is the register of files not returned in time. (授权状态)',
      compile: (condition: AccessGrantStatusCondition, alias) =>
        compileStatus(grantStatusSql(alias), condition),
    },
  },
});
