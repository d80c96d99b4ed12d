import { sql } from 'drizzle-orm';
import { boolean, check, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { businessNow, instant, oneOf, oneOfCheck } from '../../core/database/columns.ts';
import { employee } from '../../domains/employee/employee.table.ts';

/** Languages of mails; see `Locale`, which tables do not know. */
const MailLanguage = { ZH: 'ZH', EN: 'EN' } as const;

/** How an employee wants to hear of their tasks; where there is no row, the defaults hold. */
export const notificationPreference = pgTable(
  'notification_preference',
  {
    employeeId: uuid('employee_id')
      .primaryKey()
      .references(() => employee.id),
    /** Whether a mail with the day's tasks is wanted. */
    digest: boolean('digest').notNull().default(true),
    /** Kinds of tasks of each of which a mail is wanted at once. */
    mailedKinds: text('mailed_kinds').array().notNull().default(sql`'{}'`),
    /** Of mails; null: the organisation's. */
    locale: oneOf('locale', MailLanguage),
    /** No mails from then, in minutes since midnight, until then; none if they are the same. */
    quietFrom: integer('quiet_from')
      .notNull()
      .default(21 * 60),
    quietUntil: integer('quiet_until')
      .notNull()
      .default(8 * 60),
    updatedAt: instant('updated_at').notNull().default(businessNow),
  },
  (t) => [
    oneOfCheck('notification_preference_locale_check', t.locale, MailLanguage),
    check(
      'notification_preference_quiet_check',
      sql`${t.quietFrom} between 0 and 1439 and ${t.quietUntil} between 0 and 1439`,
    ),
  ],
);
