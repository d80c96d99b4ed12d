import { accept, type Checked, refuse } from './checked.ts';
import { plainText } from './text.ts';

const DURATION =
  /^P(?=\d|T\d)(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?=\d)(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?$/;

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** A month of average length. */
const monthMs = 30.436875 * dayMs;
const unitsMs = [12 * monthMs, monthMs, 7 * dayMs, dayMs, hourMs, 60_000, 1000];

/** How long an ISO 8601 duration is, with months and years of average length. Throws for a text that is none. */
export function durationMs(text: string): number {
  const match = DURATION.exec(text);
  if (!match) throw new Error(`${text} is no duration.`);
  return unitsMs.reduce((sumMs, unitMs, index) => sumMs + unitMs * Number(match[index + 1] ?? 0), 0);
}

interface DurationBounds {
  min: string;
  max: string;
  /** Without months and years, which differ in length. Default false. */
  isExact?: boolean;
}

/** An ISO 8601 duration within bounds, such as PT24H. Problems: DURATION_FORMAT, OUT_OF_BOUNDS. */
export function checkDuration(text: string, { min, max, isExact = false }: DurationBounds): Checked<string> {
  const duration = plainText(text).toUpperCase();
  const match = DURATION.exec(duration);
  if (!match || (isExact && (match[1] || match[2]))) {
    const [english, chinese] = isExact
      ? ['Must be a duration without months, such as PT24H', '须为不含月份的时长，例如PT24H']
      : ['Must be a duration such as P2M', '须为时长，例如P2M'];
    return refuse('DURATION_FORMAT', english, chinese);
  }
  const ms = durationMs(duration);
  if (ms >= durationMs(min) && ms <= durationMs(max)) return accept(duration);
  return refuse('OUT_OF_BOUNDS', `Must be ${min} to ${max}`, `须在${min}至${max}之间`);
}

const unitWords = [
  ['year', '年'],
  ['month', '个月'],
  ['week', '周'],
  ['day', '天'],
  ['hour', '小时'],
  ['minute', '分钟'],
  ['second', '秒'],
] as const;

/** A duration in words: "P1Y6M" is 1年6个月, 1 year 6 months. Empty for a text that is none. */
export function durationWords(text: string): { ZH: string; EN: string } {
  const counts = DURATION.exec(text)?.slice(1) ?? [];
  const parts = counts.flatMap((count, i) => (count === undefined ? [] : [{ count, i }]));
  const words = (i: number) => unitWords[i] as (typeof unitWords)[number];
  return {
    ZH: parts.map(({ count, i }) => `${count}${words(i)[1]}`).join(''),
    EN: parts.map(({ count, i }) => `${count} ${words(i)[0]}${count === '1' ? '' : 's'}`).join(' '),
  };
}
