import { isDeepStrictEqual } from 'node:util';
import { sql } from 'drizzle-orm';
import { type Actor, originOf } from '../../core/access/write-policy.ts';
import { type Database, queryJson, writeAs } from '../../core/database/database.ts';
import {
  badInput,
  futureVersion,
  type Issue,
  staleVersion,
  type VersionConflict,
} from '../../core/errors.ts';
import { encodeId } from '../../core/graphql/schema/type-id.ts';
import { readSettings } from '../../core/settings/live-settings.ts';
import { type SettingName, type Settings, settingNames, settings } from '../../core/settings/settings.ts';
import { accept, type Checked } from '../../core/validation/checked.ts';

const path = ['input'];

type Values = Partial<Record<SettingName, unknown>>;

/**
 * Changes settings; for administrators. An absent one is left alone, null brings the default back; a change to what holds
 * already leaves no trace.
 *
 * Errors: BAD_USER_INPUT naming every violation, CONFLICT for a setting that was changed since the version the client has
 * read.
 */
export function updateSettings(
  db: Database,
  actor: Actor,
  { expectedVersion, ...input }: { expectedVersion: number } & Values,
): Promise<void> {
  const { values, issues } = checkSettings(input);
  return writeAs(db, originOf(actor), async (tx) => {
    if (values.timeZone && !(await isKnownZone(tx, String(values.timeZone)))) issues.push(unknownZone);
    if (issues.length > 0) throw badInput(issues);
    await tx.execute(sql`select from settings for update`);
    const held = await readSettings(tx);
    await requireUnchanged(tx, held, values, expectedVersion);
    const changed = Object.fromEntries(
      Object.entries(values).filter(([name, value]) => !isDeepStrictEqual(held[name as SettingName], value)),
    );
    if (Object.keys(changed).length === 0) return;
    actor.warnings?.push(...warningsOf(changed));
    await tx.execute(sql`update settings set content = content || ${JSON.stringify(changed)}::text::jsonb`);
  });
}

/** Each setting of an input in its stored form, and every violation. */
function checkSettings(input: Values): { values: Values; issues: Issue[] } {
  const values: Values = {};
  const issues: Issue[] = [];
  for (const name of settingNames) {
    const given = input[name];
    if (given === undefined) continue;
    const { initial, check } = settings[name];
    const { value, problem, ...rest } = given === null ? accept(initial) : (check as Check)(given);
    const others = 'others' in rest ? (rest.others ?? []) : [];
    if (!problem) values[name] = value;
    else
      for (const { at = [], code, message } of [problem, ...others])
        issues.push({ path: [...path, name, ...at], code, message });
  }
  return { values, issues };
}

type Check = (given: unknown) => Checked<unknown>;

const unknownZone: Issue = {
  path: [...path, 'timeZone'],
  code: 'TIME_ZONE_UNKNOWN',
  message: 'The database does not know this time zone. (数据库不支持该时区。)',
};

const isKnownZone = (tx: Database, zone: string): Promise<boolean> =>
  queryJson(
    tx,
    sql`select to_json(exists (select from pg_timezone_names where lower(name) = lower(${zone}::text)))`,
  );

interface Since {
  field: SettingName;
  actor: { id: string; name: string } | null;
  occurredAt: string;
}

/** Errors: CONFLICT naming the written settings that have another value since that version. */
async function requireUnchanged(
  tx: Database,
  held: Settings,
  values: Values,
  expectedVersion: number,
): Promise<void> {
  if (expectedVersion > held.version) throw futureVersion(held.version, expectedVersion);
  if (expectedVersion === held.version) return;
  const since = await queryJson<Since[]>(
    tx,
    sql`select coalesce(json_agg(c), '[]') from (
          select distinct on (c.field) c.field, c.occurred_at as "occurredAt",
            case when e.id is not null then json_build_object('id', e.id, 'name', e.name) end as actor
          from scoped_change c left join employee e on e.id = c.actor_id
          where c.subject = 'settings' and c.version > ${expectedVersion}
          order by c.field, c.version desc) c`,
  );
  const conflicts = since
    .filter(({ field }) => values[field] !== undefined && !isDeepStrictEqual(values[field], held[field]))
    .map(
      ({ field, actor, occurredAt }): VersionConflict => ({
        field,
        entityType: 'Settings',
        entityId: 'settings',
        actor: actor && { id: encodeId('emp', actor.id), name: actor.name },
        occurredAt: new Date(occurredAt).toISOString(),
        value: held[field],
        withheld: false,
      }),
    );
  if (conflicts.length > 0) throw staleVersion(held.version, undefined, conflicts);
}

function warningsOf(changed: Values): Issue[] {
  if (changed.currency === undefined) return [];
  return [
    {
      path: [...path, 'currency'],
      code: 'AMOUNTS_READ_OTHERWISE',
      message:
        'Amounts without a currency of their own, such as credit limits and revenues, are read in the new one; none is converted. (信用额度、年收入等未注明币种的金额改按新币种解读，不作换算。)',
    },
  ];
}
