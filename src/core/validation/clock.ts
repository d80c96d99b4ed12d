import { accept, type Checked, refuse } from './checked.ts';

const CLOCK = /^(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/;

/** Minutes since midnight of "09:00" to "24:00"; null for no time of day. */
export function minutesOf(text: string): number | null {
  const match = CLOCK.exec(text);
  if (!match) return null;
  return match[1] === undefined ? 1440 : Number(match[1]) * 60 + Number(match[2]);
}

/** Minutes since midnight as "09:00". */
export const clockText = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

/** A time of day at which something begins: 00:00 to 23:59. */
export function checkClock(text: string): Checked<string> {
  const minutes = minutesOf(text.trim());
  if (minutes === null || minutes === 1440)
    return refuse('CLOCK_FORMAT', 'Must be a time of day, 00:00 to 23:59', '须为 00:00 至 23:59 的时刻');
  return accept(clockText(minutes));
}
