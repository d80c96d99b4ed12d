import { sql } from 'drizzle-orm';
import type { Issue } from '../../core/errors.ts';
import { checkId } from '../../core/graphql/schema/type-id.ts';
import { defineModel } from '../../core/model/model.ts';
import { employeeModel } from '../employee/employee.model.ts';
import { isReceivedBy, visibleHandovers } from './handover.scope.ts';
import { handover } from './handover.table.ts';
import { Handover, HandoverRecipientCondition } from './handover.type.ts';

export const handoverModel = defineModel({
  name: 'Handover',
  prefix: 'ho',
  type: Handover,
  table: handover,
  kind: 'scoped',
  scope: visibleHandovers,
  requiredAttributes: ['confirmedAt'],
  relations: {
    fromEmployee: {
      arity: 'one',
      target: () => employeeModel,
      access: 'open',
      description: 'Whose files they were. (移交人)',
      key: 'from_employee_id',
    },
    performedBy: {
      arity: 'one',
      target: () => employeeModel,
      access: 'open',
      description: 'Who saw to it. (经办人)',
      key: 'performed_by_id',
    },
    segmentsTo: {
      arity: 'one',
      target: () => employeeModel,
      access: 'open',
      description: 'Who received the segments; null where none moved. (客户分群接收人)',
      key: 'segments_to_id',
    },
  },
  customFilters: {
    recipient: {
      type: () => HandoverRecipientCondition,
      access: 'open',
      description:
        'Who received something of it: `{ eq: <viewer>, state: PENDING }` is what waits to be confirmed. (接收人)',
      compile: ({ eq, state }: HandoverRecipientCondition, alias, path, issues: Issue[]) => {
        const { value, problem } = checkId('emp', eq);
        if (problem) issues.push({ path: [...path, 'eq'], ...problem });
        if (value === undefined) return sql`false`;
        const isState = state && sql`(hr.confirmed_at is null) = ${state === 'PENDING'}`;
        return isReceivedBy(alias, value, isState ?? undefined);
      },
    },
  },
});
