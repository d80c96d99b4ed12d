import { sql } from 'drizzle-orm';
import { settingsReaders } from '../../core/access/policy.ts';
import { defineModel } from '../../core/model/model.ts';
import { run } from '../../core/run/run.table.ts';
import { Run } from './run.type.ts';

export const runModel = defineModel({
  name: 'Run',
  prefix: 'run',
  type: Run,
  table: run,
  kind: 'scoped',
  // By id too.
  scope: ({ role }) => (settingsReaders.includes(role) ? sql`true` : sql`false`),
  defaultOrder: [{ field: 'startedAt', direction: 'DESC' }],
  relations: {},
});
