import {
  type ArchiveCategory,
  checkArchivePattern,
  checkCategoryCode,
} from '../validation/archive-number.ts';
import { accept, type Checked, type Problem, refuse, warn } from '../validation/checked.ts';
import { checkText, plainText } from '../validation/text.ts';

export const initialCategories: readonly ArchiveCategory[] = [
  { code: 'KH', name: '客户', pattern: '{category}-{year}-{seq:5}' },
];

const most = 100;

/**
 * The categories as they are stored: each behind the one that it is part of, otherwise in the order given. Problems: LIST_LENGTH,
 * and of each row at its place: those of its fields, CATEGORY_REPEATED, CATEGORY_UNKNOWN and CATEGORY_CIRCLE of its parent.
 */
export function checkArchiveCategories(
  given: readonly Partial<ArchiveCategory>[],
): Checked<ArchiveCategory[]> {
  if (given.length === 0 || given.length > most)
    return refuse('LIST_LENGTH', `1 to ${most} entries`, `须为1至${most}项`);
  const problems: Problem[] = [];
  const rows = given.map((one, i): ArchiveCategory => {
    const read = (at: string, { value, problem }: Checked<string>): string => {
      if (problem) problems.push({ ...problem, at: [i, at] });
      return value ?? '';
    };
    return {
      code: read('code', checkCategoryCode(one.code ?? '')),
      name: read('name', checkText(plainText(one.name ?? ''), { min: 1, max: 40 })),
      pattern: read('pattern', checkArchivePattern(one.pattern ?? '')),
      parent: plainText(one.parent ?? '') === '' ? null : read('parent', checkCategoryCode(one.parent ?? '')),
    };
  });
  for (const [i, { code }] of rows.entries())
    if (code !== '' && rows.findIndex((row) => row.code === code) < i) problems.push(repeatedAt(i));
  for (const [i, row] of rows.entries()) problems.push(...parentProblems(rows, row, i));
  const [problem, ...others] = problems;
  return problem ? { problem, others } : accept(inTree(rows, null));
}

/** The rows below one, each with those below it. */
const inTree = (rows: readonly ArchiveCategory[], parent: string | null): ArchiveCategory[] =>
  rows.filter((row) => row.parent === parent).flatMap((row) => [row, ...inTree(rows, row.code)]);

function parentProblems(
  rows: readonly ArchiveCategory[],
  { code, parent }: ArchiveCategory,
  i: number,
): Problem[] {
  if (!parent) return [];
  const at = [i, 'parent'];
  const parentOf = (child: string | null | undefined) => rows.find((row) => row.code === child)?.parent;
  if (!rows.some((row) => row.code === parent)) return [{ ...unknownParent, at }];
  let above: string | null | undefined = parent;
  for (let steps = 0; above && steps < rows.length; steps += 1) {
    if (above === code) return [{ ...circle, at }];
    above = parentOf(above);
  }
  return [];
}

const unknownParent = warn('CATEGORY_UNKNOWN', 'Must be the code of another row', '须为列表中其他类别的代码');
const circle = warn('CATEGORY_CIRCLE', 'A category cannot be part of itself', '类别不能属于自身');

const repeatedAt = (place: number): Problem => ({
  code: 'CATEGORY_REPEATED',
  message: 'There is a category with this code already. (该类别代码已存在。)',
  at: [place, 'code'],
});
