/** The filters of a statement, and the conditions in them on fields of logged classes, with the field's name. */
interface WrittenQuery {
  filters: Iterable<unknown>;
  conditions: ReadonlyMap<unknown, string>;
}

/** Maximum length of a logged query, in characters; the note that it is cut comes on top. */
const maxQueryLength = 1_000;
/** Maximum length of one condition where not all of them fit. */
const maxConditionLength = 200;

/**
 * The query of a statement as the access log keeps it: the rows it names, then its filters as they were written.
 *
 * What is too long says that it is cut, and begins with the conditions on logged fields: one of each field, then the
 * second of each, so that neither other conditions nor many on one field push out the one on another.
 */
export function loggedQuery(rowIds: readonly string[], { filters, conditions }: WrittenQuery): string {
  const whole = [...rowIds, ...[...filters].map((filter) => JSON.stringify(filter))].join(' ');
  if (whole.length <= maxQueryLength) return whole;
  const first = inTurn(conditions).map((condition) => clipped(condition, maxConditionLength));
  return `${clipped([...first, whole].join(' '), maxQueryLength)} [cut: ${conditions.size} conditions on logged fields, ${whole.length} characters in all]`;
}

/** The conditions with their fields: the first of each field, then the second of each, and so on. */
function inTurn(conditions: WrittenQuery['conditions']): string[] {
  const occurrences = new Map<string, number>();
  return [...conditions]
    .map(([condition, field]) => {
      const occurrence = occurrences.get(field) ?? 0;
      occurrences.set(field, occurrence + 1);
      return { occurrence, text: `${field} ${JSON.stringify(condition)}` };
    })
    .sort((a, b) => a.occurrence - b.occurrence)
    .map(({ text }) => text);
}

/** Cut between characters: the database takes no half of one. */
const clipped = (text: string, length: number): string =>
  text.length <= length ? text : `${Buffer.from(text.slice(0, length)).toString()}…`;
