const dayMs = 86_400_000;

/** A stretch of time in which a zone's clocks are not changed. */
export interface OffsetSpan {
  fromMs: number;
  untilMs: number;
  /** How far local time is ahead of UTC. */
  offsetMs: number;
}

/** The stretches of one offset between two instants, in order, each at most a day long. */
export function* offsetSpans(timeZone: string, fromMs: number, untilMs: number): Generator<OffsetSpan> {
  let startMs = fromMs;
  while (startMs < untilMs) {
    const day = Math.floor(startMs / dayMs);
    const before = offsetAtDay(timeZone, day);
    const after = offsetAtDay(timeZone, day + 1);
    const endOfDayMs = (day + 1) * dayMs;
    // No zone changes its clocks twice within a day.
    const changeMs = before === after ? endOfDayMs : changeWithin(timeZone, day * dayMs, endOfDayMs);
    const isBefore = startMs < changeMs;
    const endMs = Math.min(isBefore ? changeMs : endOfDayMs, untilMs);
    yield { fromMs: startMs, untilMs: endMs, offsetMs: isBefore ? before : after };
    startMs = endMs;
  }
}

/** How far a zone's local time is ahead of UTC at an instant. */
export function offsetMs(timeZone: string, atMs: number): number {
  // Formatted to the second; instants before 1970 are rounded down too.
  const wholeMs = Math.floor(atMs / 1000) * 1000;
  return Date.parse(`${formatOf(timeZone).format(wholeMs).replace(' ', 'T')}Z`) - wholeMs;
}

/** The calendar date in a zone at an instant, YYYY-MM-DD. */
export const dateIn = (timeZone: string, at: Date): string =>
  new Date(at.getTime() + offsetMs(timeZone, at.getTime())).toISOString().slice(0, 10);

/** The instant between two at which the offset changes. */
function changeWithin(timeZone: string, fromMs: number, untilMs: number): number {
  const before = offsetMs(timeZone, fromMs);
  let [low, high] = [fromMs, untilMs];
  while (high - low > 1000) {
    const middle = Math.floor((low + high) / 2000) * 1000;
    if (offsetMs(timeZone, middle) === before) low = middle;
    else high = middle;
  }
  return high;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (!format) {
    // Swedish writes local time as ISO 8601 does.
    format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
    formats.set(timeZone, format);
  }
  return format;
}

const offsetsByZone = new Map<string, Map<number, number>>();
/** About a century of days per zone. */
const maxKnownDays = 40_000;

/** The offset at a UTC midnight. Cached: computing it takes a hundred times as long as the rest of a due time. */
function offsetAtDay(timeZone: string, day: number): number {
  const known = offsetsByZone.get(timeZone) ?? new Map<number, number>();
  offsetsByZone.set(timeZone, known);
  let offset = known.get(day);
  if (offset === undefined) {
    offset = offsetMs(timeZone, day * dayMs);
    if (known.size >= maxKnownDays) known.clear();
    known.set(day, offset);
  }
  return offset;
}
