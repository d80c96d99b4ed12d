import {
  type ArchiveCategory,
  checkArchivePattern,
  checkCategoryCode,
} from '../validation/archive-number.ts';
import { accept, type Checked, type Problem, refuse } from '../validation/checked.ts';
import { checkText, plainText } from '../validation/text.ts';

export const initialCategories: readonly ArchiveCategory[] = [
  { code: 'KH', name: '客户', pattern: '{category}-{year}-{seq:5}' },
];

const most = 100;

/** The categories as they are stored. Problems: LIST_LENGTH, and of each row at its place. */
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
    };
  });
  for (const [i, { code }] of rows.entries())
    if (code !== '' && rows.findIndex((row) => row.code === code) < i) problems.push(repeatedAt(i));
  const [problem, ...others] = problems;
  return problem ? { problem, others } : accept(rows);
}

const repeatedAt = (place: number): Problem => ({
  code: 'CATEGORY_REPEATED',
  message: 'There is a category with this code already. (该类别代码已存在。)',
  at: [place, 'code'],
});
