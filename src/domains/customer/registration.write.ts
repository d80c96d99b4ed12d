import { eq, sql } from 'drizzle-orm';
import { type Actor, requireWritable } from '../../core/access/write-policy.ts';
import { type Database, queryJson } from '../../core/database/database.ts';
import { badInput, conflict, type Issue } from '../../core/errors.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { requireActive } from '../../core/part/file-lock.ts';
import { writeVersioned } from '../../core/part/version-conflict.ts';
import { dateIn } from '../../core/time/zone.ts';
import {
  type ArchiveCategory,
  checkArchiveNumber,
  checkCategoryCode,
  readArchivePattern,
  writtenPattern,
} from '../../core/validation/archive-number.ts';
import { warn } from '../../core/validation/checked.ts';
import { checkFields, missing, optional } from '../../core/validation/fields.ts';
import type { PremisesPart } from '../../core/validation/premises.ts';
import { type CustomerRow, customer, VerificationState } from './customer.table.ts';
import { lockFile, requireSeen } from './customer-file.write.ts';
import { categoryUnknown } from './filing.check.ts';
import { writeUnique } from './unique-value.write.ts';

const path = ['input'];
const verified: readonly VerificationState[] = [VerificationState.VERIFIED, VerificationState.CONFIRMED];

export interface RegisterFile {
  id: string;
  expectedVersion: number;
  category?: string | null;
  archiveNumber?: string | null;
}

/**
 * Gives a verified file its archive number, the next of its category or one that it has already, and returns the file's id
 * (a UUID); where it has it, that leaves no trace.
 *
 * Errors: NOT_FOUND, FORBIDDEN, CONFLICT for any change since the version the client has read, an archived file, one that is
 * not verified and one that has another number, BAD_USER_INPUT naming every violation, those of {@link writeUnique}.
 */
export function registerFile(db: Database, actor: Actor, input: RegisterFile): Promise<string> {
  const { viewer, settings } = actor;
  const { values, issues } = checkFields({ archiveNumber: optional(checkArchiveNumber) }, input, {
    mode: 'create',
    path,
  });
  const id = requireId('cus', input.id, [...path, 'id'], issues);
  const own = values.archiveNumber ?? null;
  return writeUnique(db, actor, { archiveNumber: own }, () =>
    writeVersioned(db, actor, async (tx) => {
      const file = await lockFile(tx, viewer, id);
      requireWritable(viewer, file, 'Customer', ['archiveNumber']);
      const isDone = issues.length === 0 && hasBoth(file, own, input.category);
      await requireSeen(tx, actor, file, input.expectedVersion, isDone);
      if (isDone) return id;
      requireActive(file);
      if (!verified.includes(file.verificationState)) throw notVerified();
      if (file.archiveNumber !== null) throw alreadyRegistered(file.archiveNumber);
      const category = categoryOf(input.category, settings.archiveCategories, issues);
      if (!category || issues.length > 0) throw badInput(issues);
      const lacking = own === null ? missingParts(file, category) : [];
      if (lacking.length > 0) throw badInput(lacking);
      if (own === null) await giveNumber(tx, actor, file, category);
      else
        await tx
          .update(customer)
          .set({ archiveNumber: own, archiveCategory: category.code })
          .where(eq(customer.id, id));
      return id;
    }),
  );
}

/** Whether the file has a number already, and those that are named. */
const hasBoth = (
  { archiveNumber, archiveCategory }: CustomerRow,
  own: string | null,
  category: string | null | undefined,
): boolean =>
  archiveNumber !== null &&
  (own === null || own === archiveNumber) &&
  (category == null || checkCategoryCode(category).value === archiveCategory);

/** The category that is named, or the only one; undefined with an issue of its own. */
function categoryOf(
  named: string | null | undefined,
  categories: readonly ArchiveCategory[],
  issues: Issue[],
): ArchiveCategory | undefined {
  const at = [...path, 'category'];
  if (named == null && categories.length === 1) return categories[0];
  const code = checkCategoryCode(named ?? '').value;
  const found = categories.find((category) => category.code === code);
  if (named == null) issues.push(missing(at));
  else if (!found) {
    const { problem } = categoryUnknown(categories);
    if (problem) issues.push({ path: at, ...problem });
  }
  return found;
}

/** The last statement of the transaction: from here to the commit nobody else is given a number of this category. */
async function giveNumber(
  tx: Database,
  actor: Actor,
  { id, premises }: CustomerRow,
  category: ArchiveCategory,
) {
  const year = dateIn(actor.timeZone, actor.now).slice(0, 4);
  const { head, tail, width, isYearly, isByUnit } = readArchivePattern(category.pattern);
  const written = (text: string) => writtenPattern(text, { category: category.code, year, premises });
  await queryJson(
    tx,
    sql`select to_json(give_archive_number(${id}::uuid, ${category.code}::text, ${isYearly ? Number(year) : 0}::integer,
      ${isByUnit ? written(head) : ''}::text, ${written(head)}::text, ${width}::integer, ${written(tail)}::text))`,
  );
}

/** What the numbers of a category take of the file's premises, and it lacks. */
const missingParts = ({ premises }: CustomerRow, { pattern }: ArchiveCategory): Issue[] =>
  readArchivePattern(pattern)
    .parts.filter((part) => premises?.[part] == null)
    .map((part) => ({ path: [...path, 'id'], ...premisesNeeded(part) }));

const premisesNeeded = (part: PremisesPart) =>
  warn(
    'PREMISES_NEEDED',
    `The number takes the ${part} of the file’s premises; fill it in first`,
    `档号须含户址的${partWords[part]}，请先填写`,
  );
const partWords = { building: '楼幢', unit: '单元', floor: '楼层', room: '房号' } as const;

const notVerified = () =>
  conflict('Only a verified file is given an archive number. (档案审核通过后方可立档。)', {
    reason: 'NOT_VERIFIED',
  });

const alreadyRegistered = (archiveNumber: string) =>
  conflict(`The file has the archive number ${archiveNumber} already. (该档案已有档号 ${archiveNumber}。)`, {
    reason: 'ALREADY_REGISTERED',
  });
