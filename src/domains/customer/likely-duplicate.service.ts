import { sql } from 'drizzle-orm';
import { readsOfParts } from '../../core/access/access-log-port.ts';
import { asSql, isVisible, type Reader, readable } from '../../core/access/row-predicates.ts';
import type { Actor } from '../../core/access/write-policy.ts';
import type { Database } from '../../core/database/database.ts';
import type { Issue } from '../../core/errors.ts';
import { fileColumnsOf } from '../../core/model/read-context.ts';
import { mayLookUp } from '../directory/lookup-limit.ts';
import { type Identity, type Match, type MatchedField, matchWords } from './duplicate-words.ts';

/** Most matches of one value that are mentioned. */
const maxMentioned = 3;
/** Most rows with one value that are considered: a thousand contacts may share an address of a reception. */
const maxConsidered = 20;

/**
 * Files and contacts that have a name, mobile number or e-mail address of the given ones, and are not those themselves: at
 * most {@link maxMentioned} per value, those the reader may read first. Without a reader everything may be read. Names are
 * compared as searches read them, whatever their width, case, brackets and form of Chinese letters.
 *
 * One statement; each value is looked up in an index.
 */
export async function findMatches(
  tx: Database,
  reader: Reader | null,
  identities: readonly Identity[],
): Promise<Match[]> {
  const file = fileColumnsOf('c');
  const seen = (access: 'card' | 'contact') =>
    reader
      ? sql`(${asSql(isVisible(reader, file))} and ${asSql(readable(reader, access, file))}) is true`
      : sql`true`;
  const shown = sql`c.id as "fileId", c.file_number as "fileNumber", coalesce(c.name, c.short_name) as name, o.name as owner,
    c.archived_at is null as "isActive"`;
  const first = sql`order by "isSeen" desc, c.id limit ${maxMentioned}::int`;
  const inContacts = (of: ReturnType<typeof sql>, condition: ReturnType<typeof sql>) => sql`
    select given.place, ${of} as field, found.* from given cross join lateral (
      select ${shown}, ${seen('contact')} as "isSeen", p.name as contact, c.id = given."fileId" as "isInFile"
      from (select p.customer_id, p.name from contact p
            where ${condition} and p.id is distinct from given."contactId" limit ${maxConsidered}::int) p
           join customer c on c.id = p.customer_id join employee o on o.id = c.owner_id
      ${first}) found`;
  return tx.execute<Match & Record<string, unknown>>(sql`
    with given as materialized (
      select g.*, case when name is not null then sort_key(name) end as "nameKey",
             case when person is not null then sort_key(person) end as "personKey"
      from jsonb_to_recordset(${JSON.stringify(identities)}::text::jsonb)
        as g (place integer, "fileId" uuid, "contactId" uuid, name text, person text, mobile text, email text))
    select given.place, 'name' as field, found.* from given cross join lateral (
      select ${shown}, ${seen('card')} as "isSeen", null::text as contact, false as "isInFile"
      from (select c.* from customer c where c.name_key = given."nameKey" and c.name is not null
              and c.id is distinct from given."fileId" limit ${maxConsidered}::int) c
           join employee o on o.id = c.owner_id
      ${first}) found
    union all ${inContacts(sql`'mobile'`, sql`p.mobile = given.mobile`)}
    union all ${inContacts(sql`'email'`, sql`lower(p.email) = lower(given.email)`)}
    -- Found by the file: an index of names would find everybody who is called so.
    union all ${inContacts(sql`'person'`, sql`p.customer_id = given."fileId" and p.name_key || '' = given."personKey"`)}
    order by 1, 2`);
}

/**
 * Warns whoever writes of files that may be the same: of those they may read, by name; of others what the directory
 * would show, that there is a file and who keeps it, and only for a whole name or mobile number that was typed in. What is
 * disclosed of those counts as a look-up and is logged as one; beyond the limit of look-ups nothing is.
 */
export async function warnOfDuplicates(
  tx: Database,
  actor: Actor,
  identity: Identity,
  at: Issue['path'],
): Promise<void> {
  const { warnings, viewer } = actor;
  const { name, mobile, email, person } = identity;
  if (!warnings || [name, mobile, email, person].every((text) => text == null)) return;
  const matches = await findMatches(tx, viewer, [identity]);
  const seen = await logged(
    actor,
    matches.filter(({ isSeen }) => isSeen),
  );
  const hidden = matches.filter(
    ({ isSeen, isActive, field }) => !isSeen && isActive && (field === 'name' || field === 'mobile'),
  );
  const others = hidden.length > 0 && (await mayLookUp(tx, actor)) ? hidden : [];
  if (others.length > 0) {
    actor.noteLookup?.({
      search: [...new Set(others.map(({ field }) => (field === 'name' ? name : mobile)))].join(' '),
      customerIds: [...new Set(others.map(({ fileId }) => fileId))],
      fields: ['DirectoryCard.companyName', 'DirectoryCard.ownerName'],
    });
  }
  for (const [found, code] of [
    [seen, 'LIKELY_DUPLICATE'],
    [others, 'DUPLICATE_ELSEWHERE'],
  ] as const) {
    for (const field of new Set(found.map((match) => match.field))) {
      const same = found.filter((match) => match.field === field);
      warnings.push({ path: [...at, pathOf[field]], code, message: matchWords(field, same) });
    }
  }
}

/** Where a warning about a value stands. */
export const pathOf: Record<MatchedField, string> = {
  name: 'name',
  mobile: 'mobile',
  email: 'email',
  person: 'name',
};

/** The matches whose reading of colleagues' files is in the access log. */
async function logged({ noteReads }: Actor, matches: readonly Match[]): Promise<Match[]> {
  const byContact = matches.filter(({ field, isInFile }) => field !== 'name' && !isInFile);
  if (byContact.length === 0 || !noteReads) return [...matches];
  const fields = [...new Set(byContact.map(({ field }) => `Contact.${field}`))];
  const reads = readsOfParts([{ access: 'contact', fields }], new Set(byContact.map(({ fileId }) => fileId)));
  const lost = await noteReads([reads]);
  return lost.includes('contact') ? matches.filter((match) => !byContact.includes(match)) : [...matches];
}
