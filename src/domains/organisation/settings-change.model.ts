import { sql } from 'drizzle-orm';
import { settingsReaders } from '../../core/access/policy.ts';
import { columnOf } from '../../core/model/alias.ts';
import { defineModel } from '../../core/model/model.ts';
import { scopedChange } from '../../core/settings/settings.table.ts';
import { employeeModel } from '../employee/employee.model.ts';
import { SettingsChange } from './organisation.type.ts';

export const settingsChangeModel = defineModel({
  name: 'SettingsChange',
  prefix: 'chg',
  type: SettingsChange,
  table: scopedChange,
  kind: 'scoped',
  // By id too.
  scope: ({ role }, alias) =>
    settingsReaders.includes(role) ? sql`${columnOf(alias, 'subject')} = 'settings'` : sql`false`,
  defaultOrder: [{ field: 'occurredAt', direction: 'DESC' }],
  relations: {
    actor: {
      arity: 'one',
      target: () => employeeModel,
      access: 'open',
      description: 'Who; null for the server’s start. (操作人)',
      key: 'actor_id',
    },
  },
});
