import { type SQL, sql } from 'drizzle-orm';
import { type AccessClass, accessClasses } from '../../core/access/policy.ts';
import {
  asSql,
  type Condition,
  isVisible,
  type Right,
  reachOf,
  readable,
  requireReadable,
  rightTo,
} from '../../core/access/row-predicates.ts';
import type { Viewer } from '../../core/access/viewer.ts';
import type { Context } from '../../core/context.ts';
import { changeSourceOf } from '../../core/database/change-source.enums.ts';
import { fillStatement, type RenderedStatement, renderStatement } from '../../core/database/database.ts';
import { texts } from '../../core/database/rows.ts';
import { badInputAt } from '../../core/errors.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { encodeId, idKindOf, uuidOf } from '../../core/graphql/schema/type-id.ts';
import { Page, type RawPage } from '../../core/model/connection.ts';
import { type HistoryField, historyField, historyFields } from '../../core/model/history-field.ts';
import { instantSpan } from '../../core/model/instant-condition.ts';
import type { ReadContext, Row } from '../../core/model/model.types.ts';
import { cursorValues } from '../../core/model/order.ts';
import { pageRequest } from '../../core/model/page-request.ts';
import { readingOf, readRows } from '../../core/model/read.ts';
import { all, any, fileColumnsOf } from '../../core/model/read-context.ts';
import type { NodeSelection } from '../../core/model/selection.ts';
import { nextPiece } from '../../core/piecework.ts';
import { employeeModel } from '../../domains/employee/employee.model.ts';
import { lineFields } from './history.loader.ts';
import { logLineReads } from './history.service.ts';
import { hasValue } from './history-value.ts';

/** Arguments of `Customer.history`. */
export interface HistoryQuery {
  first?: number | null;
  after?: string | null;
  field?: string | null;
  entityId?: string | null;
  actorId?: string | null;
  from?: string | null;
  to?: string | null;
  oldValue?: string | null;
  newValue?: string | null;
}

/** What a client selected. */
export interface HistorySelection {
  wantsTotal: boolean;
  /** Null where the actor is not selected. */
  actor: NodeSelection | null;
}

/** A line of history as the API returns it. */
export interface HistoryLine extends Row {
  actor: Row | null;
}

interface RawLine extends Row {
  subject: string;
  column: string;
  old: string | null;
  new: string | null;
  actorId: string | null;
  occurredAt: string;
  source: string;
  requestId: string | null;
}

/** Longest value to search for, in characters. */
const maxValueLength = 4_000;

/**
 * A page of a file's history, newest first. It consists of the lines of fields that the viewer may read now on this
 * file, so that neither count nor cursors reveal the others. One statement, and one more if actors are selected; the
 * histories of several files share them.
 *
 * Errors: BAD_USER_INPUT, FORBIDDEN for a field the viewer's role never reads; those of {@link logLineReads}.
 */
export async function readHistory(
  ctx: Context,
  customerId: string,
  query: HistoryQuery,
  selection: HistorySelection,
): Promise<Page<HistoryLine>> {
  const request = pageRequest({ first: query.first ?? null, after: query.after ?? null });
  const statement = fillStatement(statementOf(ctx, query, request.size, selection.wantsTotal), {
    file: customerId,
  });
  const answer = await ctx.statements.loadAnswer(statement);
  // The histories of many files are answered at once.
  await nextPiece();
  const raw = answer.read() as RawPage<RawLine> & { opened: AccessClass[] | null };
  const rows = raw.rows ?? [];
  await logLineReads(ctx, customerId, [
    ...rows.slice(0, request.size),
    ...soughtLines(readingOf(ctx).viewer, query, selection.wantsTotal, raw.opened),
  ]);
  const actorIds = [...new Set(rows.flatMap(({ actorId }) => actorId ?? []))];
  const actors =
    selection.actor && actorIds.length > 0
      ? await readRows(ctx, employeeModel, actorIds, selection.actor)
      : [];
  const actorsById = new Map(actors.map((actor) => [actor.id, actor]));
  const lines = rows.map((row) => ({ ...toLine(row), actor: actorsById.get(row.actorId ?? '') ?? null }));
  return new Page({ rows: lines, total: raw.total } as RawPage<HistoryLine>, request);
}

