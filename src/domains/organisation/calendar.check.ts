import type { Issue } from '../../core/errors.ts';
import { minutesOf } from '../../core/validation/clock.ts';

/** Hours as clients write them: "09:00" to "24:00". */
export interface ClockInterval {
  from: string;
  to: string;
}
interface MinuteInterval {
  from: number;
  to: number;
}

/** Most stretches of work in one day. */
export const maxIntervals = 10;
/** Most days in one request. */
export const maxDays = 400;

/** The hours of a day in order. Adds what is wrong to `issues`: CLOCK_FORMAT, HOURS_REVERSED, HOURS_OVERLAP, TOO_MANY. */
export function checkIntervals(
  given: readonly ClockInterval[],
  path: (string | number)[],
  issues: Issue[],
): MinuteInterval[] {
  const refuse = (at: (string | number)[], code: string, message: string) =>
    issues.push({ path: [...path, ...at], code, message });
  if (given.length > maxIntervals) {
    refuse([], 'TOO_MANY', `At most ${maxIntervals} stretches a day. (每天最多 ${maxIntervals} 个时段。)`);
    return [];
  }
  const read: MinuteInterval[] = [];
  for (const [i, interval] of given.entries()) {
    const [from, to] = [minutesOf(interval.from), minutesOf(interval.to)];
    for (const [side, minutes] of Object.entries({ from, to })) {
      if (minutes === null)
        refuse([i, side], 'CLOCK_FORMAT', 'Must be a time of day such as 09:00. (须为时刻，例如 09:00。)');
    }
    if (from === null || to === null) continue;
    if (from >= to) refuse([i], 'HOURS_REVERSED', 'Must end after it begins. (结束时刻须晚于开始时刻。)');
    else read.push({ from, to });
  }
  const ordered = read.sort((a, b) => a.from - b.from);
  if (ordered.some(({ from }, i) => i > 0 && from < (ordered[i - 1]?.to ?? 0)))
    refuse([], 'HOURS_OVERLAP', 'Stretches of a day must not overlap. (同一天的时段不能重叠。)');
  return ordered;
}

/** The hours of a week, Monday first. Adds what is wrong to `issues`: WEEK_LENGTH, NO_HOURS and those of {@link checkIntervals}. */
export function checkWeek(
  given: readonly (readonly ClockInterval[])[],
  path: (string | number)[],
  issues: Issue[],
): MinuteInterval[][] {
  if (given.length !== 7) {
    const message = 'A week has seven days, Monday first. (须给出七天，周一在前。)';
    issues.push({ path, code: 'WEEK_LENGTH', message });
    return [];
  }
  // Nothing would ever be due, and nothing escalated by working hours.
  if (given.every((intervals) => intervals.length === 0)) {
    const message = 'Somebody must work at some time of the week. (一周内须有工作时段。)';
    issues.push({ path, code: 'NO_HOURS', message });
  }
  return given.map((intervals, day) => checkIntervals(intervals, [...path, day], issues));
}
