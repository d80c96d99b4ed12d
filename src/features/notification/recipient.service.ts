import { eq } from 'drizzle-orm';
import { taskHolders } from '../../core/access/policy.ts';
import { withoutGrants } from '../../core/access/row-predicates.ts';
import type { Database } from '../../core/database/database.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { offsetMs } from '../../core/time/zone.ts';
import { employee } from '../../domains/employee/employee.table.ts';
import { findPreferences } from './notification.write.ts';

/** The recipient of a mail, as they are now; null if they can no longer have tasks. */
export async function findRecipient(db: Database, id: string, { language }: Pick<Settings, 'language'>) {
  const [person] = await db.select().from(employee).where(eq(employee.id, id));
  if (!person || person.disabledAt !== null || !taskHolders.includes(person.role)) return null;
  // What was granted to somebody they may look at; it does not leave the system.
  const reader = withoutGrants({ id: person.id, role: person.role });
  const preferences = await findPreferences(db, id);
  return { ...person, reader, preferences, locale: preferences.locale ?? language };
}

export type Recipient = NonNullable<Awaited<ReturnType<typeof findRecipient>>>;

const dayMs = 86_400_000;
const minuteMs = 60_000;

/** When quiet hours end in which an instant lies; null if it lies in none. They are on the wall, through the night too. */
export function endOfQuiet(
  { quietFrom, quietUntil }: { quietFrom: number; quietUntil: number },
  timeZone: string,
  now: Date,
): Date | null {
  const wallMs = now.getTime() + offsetMs(timeZone, now.getTime());
  const sinceMidnightMs = ((wallMs % dayMs) + dayMs) % dayMs;
  const minutes = sinceMidnightMs / minuteMs;
  const isQuiet =
    quietFrom <= quietUntil
      ? minutes >= quietFrom && minutes < quietUntil
      : minutes >= quietFrom || minutes < quietUntil;
  if (!isQuiet) return null;
  const days = minutes < quietUntil ? 0 : 1;
  const endWallMs = wallMs - sinceMidnightMs + days * dayMs + quietUntil * minuteMs;
  // The clocks may be changed during the night.
  const guessMs = endWallMs - offsetMs(timeZone, now.getTime());
  return new Date(endWallMs - offsetMs(timeZone, guessMs));
}
