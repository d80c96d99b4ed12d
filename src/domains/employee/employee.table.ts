import { sql } from 'drizzle-orm';
import { type AnyPgColumn, index, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { Role } from '../../core/access/role.ts';
import { id, instant, oneOf, oneOfCheck, sortKey, versioned } from '../../core/database/columns.ts';
import { department } from './department.table.ts';

export const team = pgTable(
  'team',
  {
    id: id(),
    name: text('name').notNull().unique(),
    nameKey: sortKey('name_key'),
    /** Approves requests for the files of the team's members. */
    leaderId: uuid('leader_id').references((): AnyPgColumn => employee.id),
    ...versioned(),
  },
  // Every request looks up the teams that the viewer leads.
  (t) => [index('team_leader_idx').on(t.leaderId), index('team_name_key_idx').on(t.nameKey, t.id)],
);

export const employee = pgTable(
  'employee',
  {
    id: id(),
    email: text('email').notNull(),
    name: text('name').notNull(),
    nameKey: sortKey('name_key'),
    role: oneOf('role', Role).notNull(),
    title: text('title'),
    teamId: uuid('team_id').references(() => team.id),
    departmentId: uuid('department_id').references(() => department.id),
    /** argon2id in PHC form; null when the employee signs in through an identity provider only. */
    passwordHash: text('password_hash'),
    /** Set when the employee leaves or is locked out; requests and sockets are refused from that instant. */
    disabledAt: instant('disabled_at'),
    ...versioned(),
  },
  (t) => [
    uniqueIndex('employee_email_key').on(sql`lower(${t.email})`),
    index('employee_team_idx').on(t.teamId),
    index('employee_department_idx').on(t.departmentId),
    index('employee_name_key_idx').on(t.nameKey, t.id),
    oneOfCheck('employee_role_check', t.role, Role),
  ],
);

export type TeamRow = typeof team.$inferSelect;
export type EmployeeRow = typeof employee.$inferSelect;
