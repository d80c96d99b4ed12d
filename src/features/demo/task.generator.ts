import { TaskKind as kinds, type TaskKind, type task } from '../../domains/task/task.table.ts';
import type { DrawnCustomer, StaffIds } from './customer.generator.ts';
import type { Random } from './random.ts';

export type DrawnTask = typeof task.$inferInsert & { id: string; createdAt: string; updatedAt: string };

/** What a task of each kind says. */
const titles: Record<TaskKind, string> = {
  UPDATE_CONTACT_CHANGE: '核对并更新联系方式',
  RECORD_NEED_CHANGE: '登记客户的需求变更',
  FILL_FIELDS: '补全档案缺失的资料',
  REVISE_FILE: '修订核查档案',
  VERIFY: '核实重要信息变更',
  ANSWER_CONFIRMATION: '处理客户确认时提出的异议',
  CALL_BACK: '流失客户回访',
  FOLLOW_UP: '按约定跟进',
  BIRTHDAY: '致电祝贺生日',
  ANNIVERSARY: '合作周年问候',
  RETURN_FILE: '归还借阅的档案',
  CASE_RESPONSE: '响应客户工单',
  CASE_RESOLUTION: '解决客户工单',
  RETURN_VISIT: '售后回访',
  NEXT_ORDER: '询问下一次采购计划',
  REPLENISH: '提醒补货',
  RECTIFY: '落实检查提出的整改',
  REVIEW_INACTIVE: '了解久未联系的原因',
  OTHER: '准备年度拜访计划',
};

/** Fields that a kind of task is about. */
const fieldsOf: Partial<Record<TaskKind, string[]>> = {
  UPDATE_CONTACT_CHANGE: ['mobile'],
  FILL_FIELDS: ['businessScope', 'annualRevenue'],
  VERIFY: ['legalRepresentative'],
};

/** Kinds whose tasks are of no file, as rules open them. */
const outsideFiles: TaskKind[] = ['BIRTHDAY', 'RETURN_FILE', 'OTHER'];

/** Six tasks of each kind, given to the owners of files by the manager: some overdue, some done. */
export function drawTasks(
  random: Random,
  staffIds: StaffIds,
  customers: readonly DrawnCustomer[],
): DrawnTask[] {
  const active = customers.filter(({ row, landmark }) => !row.archivedAt && !landmark);
  return Object.values(kinds).flatMap((kind) =>
    Array.from({ length: 6 }, (_, i) => {
      const { row } = random.pick(active);
      const age = Math.max(1, Math.min(random.ageDays(row.createdAt) - 1, random.whole(2, 20)));
      const createdAt = random.daysAgo(age);
      const isDone = i >= 4;
      const completedAt = isDone ? random.daysAgo(Math.max(0, age - 1)) : null;
      const isOfFile = !outsideFiles.includes(kind);
      return {
        id: random.id(createdAt),
        customerId: isOfFile ? row.id : null,
        kind,
        title: titles[kind],
        state: isDone ? ('DONE' as const) : ('OPEN' as const),
        assigneeId: isOfFile ? row.ownerId : staffIds.sales1,
        openedById: staffIds.manager,
        fields: fieldsOf[kind] ?? null,
        dueAt: random.daysAgo(age - random.whole(1, 30)),
        outcome: isDone ? '已完成' : null,
        completedAt,
        completedById: isDone ? (isOfFile ? row.ownerId : staffIds.sales1) : null,
        createdAt,
        updatedAt: completedAt ?? createdAt,
      };
    }),
  );
}