const statements = new WeakMap<Context, Map<string, RenderedStatement>>();

/** The statement with a placeholder for the file, built once for all files of an operation. */
function statementOf(
  ctx: Context,
  query: HistoryQuery,
  size: number,
  wantsTotal: boolean,
): RenderedStatement {
  const built = statements.get(ctx) ?? new Map<string, RenderedStatement>();
  statements.set(ctx, built);
  const key = JSON.stringify([query, size, wantsTotal]);
  const statement =
    built.get(key) ?? renderStatement(historyStatement(readingOf(ctx), query, size, wantsTotal));
  built.set(key, statement);
  return statement;
}

function toLine(row: RawLine) {
  const recorded = historyField(row.subject, row.column) as HistoryField;
  return {
    id: row.id,
    $key: row.$key,
    field: recorded.field,
    entityId: encodeId(recorded.entityPrefix, row.id),
    entityType: recorded.entityType,
    oldValue: recorded.publish(row.old),
    newValue: recorded.publish(row.new),
    valuesKept: recorded.history === 'VERSIONED',
    occurredAt: row.occurredAt,
    source: changeSourceOf(row.source),
    requestId: row.requestId,
  };
}

function historyStatement(
  { viewer, timeZone }: Pick<ReadContext, 'viewer' | 'timeZone'>,
  query: HistoryQuery,
  size: number,
  wantsTotal: boolean,
): SQL {
  const file = fileColumnsOf('t1');
  const customerId = sql.placeholder('file');
  const conditions = [
    sql`c.customer_id = ${customerId}::uuid`,
    asSql(isVisible(viewer, file)),
    readableLines(viewer, query.field ?? null),
    ...narrowed(query, timeZone),
  ];
  const from = sql`file_history c join customer t1 on t1.id = c.customer_id cross join lateral ${lineFields} f`;
  const beyond = query.after == null ? [] : [beforeCursor(query.after)];
  const opened = accessClasses.map(
    (access) => sql`case when ${asSql(readable(viewer, access, file))} then ${access}::text end`,
  );
  const parts = [
    sql`'opened', (select array_remove(array[${sql.join(opened, sql`, `)}], null) from customer t1
      where t1.id = ${customerId}::uuid and ${asSql(isVisible(viewer, file))})`,
    sql`'rows', (select coalesce(json_agg(x), '[]') from (
      select c.subject, c.subject_id as id, f.key as "column", f.old, f.new, c.actor_id as "actorId",
             c.occurred_at as "occurredAt", c.source, c.request_id as "requestId",
             json_build_array('history', c.version, c.id, f.key) as "$key"
      from ${from} where ${all([...conditions, ...beyond])}
      order by c.version desc, c.id desc, f.key desc limit ${size + 1}::int) x)`,
  ];
  if (wantsTotal) parts.push(sql`'total', (select count(*) from ${from} where ${all(conditions)})`);
  return sql`select json_build_object(${sql.join(parts, sql`, `)})`;
}

/**
 * The columns whose lines are searched or counted, to be logged: the one that is named, those of the object that is
 * named, or every readable one. Even finding no line discloses something about them.
 */
function soughtLines(
  viewer: Viewer,
  { field, entityId, oldValue, newValue }: HistoryQuery,
  wantsTotal: boolean,
  opened: AccessClass[] | null,
): Pick<HistoryField, 'subject' | 'column'>[] {
  if (!wantsTotal && [field, entityId, oldValue, newValue].every((given) => given == null)) return [];
  const named = field == null ? [...historyFields().values()] : recordedAs(field);
  const kind = entityId == null ? null : idKindOf(entityId);
  const sought = kind === null ? named : named.filter(({ entityPrefix }) => entityPrefix === kind);
  return sought.filter((recorded) => opened?.includes(rightTo(viewer, recorded) as AccessClass));
}

/** The columns of this name, of the file and of its parts. */
const recordedAs = (name: string): HistoryField[] =>
  [...historyFields().values()].filter(({ field }) => field === name);

