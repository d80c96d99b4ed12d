import { isProvisional, type Span, type WorkingCalendar, workingSpans } from './calendar.ts';

/**
 * How a time allowed is counted. ELAPSED: by the clock, day and night. ELAPSED_ROLLED: the same, and what would be due
 * while nobody works is due when work begins again. WORKING: working hours alone.
 */
export type Counting = 'ELAPSED' | 'ELAPSED_ROLLED' | 'WORKING';

/** Time that is not counted, such as waiting for the customer. */
export interface Pause {
  from: Date;
  /** Null while it lasts. */
  until: Date | null;
}

export interface Due {
  at: Date;
  /** Days were counted whose holidays are not announced yet: it may become another time. */
  isProvisional: boolean;
}

interface DueOptions {
  start: Date;
  durationMs: number;
  counting: Counting;
  calendar: WorkingCalendar;
  /** In any order; those that overlap count once. Default: none. */
  pauses?: readonly Pause[];
}

/** How far ahead working hours are looked for. */
const horizonMs = 10 * 366 * 86_400_000;

/**
 * The first instant by which the duration has been counted. Null while a pause lasts, and where the calendar has too
 * few working hours in the next ten years.
 */
export function dueAt({ start, durationMs, counting, calendar, pauses = [] }: DueOptions): Due | null {
  const fromMs = start.getTime();
  const counted =
    counting === 'WORKING'
      ? workingSpans(calendar, fromMs, fromMs + horizonMs)
      : [{ fromMs, untilMs: Number.POSITIVE_INFINITY }];
  const countedMs = durationMs <= 0 ? fromMs : endOf(durationMs, withoutPauses(counted, pauses));
  if (countedMs === null) return null;
  if (counting === 'ELAPSED') return { at: new Date(countedMs), isProvisional: false };
  if (counting === 'WORKING') {
    return { at: new Date(countedMs), isProvisional: isProvisional(calendar, fromMs, countedMs) };
  }
  const at = nextWorkingMoment(calendar, new Date(countedMs));
  return at && { at, isProvisional: isProvisional(calendar, countedMs, at.getTime()) };
}

/**
 * The instant itself where it is within working hours, their last moment included, or else when work begins again. Null
 * where the calendar has no working hours in the next ten years.
 */
export function nextWorkingMoment(calendar: WorkingCalendar, at: Date): Date | null {
  const atMs = at.getTime();
  // From a moment earlier, so that the end of working hours is found.
  for (const { fromMs } of workingSpans(calendar, atMs - 1, atMs + horizonMs)) {
    return new Date(Math.max(fromMs, atMs));
  }
  return null;
}

/** When a duration has passed in these spans alone; null if they are shorter. */
function endOf(durationMs: number, spans: Iterable<Span>): number | null {
  let remainingMs = durationMs;
  for (const { fromMs, untilMs } of spans) {
    if (untilMs - fromMs >= remainingMs) return fromMs + remainingMs;
    remainingMs -= untilMs - fromMs;
  }
  return null;
}

/** What remains of spans, which are in order, outside the pauses. */
function* withoutPauses(spans: Iterable<Span>, pauses: readonly Pause[]): Generator<Span> {
  const ordered = pauses
    .map(({ from, until }) => ({
      fromMs: from.getTime(),
      untilMs: until?.getTime() ?? Number.POSITIVE_INFINITY,
    }))
    .filter(({ fromMs, untilMs }) => fromMs < untilMs)
    .sort((a, b) => a.fromMs - b.fromMs);
  for (const span of spans) {
    let { fromMs } = span;
    for (const pause of ordered) {
      if (pause.fromMs >= span.untilMs) break;
      if (pause.untilMs <= fromMs) continue;
      if (pause.fromMs > fromMs) yield { fromMs, untilMs: pause.fromMs };
      fromMs = pause.untilMs;
      // Nothing comes after a pause that lasts; ten years of working days need not be looked at.
      if (fromMs === Number.POSITIVE_INFINITY) return;
    }
    if (fromMs < span.untilMs) yield { fromMs, untilMs: span.untilMs };
  }
}
