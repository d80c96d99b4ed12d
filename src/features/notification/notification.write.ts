import { eq, sql } from 'drizzle-orm';
import type { Database } from '../../core/database/database.ts';
import { badInput, type Issue } from '../../core/errors.ts';
import type { Locale } from '../../core/model/label.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { checkClock, clockText, minutesOf } from '../../core/validation/clock.ts';
import { TaskKind } from '../../domains/task/task.table.ts';
import { notificationPreference } from './notification.table.ts';

type Row = Omit<typeof notificationPreference.$inferSelect, 'employeeId' | 'updatedAt'>;

/** As they are published. */
export interface Preferences {
  digest: boolean;
  mailedKinds: TaskKind[];
  locale: Locale;
  /** HH:MM. */
  quietFrom: string;
  quietUntil: string;
}
/** An absent one is left alone, null brings its default back. */
export type PreferenceChanges = { [Name in keyof Preferences]?: Preferences[Name] | null };

/** What holds for whoever has set nothing: as the columns' defaults. */
const initial: Row = {
  digest: true,
  mailedKinds: [],
  locale: null,
  quietFrom: 21 * 60,
  quietUntil: 8 * 60,
};

/** What an employee has set, or what holds otherwise. */
export async function findPreferences(db: Database, employeeId: string): Promise<Row> {
  const [row] = await db
    .select()
    .from(notificationPreference)
    .where(eq(notificationPreference.employeeId, employeeId));
  return row ?? initial;
}

export const published = (row: Row, { language }: Pick<Settings, 'language'>): Preferences => ({
  ...row,
  locale: row.locale ?? language,
  mailedKinds: row.mailedKinds as TaskKind[],
  quietFrom: clockText(row.quietFrom),
  quietUntil: clockText(row.quietUntil),
});

/** Changes how an employee hears of tasks. Errors: BAD_USER_INPUT naming every violation. */
export async function updatePreferences(
  db: Database,
  employeeId: string,
  input: PreferenceChanges,
): Promise<void> {
  const issues: Issue[] = [];
  const minutes = (name: 'quietFrom' | 'quietUntil'): number | undefined => {
    const given = input[name];
    if (given === undefined) return undefined;
    if (given === null) return initial[name];
    const { value, problem } = checkClock(given);
    if (problem) issues.push({ path: ['input', name], ...problem });
    return minutesOf(value ?? '') ?? undefined;
  };
  const { mailedKinds } = input;
  const changes = {
    digest: input.digest === null ? initial.digest : input.digest,
    locale: input.locale,
    // In the order of the enumeration, each once.
    mailedKinds:
      mailedKinds === undefined
        ? undefined
        : Object.values(TaskKind).filter((kind) => mailedKinds?.includes(kind)),
    quietFrom: minutes('quietFrom'),
    quietUntil: minutes('quietUntil'),
  };
  if (issues.length > 0) throw badInput(issues);
  await db
    .insert(notificationPreference)
    .values({ employeeId, ...changes })
    .onConflictDoUpdate({
      target: notificationPreference.employeeId,
      set: { ...changes, updatedAt: sql`business_now()` },
    });
}

/** What a mail is sent for: the day's tasks, or a kind of task. */
export type Topic = 'DIGEST' | TaskKind;

/** Begins or ends the mails about something. */
export function muteTopics(
  db: Database,
  employeeId: string,
  topics: readonly Topic[],
  isMuted: boolean,
): Promise<void> {
  const kinds = topics.filter((topic) => topic !== 'DIGEST');
  return db.transaction(async (tx) => {
    // Links of two mails, followed at once, each change what the other left.
    await tx.execute(sql`select from employee where id = ${employeeId}::uuid for no key update`);
    const { mailedKinds } = await findPreferences(tx, employeeId);
    await updatePreferences(tx, employeeId, {
      ...(topics.includes('DIGEST') && { digest: !isMuted }),
      mailedKinds: [
        ...mailedKinds.filter((kind) => !kinds.includes(kind as TaskKind)),
        ...(isMuted ? [] : kinds),
      ] as TaskKind[],
    });
  });
}
