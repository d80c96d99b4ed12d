import { randomUUID } from 'node:crypto';
import { Placeholder, type SQL, sql } from 'drizzle-orm';
import type { Viewer } from '../access/viewer.ts';
import type { Context } from '../context.ts';
import { type FieldPlan, variablesKey } from '../graphql/execution/operation-plan.ts';
import { variablesOf } from '../graphql/execution/operation-variables.ts';
import type { PlannedField } from '../graphql/execution/planned-field.ts';
import type { QueryShape, ReadContext, SavedFilters } from './model.types.ts';
import { newShape, requireAffordable } from './query-cost.ts';
import type { RowQuery } from './row-layout.ts';
import { noSavedFilters, readSavedFilters, withSavedFilters } from './saved-filter.ts';
import type { UnsupportedReason, Writer } from './scalar-serializers.ts';

type Statements = Context['statements'];
type RenderedStatement = ReturnType<Statements['rendered']>;
type Answered = Awaited<ReturnType<Statements['loadAnswer']>>;

/** A statement with conditions gets a custom plan for their values. */
export const plannedFor = ({ isFiltered }: QueryShape, statement: RenderedStatement): RenderedStatement =>
  isFiltered ? { ...statement, customPlan: true } : statement;

/** The cost estimate of a prepared query is renewed after this long, because data grows. */
const affordableForMs = 60_000;

/** A query whose statement is rendered, so that running it again needs no building. */
export interface PreparedQuery<T> extends Omit<RowQuery<T>, 'statement'> {
  /** With a mark for the viewer's id and a placeholder for the clock; for a query for one row, a row statement. */
  statement: RenderedStatement;
  shape: QueryShape;
  /** Until when its cost estimate is valid, on the process's monotonic clock. */
  affordableUntilMs: number;
  /** JSON writers for its result, or why there is none, by the decisions they were compiled for. */
  writers: Map<string, Writer | UnsupportedReason>;
}

/** Stand for the ids of viewer and row while a statement is prepared; random, so no input can contain them. */
const viewerMark = randomUUID();
const rowMark = randomUUID();

/** Maximum number of prepared variants for one field of a document. */
const maxPrepared = 100;

interface Prepared {
  queries: Map<string, PreparedQuery<unknown>>;
  /** The last state of queries with saved filters, by variant. */
  saved: Map<string, LastSaved>;
}

/** The saved filters a query used last time, and the name under which it is cached for their versions at that time. */
interface LastSaved {
  ids: SavedFilters['read'];
  name: string;
}

const preparedByField = new WeakMap<FieldPlan, Prepared>();

export interface Preparation<T> {
  /** Distinguishes queries of one field, besides role and variables: whatever else `build` depends on. */
  key: string;
  /** Whether the statement depends on the field's own arguments; otherwise only on the row's id. */
  ownArguments: boolean;
  /** UUID of the row, if a single one is queried. */
  rowId?: string;
  /** Builds the query; called only if none is prepared. */
  build: (reading: ReadContext, rowId: string) => RowQuery<T>;
}

/**
 * Runs the query of a field, prepared once per document, role, variables and versions of saved filters: a query that a
 * dashboard repeats is built once, and from the second time on parsed by the database once. A statement that depends on
 * more (the viewer's team) is built each time.
 *
 * Saved filters are read each time. Meanwhile the query runs with those of last time, and its result is discarded if
 * one of them has changed or is no longer visible to the viewer.
 *
 * @throws QUERY_TOO_COMPLEX for a query that would read too much.
 */
export async function runPrepared<T>(
  ctx: Context,
  reading: ReadContext,
  { field, plan, variables }: PlannedField,
  { key, ownArguments, rowId, build }: Preparation<T>,
): Promise<{ query: PreparedQuery<T>; answered: Answered }> {
  const { viewer } = reading;
  const names = variablesOf(plan, field);
  const used = ownArguments ? names.all : names.below;
  // The organisation's zone and currency change rarely, so a statement is prepared for one of each.
  const variantKey = `${viewer.role} ${reading.timeZone} ${reading.currency} ${key} ${variablesKey(used, variables)}`;
  const fill = ({ params, ...statement }: RenderedStatement): RenderedStatement => ({
    ...statement,
    params: params.map((param) =>
      param === viewerMark ? viewer.id : param instanceof Placeholder ? ctx.now.toISOString() : param,
    ),
  });
  const again = rowId === undefined && (await rerun<T>(ctx, reading, field, variantKey, fill));
  if (again) return again;
  const { query, isKept } = await prepare(ctx, reading, field, variantKey, fill, { rowId, build });
  const { statement, shape } = query;
  const filled = fill(isKept ? { ...statement, reusable: true } : statement);
  if (rowId === undefined && performance.now() > query.affordableUntilMs) {
    await requireAffordable(ctx, shape, filled);
    query.affordableUntilMs = performance.now() + affordableForMs;
  }
  // Rows are batched by statement; a statement that depends on the clock is filled in at once.
  const goesByTime = statement.params.some((param) => param instanceof Placeholder);
  const answered = await (rowId === undefined
    ? ctx.statements.loadAnswer(filled)
    : ctx.statements.loadRow(goesByTime ? filled : statement, { viewerId: viewer.id, rowId }));
  return { query, answered };
}

