import { type IdPrefix, idWords, nounWithArticle } from '../graphql/schema/type-id.ts';

/** An event type in the log, and its meaning. */
export interface EventWord {
  /** A value of `CustomerFileEventType`. */
  type: string;
  /** "English. (中文)" */
  description: string;
}

/** The events of a row of a file. `event_type()` in the database must agree; they are compared at start. */
export type PartEvents = Record<'added' | 'changed' | 'removed', EventWord>;

/** The parts that differ from the default. */
export type EventOptions = Partial<Record<keyof PartEvents, Partial<EventWord>>>;

/** Defaults to NEED_ADDED, "A need was added. (新增需求)", and so on. */
export function partEventsOf(tableName: string, prefix: IdPrefix, options: EventOptions = {}): PartEvents {
  const [, chinese] = idWords(prefix);
  const noun = nounWithArticle(prefix).replace(/^a/, 'A');
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
