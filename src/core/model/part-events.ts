import { type IdPrefix, idWords } from '../graphql/schema/type-id.ts';

/** A kind of event in the log, and what it means. */
export interface EventWord {
  /** As in `CustomerFileEventType`. */
  type: string;
  /** "English. (中文)" */
  description: string;
}

/** What can happen to a row of a file. `event_type()` in the database says the same; the start compares them. */
export type PartEvents = Record<'added' | 'changed' | 'removed', EventWord>;

/** The words that differ from the default. */
export type EventOptions = Partial<Record<keyof PartEvents, Partial<EventWord>>>;

/** NEED_ADDED, "A need was added. (新增需求)", and so on, where nothing else is declared. */
export function partEventsOf(tableName: string, prefix: IdPrefix, options: EventOptions = {}): PartEvents {
  const [english, chinese] = idWords(prefix);
  const noun = `${/^[aeiou]/.test(english) ? 'An' : 'A'} ${english}`;
  const name = tableName.toUpperCase();
  return {
    added: { type: `${name}_ADDED`, description: `${noun} was added. (新增${chinese})`, ...options.added },
    changed: {
      type: `${name}_CHANGED`,
      description: `${noun} changed. (${chinese}变更)`,
      ...options.changed,
    },
    removed: {
      type: `${name}_REMOVED`,
      description: `${noun} was removed. (删除${chinese})`,
      ...options.removed,
    },
  };
}