/**
 * Runs a query with saved filters as it was run last, while they are read again. Null if it has not run before, if they
 * have changed, or if its cost has to be estimated again.
 */
async function rerun<T>(
  { statements }: Context,
  reading: ReadContext,
  field: FieldPlan,
  variantKey: string,
  fill: (statement: RenderedStatement) => RenderedStatement,
): Promise<{ query: PreparedQuery<T>; answered: Answered } | null> {
  const prepared = preparedByField.get(field);
  const last = prepared?.saved.get(variantKey);
  const query = last && (prepared?.queries.get(last.name) as PreparedQuery<T> | undefined);
  if (!last || !query || performance.now() > query.affordableUntilMs) return null;
  const answering = statements.loadAnswer(fill({ ...query.statement, reusable: true }));
  // It is discarded if the filters have changed.
  answering.catch(() => {});
  const saved = noSavedFilters();
  await readSavedFilters((wanted) => statements.loadUnbatched(wanted), reading, last.ids, saved);
  return last.name === nameOf(variantKey, saved) ? { query, answered: await answering } : null;
}

/** The cached query, as long as its saved filters are unchanged; otherwise a new one. */
async function prepare<T>(
  { statements }: Context,
  reading: ReadContext,
  field: FieldPlan,
  variantKey: string,
  fill: (statement: RenderedStatement) => RenderedStatement,
  { rowId, build }: Pick<Preparation<T>, 'rowId' | 'build'>,
): Promise<{ query: PreparedQuery<T>; isKept: boolean }> {
  const prepared: Prepared = preparedByField.get(field) ?? { queries: new Map(), saved: new Map() };
  preparedByField.set(field, prepared);
  const saved = noSavedFilters();
  const ids = prepared.saved.get(variantKey)?.ids;
  if (ids) await readSavedFilters((wanted) => statements.load(wanted), reading, ids, saved);
  const kept = prepared.queries.get(nameOf(variantKey, saved));
  if (kept) return { query: kept as PreparedQuery<T>, isKept: true };

  const shape = newShape();
  const watched = trackDependencies(reading);
  const watching = { ...watched.reading, shape };
  const readSaved = (wanted: SQL) => statements.load(fill(statements.rendered(wanted)));
  const built = await withSavedFilters(readSaved, watching, (attempt) => build(attempt, rowMark), saved);
  const statement =
    rowId === undefined
      ? plannedFor(shape, statements.rendered(built.statement))
      : statements.renderedForRows(built.statement, { viewerId: viewerMark, rowId: rowMark });
  const query = { ...built, statement, shape, affordableUntilMs: 0, writers: new Map() };
  if (!watched.sawMore()) {
    if (prepared.queries.size >= maxPrepared) {
      prepared.queries.clear();
      prepared.saved.clear();
    }
    const name = nameOf(variantKey, saved);
    if (saved.read.size > 0) prepared.saved.set(variantKey, { ids: saved.read, name });
    prepared.queries.set(name, query as PreparedQuery<unknown>);
  }
  return { query, isKept: false };
}

/** A key made of the variant and the versions of its saved filters, so that a change in one of them is noticed. */
const nameOf = (variantKey: string, { found }: SavedFilters): string =>
  `${variantKey} ${found.size > 0 ? JSON.stringify([...found].map(([id, saved]) => [id, saved?.version])) : ''}`;

/**
 * A read context of which only the viewer's role and id are fixed, with a placeholder for the time; reports whether a
 * statement reads anything else.
 */
function trackDependencies({ viewer, timeZone, currency }: ReadContext) {
  let sawMore = false;
  const noticing = <T>(value: T): T => {
    sawMore = true;
    return value;
  };
  const watchedViewer: Viewer = {
    id: viewerMark,
    role: viewer.role,
    get name() {
      return noticing(viewer.name);
    },
    get email() {
      return noticing(viewer.email);
    },
    get teamId() {
      return noticing(viewer.teamId);
    },
    get leads() {
      return noticing(viewer.leads);
    },
    get groups() {
      return noticing(viewer.groups);
    },
    get sessionId() {
      return noticing(viewer.sessionId);
    },
  };
  const reading: ReadContext = { viewer: watchedViewer, now: sql.placeholder('now'), timeZone, currency };
  return { reading, sawMore: () => sawMore };
}
