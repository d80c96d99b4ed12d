import type { Issue } from '../../core/errors.ts';
import {
  type ArchiveCategory,
  checkArchiveNumber,
  checkCategoryCode,
} from '../../core/validation/archive-number.ts';
import { type Checked, refuse } from '../../core/validation/checked.ts';
import { checkFields, type Fields, optional } from '../../core/validation/fields.ts';
import type { CustomerRow } from './customer.table.ts';

const rules = { archiveNumber: optional(checkArchiveNumber), archiveCategory: optional(checkCategoryCode) };

/** What an import brings of the numbers that a company has given before. */
export const filingFieldNames = Object.keys(rules);

interface FilingState {
  mode: 'create' | 'update';
  current: Pick<CustomerRow, 'archiveNumber' | 'archiveCategory'> | undefined;
  settings: { archiveCategories: readonly ArchiveCategory[] };
}

/**
 * The number under which a file was put away elsewhere, with its category. It is no duty here to have it verified first, and
 * no number of our own is used up. A file that has a number keeps it; what is empty is left alone.
 *
 * Problems: ARCHIVE_NUMBER_FORMAT, ARCHIVE_NUMBER_KEPT, CATEGORY_UNKNOWN, CATEGORY_NEEDS_NUMBER.
 */
export function checkFiling(
  input: Readonly<Record<string, unknown>>,
  { mode, current, settings: { archiveCategories } }: FilingState,
) {
  const { values: given, issues } = checkFields(rules, input as Fields<typeof rules>, { mode });
  const { archiveNumber, archiveCategory } = given;
  const values: { archiveNumber?: string; archiveCategory?: string } = {};
  const note = (field: string, { problem }: Checked<never>) => {
    if (problem) issues.push({ path: [field], ...problem } satisfies Issue);
  };
  if (archiveNumber && current?.archiveNumber && archiveNumber !== current.archiveNumber)
    note('archiveNumber', kept);
  else if (archiveNumber) values.archiveNumber = archiveNumber;
  if (archiveCategory && archiveCategory !== current?.archiveCategory) {
    if (!archiveCategories.some(({ code }) => code === archiveCategory))
      note('archiveCategory', categoryUnknown(archiveCategories));
    else if (current?.archiveCategory) note('archiveCategory', kept);
    else if (!values.archiveNumber && !current?.archiveNumber) note('archiveCategory', numberNeeded);
    else values.archiveCategory = archiveCategory;
  }
  return { values, issues };
}

/** The codes and names of what there is. */
export function categoryUnknown(categories: readonly ArchiveCategory[]): Checked<never> {
  const all = categories.map(({ code, name }) => `${code} ${name}`);
  return refuse('CATEGORY_UNKNOWN', `Must be one of ${all.join(', ')}`, `须为以下之一：${all.join('、')}`);
}

const kept = refuse('ARCHIVE_NUMBER_KEPT', 'The file keeps the number it has', '档案已有档号，不再变更');
const numberNeeded = refuse('CATEGORY_NEEDS_NUMBER', 'It needs an archive number', '须同时提供档号');
