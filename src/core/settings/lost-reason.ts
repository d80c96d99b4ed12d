import { accept, type Checked, type Problem, refuse } from '../validation/checked.ts';
import { checkText, plainText } from '../validation/text.ts';

/** R129 */
export const initialReasons: readonly string[] = [
  '价格',
  '竞争对手',
  '需求取消',
  '预算不足',
  '产品不符',
  '交付周期',
  '服务不满意',
  '停业或搬迁',
  '联系不上',
  '其他',
];

const most = 50;

/** Reasons as they are stored; of equal ones the first is kept. Problems: LIST_LENGTH, those of checkText at their place. */
export function checkReasons(given: readonly string[]): Checked<string[]> {
  if (given.length === 0 || given.length > most)
    return refuse('LIST_LENGTH', `1 to ${most} entries`, `须为1至${most}项`);
  const kept = new Set<string>();
  const problems: Problem[] = [];
  for (const [i, text] of given.entries()) {
    const { value, problem } = checkText(plainText(text), { min: 1, max: 60 });
    if (problem) problems.push({ ...problem, at: [i] });
    else kept.add(value);
  }
  const [problem, ...others] = problems;
  return problem ? { problem, others } : accept([...kept]);
}

/** One of the reasons, as it is written in the settings. Problem: NOT_ONE_OF. */
export function checkReason(text: string, reasons: readonly string[]): Checked<string> {
  const plain = (word: string) => plainText(word).toLowerCase();
  const found = reasons.find((reason) => plain(reason) === plain(text));
  if (found !== undefined) return accept(found);
  return refuse('NOT_ONE_OF', `Must be one of ${reasons.join(', ')}`, `须为以下之一：${reasons.join('、')}`);
}
