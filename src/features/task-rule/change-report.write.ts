import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { type Actor, originOf, requireRecorder } from '../../core/access/write-policy.ts';
import { type Database, writeAs } from '../../core/database/database.ts';
import { badInput, type Issue } from '../../core/errors.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { checkId } from '../../core/graphql/schema/type-id.ts';
import type { Model } from '../../core/model/model.types.ts';
import { lockFiles } from '../../core/part/file-lock.ts';
import { checkFields, requiredText } from '../../core/validation/fields.ts';
import { contactModel } from '../../domains/contact/contact.model.ts';
import { contactWrites } from '../../domains/contact/contact.write.ts';
import { customerFieldNames } from '../../domains/customer/customer.check.ts';
import { customerModel } from '../../domains/customer/customer.model.ts';
import { customer } from '../../domains/customer/customer.table.ts';
import type { TaskRule } from './task-rule.types.ts';
import { openTasks } from './task-rule.write.ts';
import { contactChangeRule, taskRules } from './task-rules.ts';

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
 * Errors: NOT_FOUND, FORBIDDEN for a file that is only granted to the viewer, BAD_USER_INPUT naming every violation.
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
    if (file) requireRecorder(viewer, file, 'reportChange');
    if (contact?.value && !(await isContactOf(tx, contact.value, customerId))) issues.push(notOfCustomer);
    if (issues.length > 0) throw badInput(issues);
    const subjectId = contact?.value ?? customerId;
    const what = values.what as string;
    const added = await addToOpen(tx, subjectId, input.field, what);
    if (added) return added;
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
    const rule = taskRules.find(({ name }) => name === contactChangeRule) as TaskRule;
    const [made] = await openTasks(tx, rule, [reason], { now, settings: actor.settings });
    return made as string;
  });
}

/**
 * The open task for earlier reports of the same, with this one added, unless it is there already, as when a report is
 * sent again; undefined if there is none.
 */
async function addToOpen(
  tx: Database,
  subjectId: string,
  field: string,
  what: string,
): Promise<string | undefined> {
  const [row] = await tx.execute<{ id: string }>(sql`
    update task set reported = case when strpos(reported, ${what}::text) > 0 then reported
                                    else left(concat_ws(E'\n', reported, ${what}::text), 4000) end,
      fields = (select array_agg(distinct name) from unnest(fields || ${field}::text) name)
    where rule = ${contactChangeRule} and subject_id = ${subjectId}::uuid and state = 'OPEN' returning id`);
  return row?.id;
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
