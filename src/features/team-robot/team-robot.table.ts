import { pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { businessNow, instant, oneOf, oneOfCheck } from '../../core/database/columns.ts';
import { employee, team } from '../../domains/employee/employee.table.ts';

/** The apps in whose groups a robot can post. */
export const RobotKind = { WECOM: 'WECOM', DINGTALK: 'DINGTALK', FEISHU: 'FEISHU' } as const;
export type RobotKind = (typeof RobotKind)[keyof typeof RobotKind];

/** The robot in a team's group. Not captured: its address and secret are passwords. */
export const teamRobot = pgTable(
  'team_robot',
  {
    teamId: uuid('team_id')
      .primaryKey()
      .references(() => team.id),
    kind: oneOf('kind', RobotKind).notNull(),
    url: text('url').notNull(),
    secret: text('secret'),
    setById: uuid('set_by_id')
      .notNull()
      .references(() => employee.id),
    setAt: instant('set_at').notNull().default(businessNow),
  },
  (t) => [oneOfCheck('team_robot_kind_check', t.kind, RobotKind)],
);
