import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { type Actor, originOf, requireRecorder } from '../../core/access/write-policy.ts';
import { type Database, writeAs } from '../../core/database/database.ts';
import { digestOf, once } from '../../core/database/idempotency.ts';
import { badInput, badInputAt, type Issue } from '../../core/errors.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { checkId } from '../../core/graphql/schema/type-id.ts';
import type { Model } from '../../core/model/model.types.ts';
import { lockFiles, requireActive } from '../../core/part/file-lock.ts';
import { checkFields, requiredText } from '../../core/validation/fields.ts';
import { contactModel } from '../../domains/contact/contact.model.ts';
import { contactWrites } from '../../domains/contact/contact.write.ts';
import { customerFieldNames } from '../../domains/customer/customer.check.ts';
import { customerModel } from '../../domains/customer/customer.model.ts';
import { customer } from '../../domains/customer/customer.table.ts';
import { openTasks } from './task-rule.write.ts';
import { contactChangeRule, taskRuleNamed } from './task-rules.ts';

const path = ['input'];
const whatRules = { what: requiredText(1000, { multiline: true }) };

export interface ReportChange {
  customerId: string;
  contactId?: string | null;
  field: string;
  what: string;
}

/** What reports are not taken of: who hears of them may not read these. */
const unreported = ['credit', 'special'];

/**
 * Reports that a detail of a customer has changed and returns the id of the task to enter it (a UUID): one for the owner of
 * the file, or the one that is open already for this customer or contact, to which the report is added.
 *
 * Errors: NOT_FOUND, FORBIDDEN for a file that is only granted to the viewer, CONFLICT for an archived one, where nobody
 * could enter it, BAD_USER_INPUT naming every violation.
 */
export function reportChange(db: Database, actor: Actor, input: ReportChange): Promise<string> {
  const { viewer, now } = actor;
  const { values, issues } = checkFields(whatRules, input, { mode: 'create', path });
  const isOfContact = input.contactId != null;
  issues.push(...fieldIssues(isOfContact ? contactModel : customerModel, input.field));
  const contact = isOfContact ? checkId('con', input.contactId as string) : null;
  if (contact?.problem) issues.push({ path: [...path, 'contactId'], ...contact.problem });
  const customerId = requireId('cus', input.customerId, [...path, 'customerId'], issues);
  return writeAs(db, originOf(actor), async (tx) => {
    const file = (await lockFiles(tx, viewer, customer, [customerId])).get(customerId);
    if (file) {
      requireRecorder(viewer, file, 'reportChange');
      requireActive(file);
    }
    if (contact?.value && !(await isContactOf(tx, contact.value, customerId))) issues.push(notOfCustomer);
    if (issues.length > 0) throw badInput(issues);
    const subjectId = contact?.value ?? customerId;
    const what = values.what as string;
    const open = await findOpen(tx, subjectId);
    if (open) {
      await onceFrom(viewer.id, tx, open.id, { field: input.field, what }, () =>
        addTo(tx, open, input.field, what),
      );
      return open.id;
    }
    const reason = {
      customer_id: customerId,
      subject_prefix: contact ? 'con' : 'cus',
      subject_id: subjectId,
      occasion: randomUUID(),
      since: now.toISOString(),
      assignee_id: null,
      fields: [input.field],
      due_at: null,
      reported: what,
      opened_by_id: viewer.id,
    };
    const [made] = await openTasks(tx, taskRuleNamed(contactChangeRule), [reason], {
      now,
      settings: actor.settings,
    });
    await onceFrom(viewer.id, tx, made as string, { field: input.field, what }, async () => {});
    return made as string;
  });
}

/** Most characters of all the reports of one task. */
const maxReported = 20_000;

interface OpenTask {
  id: string;
  /** Characters reported so far. */
  length: number;
}

/** The open task for earlier reports of the same; undefined if there is none. */
async function findOpen(tx: Database, subjectId: string): Promise<OpenTask | undefined> {
  const [row] = await tx.execute<{ id: string; length: number }>(sql`
    select id, coalesce(char_length(reported), 0) as length from task
    where rule = ${contactChangeRule} and subject_id = ${subjectId}::uuid and state = 'OPEN' for update`);
  return row;
}

/**
 * Does `act` unless the same employee has sent the same report for the task before. Reports of others are not compared: whoever
 * may not read them could find out by the task's version what they hold.
 */
const onceFrom = (
  viewerId: string,
  tx: Database,
  taskId: string,
  report: { field: string; what: string },
  act: () => Promise<void>,
) => {
  const input = { taskId, ...report };
  const attempt = { viewerId, operation: 'reportChange', key: digestOf(input), input };
  return once(tx, attempt, async () => {
    await act();
    return taskId;
  });
};

/** Adds a report to a task. Errors: BAD_USER_INPUT where that is too much for one task. */
async function addTo(tx: Database, { id, length }: OpenTask, field: string, what: string): Promise<void> {
  if (length + what.length + 1 > maxReported)
    throw badInputAt(
      [...path, 'what'],
      'REPORTS_TOO_LONG',
      'There are many reports already; enter these first. (上报内容已很多，请先处理。)',
    );
  await tx.execute(sql`
    update task set reported = concat_ws(E'\n', reported, ${what}::text),
      fields = (select array_agg(distinct name) from unnest(fields || ${field}::text) name)
    where id = ${id}::uuid`);
}

async function isContactOf(tx: Database, id: string, customerId: string): Promise<boolean> {
  const found = await tx.execute(
    sql`select 1 from contact where id = ${id}::uuid and customer_id = ${customerId}::uuid for key share`,
  );
  return found.length > 0;
}

const notOfCustomer: Issue = {
  path: [...path, 'contactId'],
  code: 'CONTACT_NOT_OF_CUSTOMER',
  message: "Must be one of this customer's contacts. (须为该客户的联系人。)",
};

function fieldIssues({ name, attributes }: Model, field: string): Issue[] {
  const written = name === 'Contact' ? Object.keys(contactWrites.rules.fields) : customerFieldNames;
  const access = attributes.get(field)?.access;
  if (access && written.includes(field) && !unreported.includes(access)) return [];
  return [
    {
      path: [...path, 'field'],
      code: 'UNKNOWN_FIELD',
      message: 'There is no such field to report on. (没有可上报的该字段。)',
    },
  ];
}
