import { sql } from 'drizzle-orm';
import { settingsReaders } from '../../core/access/policy.ts';
import { defineModel } from '../../core/model/model.ts';
import { outgoing } from '../../core/outgoing/outgoing.table.ts';
import { employeeModel } from '../../domains/employee/employee.model.ts';
import { OutgoingMail } from './outgoing.type.ts';

export const outgoingModel = defineModel({
  name: 'OutgoingMail',
  prefix: 'out',
  type: OutgoingMail,
  table: outgoing,
  kind: 'scoped',
  // By id too.
  scope: ({ role }) => (settingsReaders.includes(role) ? sql`true` : sql`false`),
  defaultOrder: [{ field: 'createdAt', direction: 'DESC' }],
  relations: {
    recipient: {
      arity: 'one',
      target: () => employeeModel,
      access: 'open',
      description:
        'To whom; null for what a robot posts in a team’s group, and for a mail to a customer. (收件人)',
      key: 'recipient_id',
    },
  },
});
