import { getTableName, sql } from 'drizzle-orm';
import { type Database, queryJson } from './core/database/database.ts';
import { texts } from './core/database/rows.ts';
import { historyField, isRecorded } from './core/model/history-field.ts';
import type { Model } from './core/model/model.types.ts';
import {
  allModels,
  fileModels,
  linkedRelations,
  notedTables,
  partEventWords,
  rowAccessOf,
} from './core/model/registry.ts';
import { asOfTables } from './domains/customer/customer-as-of.service.ts';
import { completenessEpoch } from './domains/customer/file-figure.table.ts';
import { CustomerFileEventType, seenAs } from './features/event/customer-file-event.enums.ts';
import { isWatched } from './features/membership/rule-dependencies.ts';

/** Notes that the figures of all files are by other requirements now. */
const sweepTable = getTableName(completenessEpoch);

/** The triggers of a table, by the SQL function that attaches them: see the end of drizzle/0002_capture.sql. */
const capture = ['capture_insert', 'capture_update', 'capture_delete', 'refuse_truncate'];
const triggersBy = {
  capture_part: ['touch_row', ...capture],
  capture_only: capture,
  capture_link: [
    'capture_insert',
    'capture_update_from',
    'capture_update_to',
    'capture_delete',
    'refuse_truncate',
  ],
  note_reference: ['note_reference_change', 'note_reference_insert', 'note_reference_delete'],
  note_list: ['note_list_insert', 'note_list_delete'],
  note_sweep: ['note_reference_change'],
};

/** A table whose changes the database must capture, and the event types it must use. */
interface Watched {
  /** The model or relation that declares it. */
  name: string;
  table: string;
  by: keyof typeof triggersBy;
  /** Event types for a row added, changed or removed; null where there is none. */
  words: (string | null)[] | null;
  overwritten: string[];
}

/** The same, as found in the database. */
interface Found {
  triggers: Record<string, string[]>;
  words: Record<string, string[]>;
  overwritten: Record<string, string[]>;
}

/**
 * Compares the declarations of the models with the database and with everything derived from them: a part of a file
 * whose changes would be silently lost or not delivered stops the server. One statement.
 *
 * @throws with the name of every such model or table, and what it lacks.
 */
export async function requireWholeModels(db: Database): Promise<void> {
  const watched = watchedTables();
  const found = await readCapture(
    db,
    watched.map(({ table }) => table),
  );
  const faults = [
    ...watched.flatMap((one) => captureFaults(one, found)),
    ...undeclared(watched, found),
    ...fileModels().flatMap(readerFaults),
    ...linkedRelations().flatMap(({ field, link }) =>
      historyField(link.tableName, link.targetColumn) ? [] : [`Customer.${field} is not in the history`],
    ),
    ...wordFaults(),
  ];
  if (faults.length > 0)
    throw new Error(`The models and the database disagree (模型与数据库不一致): ${faults.join('; ')}.`);
}

function watchedTables(): Watched[] {
  const models = allModels().filter(({ kind }) => kind !== 'scoped');
  const noted = notedTables().map((table): Watched => {
    const model = allModels().find(({ tableName }) => tableName === table);
    const by = model ? 'note_reference' : table === sweepTable ? 'note_sweep' : 'note_list';
    return { name: model?.name ?? table, table, by, words: null, overwritten: [] };
  });
  const captured = models.map(
    ({ name, kind, tableName, events, attributes }): Watched => ({
      name,
      table: tableName,
      by: kind === 'captured' ? 'capture_only' : 'capture_part',
      words: events && [events.added.type, events.changed.type, events.removed.type],
      overwritten: [...attributes.values()]
        .filter(({ history }) => history === 'OVERWRITE')
        .map(({ column }) => column.name),
    }),
  );
  const linked = linkedRelations().map(
    ({ field, link }): Watched => ({
      name: `Customer.${field}`,
      table: link.tableName,
      by: 'capture_link',
      words: [link.events.added.type, null, link.events.removed.type],
      overwritten: [],
    }),
  );
  return [...captured, ...linked, ...noted];
}

