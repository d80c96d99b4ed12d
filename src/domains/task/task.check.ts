import { type Checked, refuse } from '../../core/validation/checked.ts';
import { checkOneOf } from '../../core/validation/code.ts';
import { checkInstant } from '../../core/validation/date.ts';
import { defaulted, optional, optionalText, required, requiredText } from '../../core/validation/fields.ts';
import { TaskKind } from './task.table.ts';

/** Longest time that a task may be put off, in days. */
const maxSnoozeDays = 90;
const dayMs = 24 * 60 * 60_000;

/** When a task may be due. Problems: those of checkInstant, DUE_OUT_OF_BOUNDS for years that nobody means. */
function checkDueTime(text: string): Checked<string> {
  const checked = checkInstant(text);
  const year = checked.problem ? 2000 : new Date(checked.value).getUTCFullYear();
  if (year >= 2000 && year < 2100) return checked;
  return refuse('DUE_OUT_OF_BOUNDS', 'Must lie in the years 2000 to 2099', '须在2000年至2099年之间');
}

/** What a person may set of a task. */
export const taskRules = {
  title: requiredText(200),
  kind: defaulted(checkOneOf(TaskKind)),
  dueAt: optional(checkDueTime),
};

export const outcomeRules = { outcome: optionalText(1000, { multiline: true }) };
export const reasonRules = { reason: requiredText(1000, { multiline: true }) };

/** Until when a task may be put off at a moment. Problems: those of checkInstant, UNTIL_OUT_OF_BOUNDS. */
export const snoozeRulesAt = (now: Date) => ({
  until: required((value: string) => {
    const checked = checkInstant(value);
    if (checked.problem) return checked;
    const leftMs = Date.parse(checked.value) - now.getTime();
    if (leftMs > 0 && leftMs <= maxSnoozeDays * dayMs) return checked;
    return refuse(
      'UNTIL_OUT_OF_BOUNDS',
      `Must lie ahead, at most ${maxSnoozeDays} days`,
      `须在未来${maxSnoozeDays}天之内`,
    );
  }),
});
