import { reference } from '../../src/core/part/part-rules.ts';
import { taskModel } from '../../src/domains/task/task.model.ts';
import { createTasks, updateTasks } from '../../src/domains/task/task.write.ts';
import { type DescribedWrites, describePart } from '../support/part-suite.ts';

describePart(
  {
    model: taskModel,
    // Opened like a record: by whoever sees the file, on archived files too. Changed by who opened it and who leads.
    rules: {
      operations: { create: 'createTask', update: 'updateTask' },
      references: { assigneeId: reference('emp', 'DEFAULTED', '') },
      recordedBy: 'openedById',
    },
    create: createTasks as DescribedWrites['create'],
    update: updateTasks as DescribedWrites['update'],
  },
  {
    create: { title: '核对联系方式', kind: 'VERIFY', dueAt: '2030-01-01T00:00:00.000Z' },
    update: { title: '核对联系方式和地址', dueAt: '2030-02-01T00:00:00.000Z' },
    wrong: {
      title: ' ',
      dueAt: '0001-01-01T00:00:00Z',
      assigneeId: 'team_01h455vb4pex5vsknk084sn02q',
    },
    issues: ['input.assigneeId WRONG_ID_KIND', 'input.dueAt DUE_OUT_OF_BOUNDS', 'input.title TEXT_REQUIRED'],
    statements: { create: 8, update: 8 },
  },
);