const readCapture = (db: Database, tables: readonly string[]): Promise<Found> =>
  queryJson<Found>(
    db,
    sql`with subject as (select unnest(${texts(tables)}) as name)
      select json_build_object(
        'triggers', (select coalesce(json_object_agg(name, triggers), '{}') from (
          select c.relname as name, json_agg(t.tgname) as triggers from pg_trigger t join pg_class c on c.oid = t.tgrelid
          where c.relnamespace = 'public'::regnamespace and not t.tgisinternal and t.tgenabled in ('O', 'A')
          group by c.relname) found),
        'words', (select json_object_agg(name, json_build_array(event_type(name, null, '{}'),
                    event_type(name, '{}', '{}'), event_type(name, '{}', null))) from subject),
        'overwritten', (select json_object_agg(name, overwritten_columns(name)) from subject))`,
  );

function captureFaults({ name, table, by, words, overwritten }: Watched, found: Found): string[] {
  const faults: string[] = [];
  const there = found.triggers[table] ?? [];
  const missing = triggersBy[by].filter((trigger) => !there.includes(trigger));
  if (missing.length > 0)
    faults.push(`${name} lacks ${missing.join(', ')} on ${table}, which ${by}('${table}') makes`);
  words?.forEach((word, i) => {
    const inDatabase = found.words[table]?.[i];
    if (word !== null && word !== inDatabase)
      faults.push(`${name} declares ${word}, which event_type() calls ${inDatabase}`);
  });
  const kept = found.overwritten[table] ?? [];
  const differing = [
    ...overwritten.filter((column) => !kept.includes(column)),
    ...kept.filter((column) => !overwritten.includes(column)),
  ];
  if (differing.length > 0)
    faults.push(`${name} and overwritten_columns('${table}') differ in ${differing.join(', ')}`);
  return faults;
}

/** Tables with capture triggers that no model declares. */
function undeclared(watched: readonly Watched[], { triggers }: Found): string[] {
  const declared = (table: string, prefix: string) =>
    watched.some((one) => one.table === table && one.by.startsWith(prefix));
  return Object.entries(triggers).flatMap(([table, names]) => [
    ...(names.some((name) => name.startsWith('capture_')) && !declared(table, 'capture_')
      ? [`${table} is captured, but no model declares it as part of a file or as captured`]
      : []),
    ...(names.some((name) => name.startsWith('note_')) && !declared(table, 'note_')
      ? [`changes of ${table} are noted, but no rule can reach it`]
      : []),
  ]);
}

/** What is missing for a model whose rows are in a file. */
function readerFaults(model: Model): string[] {
  const { name, tableName, attributes, relations, kind } = model;
  try {
    rowAccessOf(model);
  } catch (error) {
    return [(error as Error).message.replace(/\.$/, '')];
  }
  const columns = [
    ...[...attributes.values()].filter(isRecorded).map(({ column }) => column.name),
    ...[...relations.values()].flatMap(({ key }) => (key === null || key === model.fileColumn ? [] : key)),
  ];
  const unrecorded = columns.filter((column) => !historyField(tableName, column));
  return [
    ...(unrecorded.length > 0 ? [`${name} is not in the history with ${unrecorded.join(', ')}`] : []),
    ...(kind === 'file' || asOfTables().includes(tableName) ? [] : [`${name} is not in asOf`]),
    ...(isWatched(tableName) ? [] : [`${name} is not among what segments are kept by`]),
  ];
}

/** Event types that are not in the API's enum. */
const wordFaults = (): string[] =>
  [
    ...partEventWords(),
    ...allModels().flatMap(({ kind, events }) => (kind === 'captured' ? Object.values(events ?? {}) : [])),
  ]
    .filter(({ type }) => !CustomerFileEventType[seenAs[type] ?? type])
    .map(({ type }) => `${type} is no CustomerFileEventType`);
