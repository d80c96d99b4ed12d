import { eq, sql } from 'drizzle-orm';
import { type Actor, requireWritable } from '../../core/access/write-policy.ts';
import type { Database } from '../../core/database/database.ts';
import { badInput, type Issue } from '../../core/errors.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { requireActive } from '../../core/part/file-lock.ts';
import { requireUnchangedFields, writeVersioned } from '../../core/part/version-conflict.ts';
import { dateIn } from '../../core/time/zone.ts';
import { checkDate } from '../../core/validation/date.ts';
import { checkFields, optional, requiredText } from '../../core/validation/fields.ts';
import { customerModel } from './customer.model.ts';
import { type CustomerTier, customer } from './customer.table.ts';
import { lockFile } from './customer-file.write.ts';

const path = ['input'];
const files = { model: customerModel, table: customer };

export interface SetTier {
  id: string;
  expectedVersion: number;
  tier?: CustomerTier | null;
  reason: string;
  until?: string | null;
}

/**
 * Sets a file's tier whatever the rule says, with a reason and until a day, and returns the file's id; without a tier the file
 * goes back to the rule, and the reason stays until it has one.
 *
 * Errors: NOT_FOUND, FORBIDDEN, CONFLICT for a tier changed since the version the client has read and an archived file,
 * BAD_USER_INPUT naming every violation.
 */
export function setTier(db: Database, actor: Actor, input: SetTier): Promise<string> {
  const rules = { reason: requiredText(500, { multiline: true }), until: optional(checkDate) };
  const { values, issues } = checkFields(rules, input, { mode: 'create', path });
  const id = requireId('cus', input.id, [...path, 'id'], issues);
  if (values.until && input.tier == null) issues.push(untilWithoutTier);
  else if (values.until && values.until < dateIn(actor.timeZone, actor.now)) issues.push(past);
  return writeVersioned(db, actor, async (tx) => {
    const file = await lockFile(tx, actor.viewer, id);
    requireWritable(actor.viewer, file, 'Customer', ['tier']);
    const tier = input.tier ?? null;
    const write = {
      row: file,
      file,
      expectedVersion: input.expectedVersion,
      input: { tier },
      values: { tier },
    };
    await requireUnchangedFields(tx, actor, files, [write]);
    requireActive(file);
    if (issues.length > 0) throw badInput(issues);
    // The reason and the day are stated with it, even where they are the same as before.
    await tx.execute(sql`select set_config('app.tier_stated', 'on', true)`);
    const stated = {
      tierSetBy: tier && ('PERSON' as const),
      tierReason: values.reason as string,
      tierUntil: values.until ?? null,
    };
    await tx
      .update(customer)
      .set({ tier, ...stated })
      .where(eq(customer.id, id));
    await tx.execute(sql`select set_config('app.tier_stated', '', true)`);
    return id;
  });
}

const untilWithoutTier: Issue = {
  path: [...path, 'until'],
  code: 'UNTIL_NEEDS_TIER',
  message: 'Only a tier has a last day. (仅设置等级时可填写截止日。)',
};

const past: Issue = {
  path: [...path, 'until'],
  code: 'DATE_IN_PAST',
  message: 'Must not be in the past. (不能早于今天。)',
};