/** Refuses, before any SQL runs, the history of a field that the viewer's role may never read on any type. */
export function requireHistoryOf(viewer: Viewer, name: string): void {
  const named = recordedAs(name);
  if (named.every((recorded) => reachOf(viewer, recorded) === 'NONE'))
    for (const recorded of named) requireReadable(viewer, recorded, `${recorded.entityType}.${name}`);
}

const allOf = (conditions: Condition[]): Condition => {
  if (conditions.includes(false)) return false;
  const open = conditions.filter((condition): condition is SQL => typeof condition === 'object');
  return open.length === 0 ? true : all(open);
};

/** The condition for lines of columns that the viewer may read on the file `t1`, or only of the field if named. */
function readableLines(viewer: Viewer, name: string | null): SQL {
  const rightOn = (by: Right): Condition => {
    if (by === 'open') return true;
    return by !== 'identity' && readable(viewer, by, fileColumnsOf('t1'));
  };
  const fields = name === null ? [...historyFields().values()] : recordedAs(name);
  if (fields.length === 0) {
    throw badInputAt(['field'], 'UNKNOWN_FIELD', 'No file has such a field. (没有该字段。)');
  }
  if (name !== null) requireHistoryOf(viewer, name);
  const keysByRight = new Map<string, { by: Right[]; keys: string[] }>();
  for (const recorded of fields) {
    const by = [...new Set([rightTo(viewer, recorded), recorded.rowAccess])];
    const group = keysByRight.get(by.join()) ?? { by, keys: [] };
    group.keys.push(`${recorded.subject}.${recorded.column}`);
    keysByRight.set(by.join(), group);
  }
  const rights = [...keysByRight.values()].map(({ by, keys }) => ({ keys, right: allOf(by.map(rightOn)) }));
  return any(
    rights.flatMap(({ keys, right }) => {
      if (right === false) return [];
      const line = sql`(c.subject || '.' || f.key) = any(${texts(keys)})`;
      return [right === true ? line : sql`(${line} and ${right})`];
    }),
  );
}

function narrowed(
  { entityId, actorId, from, to, oldValue, newValue }: HistoryQuery,
  timeZone: string,
): SQL[] {
  const conditions: SQL[] = [];
  if (entityId != null) {
    const kind = idKindOf(entityId);
    if (!kind) {
      throw badInputAt(['entityId'], 'MALFORMED_ID', 'This is not an id. (不是有效编号。)');
    }
    const subjects = [...historyFields().values()]
      .filter(({ entityPrefix }) => entityPrefix === kind)
      .map(({ subject }) => subject);
    conditions.push(
      sql`c.subject_id = ${uuidOf(entityId)}::uuid and c.subject = any(${texts([...new Set(subjects)])})`,
    );
  }
  if (actorId != null) conditions.push(sql`c.actor_id = ${requireId('emp', actorId, ['actorId'])}::uuid`);
  if (from != null) conditions.push(sql`c.occurred_at >= ${instantSpan(from, timeZone).from}`);
  if (to != null) conditions.push(sql`c.occurred_at < ${endOf(to, timeZone)}`);
  if (oldValue != null) conditions.push(valued(sql`f.old`, oldValue, 'oldValue', timeZone));
  if (newValue != null) conditions.push(valued(sql`f.new`, newValue, 'newValue', timeZone));
  return conditions;
}

/** The end of a period: before an instant, or with a whole day. */
function endOf(written: string, timeZone: string): SQL {
  const { from, until } = instantSpan(written, timeZone);
  return written.includes('T') ? from : until;
}

/** The condition for lines with a value from or to. Errors: BAD_USER_INPUT for one that is too long. */
function valued(column: SQL, value: string, argument: string, timeZone: string): SQL {
  if (value.length > maxValueLength) {
    throw badInputAt(
      [argument],
      'OUT_OF_BOUNDS',
      `At most ${maxValueLength} characters. (最多 ${maxValueLength} 个字符。)`,
    );
  }
  return hasValue(column, sql`f.key`, value, timeZone);
}

const cursorKeys = ['int', 'bigint', 'text'].map((type) => ({ type, nullable: false }));

function beforeCursor(cursor: string): SQL {
  const [version, id, key] = cursorValues('history', cursorKeys, cursor, 'after');
  return sql`(c.version, c.id, f.key) < (${version}::int, ${id}::bigint, ${key}::text)`;
}
