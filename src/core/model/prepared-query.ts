import { randomUUID } from 'node:crypto';
import type { SQL } from 'drizzle-orm';
import type { Viewer } from '../access/viewer.ts';
import type { Context } from '../context.ts';
import { type FieldPlan, variablesKey } from '../graphql/execution/operation-plan.ts';
import { variablesOf } from '../graphql/execution/operation-variables.ts';
import type { PlannedField } from '../graphql/execution/planned-field.ts';
import type { QueryShape, ReadContext, SavedFilters } from './model.types.ts';
import { newShape, requireAffordable } from './query-cost.ts';
import type { RowQuery } from './row-layout.ts';
import { noSavedFilters, readSavedFilters, withSavedFilters } from './saved-filter.ts';
import type { Writer } from './scalar-serializers.ts';

type Statements = Context['statements'];
type RenderedStatement = ReturnType<Statements['rendered']>;
type Answered = Awaited<ReturnType<Statements['loadAnswer']>>;

/** A statement with conditions is planned for their values. */
export const plannedFor = ({ isFiltered }: QueryShape, statement: RenderedStatement): RenderedStatement =>
  isFiltered ? { ...statement, customPlan: true } : statement;

/** What a prepared question costs is estimated again when it was so long ago: data grows. */
const affordableForMs = 60_000;

/** A question whose statement is rendered, so that asking again costs no building. */
export interface PreparedQuery<T> extends Omit<RowQuery<T>, 'statement'> {
  /** With marks for the viewer's id and the clock; of a question about one row, as a row statement. */
  statement: RenderedStatement;
  shape: QueryShape;
  /** Until when it need not be estimated, on the process's own clock. */
  affordableUntilMs: number;
  /** What writes its answer, by the verdicts it was compiled for. */
  writers: Map<string, Writer | null>;
}

/** Stand for the viewer's id, the wanted row's and the clock while a statement is prepared: nobody can have named these. */
const viewerMark = randomUUID();
const nowMark = randomUUID();
const rowMark = randomUUID();

/** Differently asked questions kept for one field of a document at most. */
const maxPrepared = 100;

interface Prepared {
  queries: Map<string, PreparedQuery<unknown>>;
  /** Of questions with saved filters, by what they were asked with. */
  saved: Map<string, LastSaved>;
}

/** Which saved filters a question had when it was asked last, and under what name it is kept for their versions of then. */
interface LastSaved {
  ids: SavedFilters['read'];
  name: string;
}

const preparedByField = new WeakMap<FieldPlan, Prepared>();

export interface Preparation<T> {
  /** Tells questions of one field apart, beside role and variables: whatever else `build` goes by. */
  key: string;
  /** Whether the field's own arguments are in the statement; else only the row's id is. */
  ownArguments: boolean;
  /** UUID of the one row that is wanted. */
  rowId?: string;
  /** Builds the question; called only when none is prepared. */
  build: (reading: ReadContext, rowId: string) => RowQuery<T>;
}

/**
 * Asks the question of a field, prepared once per document, role, variables and versions of saved filters: what a
 * dashboard asks again and again is built once, and from the second time on read by the database once. A statement that
 * depends on more (the viewer's team) is built each time.
 *
 * Saved filters are read each time; meanwhile the question is asked as it was with those of last time, and its answer is
 * of no account when one of them has changed, or is not the viewer's any more.
 *
 * @throws QUERY_TOO_COMPLEX for one that would read too much.
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
  const variantKey = `${viewer.role} ${key} ${variablesKey(used, variables)}`;
  const fill = ({ params, ...statement }: RenderedStatement): RenderedStatement => ({
    ...statement,
    params: params.map((param) =>
      param === viewerMark ? viewer.id : param === nowMark ? reading.now.toISOString() : param,
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
  // Rows are asked for together by one statement; what goes by the clock is asked at the moment of each.
  const goesByTime = statement.params.includes(nowMark);
  const answered = await (rowId === undefined
    ? ctx.statements.loadAnswer(filled)
    : ctx.statements.loadRow(goesByTime ? filled : statement, { viewerId: viewer.id, rowId }));
  return { query: query, answered };
}

/**
 * Asks a question with saved filters as it was asked last, while these are read again. Null when it was not, when they
 * are not what they were, or when it is to be estimated anew.
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
  // It is nobody's when the filters have changed.
  answering.catch(() => {});
  const saved = noSavedFilters();
  await readSavedFilters((wanted) => statements.loadUnbatched(wanted), reading, last.ids, saved);
  return last.name === nameOf(variantKey, saved) ? { query: query, answered: await answering } : null;
}

/** The question that is kept for what was asked, as long as the saved filters in it are what they were; else a new one. */
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
  return { query: query, isKept: false };
}

/** Names a question by what was asked and what was read of saved filters, so that a change in one of them is noticed. */
const nameOf = (variantKey: string, { found }: SavedFilters): string =>
  `${variantKey} ${found.size > 0 ? JSON.stringify([...found].map(([id, saved]) => [id, saved?.version])) : ''}`;

/** A reading by a viewer of whom only role and id are known, at any time; when a statement looks at more, that is noticed. */
function trackDependencies({ viewer, now, timeZone }: ReadContext) {
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
    get sessionId() {
      return noticing(viewer.sessionId);
    },
  };
  const clock = new Date(now);
  clock.toISOString = () => nowMark;
  clock.valueOf = clock.getTime = () => noticing(now.getTime());
  const reading: ReadContext = { viewer: watchedViewer, now: clock, timeZone };
  return { reading, sawMore: () => sawMore };
}
