import type { Reader } from '../../core/access/row-predicates.ts';
import type { Database } from '../../core/database/database.ts';
import type { Issue } from '../../core/errors.ts';
import { type Match, matchWords } from '../../domains/customer/duplicate-words.ts';
import { findMatches, pathOf } from '../../domains/customer/likely-duplicate.service.ts';
import type { RecordType } from './record-type.ts';

/** A record that was just made. */
interface Made {
  id: string;
  values: Record<string, unknown>;
}

/**
 * What looks like each of these new records: of files that the reader may see a warning, of others only their number.
 * Of those nothing else is disclosed, since a file could hold any number of guesses. At most one statement.
 */
export async function findDuplicates(
  tx: Database,
  reader: Reader | null,
  { identityOf }: RecordType,
  made: readonly Made[],
): Promise<{ warnings: Map<string, Issue[]>; elsewhere: number }> {
  const warnings = new Map<string, Issue[]>();
  if (!identityOf || made.length === 0) return { warnings, elsewhere: 0 };
  const identities = made.map(({ id, values }, place) => ({ ...identityOf(id, values), place }));
  const matches = await findMatches(tx, reader, identities);
  const seen = new Map<string, Match[]>();
  for (const match of matches.filter(({ isSeen }) => isSeen)) {
    const key = `${match.place} ${match.field}`;
    seen.set(key, [...(seen.get(key) ?? []), match]);
  }
  for (const same of seen.values()) {
    const { place, field } = same[0] as Match;
    const { id } = made[place] as Made;
    const issue = { path: [pathOf[field]], code: 'LIKELY_DUPLICATE', message: matchWords(field, same) };
    warnings.set(id, [...(warnings.get(id) ?? []), issue]);
  }
  return { warnings, elsewhere: matches.filter(({ isSeen }) => !isSeen).length };
}
