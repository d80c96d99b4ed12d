import type { SQL } from 'drizzle-orm';
import type { Settings } from '../../core/settings/settings.ts';
import type { Counting } from '../../core/time/due.ts';
import type { TaskKind } from '../../domains/task/task.table.ts';

/** Settings that say how soon something is due. */
const dueSettings = ['changeDueWithin', 'needDueWithin'] as const;
export type DueSetting = (typeof dueSettings)[number];

/** Whether a time is a setting's, and not a duration of its own. */
export const isSetting = (within: string): within is DueSetting =>
  (dueSettings as readonly string[]).includes(within);

/** For which files, and at which moment, a rule is evaluated. */
export interface RuleScope {
  /** A `uuid[]`; null for all files. */
  files: SQL | null;
  /** Business time, a `timestamptz`. */
  now: SQL;
  /** The day it is then in the organisation's time zone, a `date`. */
  today: SQL;
  /** The organisation's, an IANA name. */
  timeZone: SQL;
  settings: RuleSettings;
}

/** What rules depend on. */
export type RuleSettings = Pick<
  Settings,
  'timeZone' | 'language' | 'stageTransitions' | 'followUps' | 'inactiveAfter' | DueSetting
>;

/**
 * A rule that opens tasks, and closes them again: all that there is to say of one.
 *
 * It is evaluated for a file whenever something in the file changed that it watches, and for all files once a minute if it
 * goes by time; so a rule only says for what there is a reason now, never what has just happened.
 */
export interface TaskRule {
  /** Kept with each task, also when the rule is gone: never changed. */
  name: string;
  kind: TaskKind;
  /** Without details of the customer. English, then Chinese; written in the organisation's language. */
  title: string;
  /** What closes a task whose reason is gone; its outcome. English, then Chinese, as the title. */
  closes: string;
  /** How long after its reason a task is due, a setting or an ISO 8601 duration, where the reason does not name the time. */
  due: { within: DueSetting | string; counting: Counting };
  /** Tables in files whose changes may make or end a reason. */
  watches: readonly string[];
  /** A reason can come or go by the passing of time alone. */
  isTimed: boolean;
  /**
   * A reason can also end with what is no event of the file: its open tasks are looked at every minute, to be closed. Needs
   * `holds`. Default false.
   */
  endsUnnoticed?: boolean;
  /**
   * Its tasks are in no file, because whoever reads a file's tasks may not know of them: who has a grant on it, when a
   * birthday is. Only who is to do one sees it, and the leaders of these. Needs `holds`. Default false.
   */
  isOutsideFile?: boolean;
  /**
   * The reasons there are now, by the columns of {@link Reason}; null for a rule whose tasks are opened otherwise. A second
   * task for the same subject is opened only on another occasion, and only when the first is settled.
   */
  reasons: ((scope: RuleScope) => SQL) | null;
  /** Whether the open task `t` still has its reason, where that is not what `reasons` says. */
  holds?: (scope: RuleScope) => SQL;
}

/** A reason for a task. */
export interface Reason {
  customer_id: string;
  subject_prefix: string;
  subject_id: string;
  occasion: string;
  since: string;
  /** Null for the owner of the file. */
  assignee_id: string | null;
  /** Columns that are missing or changed. */
  fields: string[] | null;
  /** Null for what the rule says. */
  due_at: string | null;
  /** What is to be done in detail, for who may read personal data of the file. */
  reported?: string | null;
}
