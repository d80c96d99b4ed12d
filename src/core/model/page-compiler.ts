import { type GraphQLObjectType, getNamedType, isObjectType, TypeNameMetaFieldDef } from 'graphql';
import {
  closeBracket,
  closeObjectByte,
  commaByte,
  endOfString,
  endOfValue,
  isNull,
  LayoutMismatch,
  openBracket,
  openObjectByte,
  quote,
  skipSeparator,
} from '../database/json-scan.ts';
import type { FieldPlan, ObjectPlan } from '../graphql/execution/operation-plan.ts';
import { isMinimum, type PageRequest } from './connection.ts';
import type { PageLayout, RowLayout } from './row-layout.ts';
import { nullBytes, type Step, UnsupportedSelection, type Writing } from './scalar-serializers.ts';
import { endOfPage, headAt, openPage, passRow, passRows, type SourcePage, totalAt } from './source-page.ts';

/** What a page needs of the compiler of rows. */
interface RowCompiler {
  /** What is selected of an object that a field leads to. */
  below: (field: FieldPlan, type: GraphQLObjectType) => ObjectPlan;
  /** Writes one row of a field that returns rows. */
  compileRow: (field: FieldPlan, layout: RowLayout) => Step;
  /** Notes what a row's cursor holds; null if nothing of it is logged. */
  compileRead: (layout: RowLayout) => Step | null;
}

/** Writes the value of one field of a connection or a `PageInfo`. */
type PageStep = (writing: Writing, page: SourcePage) => void;
type EdgeStep = (writing: Writing, rowAt: number) => void;

/** A connection: any of its fields, in any order and under any aliases, `edges` and `pageInfo` included. */
export function pageStep(
  compiler: RowCompiler,
  plan: ObjectPlan,
  layout: PageLayout,
  request: PageRequest,
  isRoot: boolean,
): Step {
  let rowFields = 0;
  const compileRow: RowCompiler['compileRow'] = (field, row) => {
    rowFields += 1;
    return compiler.compileRow(field, row);
  };
  const writeFields = objectOf(plan, (field) =>
    connectionField({ ...compiler, compileRow }, field, layout, request, isRoot),
  );
  // Otherwise noted while the rows are written.
  const noteRead = layout.row && rowFields === 0 ? compiler.compileRead(layout.row) : null;
  // A single field writes the rows as it passes them.
  const selected = plan.fields.filter(({ field }) => field !== TypeNameMetaFieldDef);
  const returnsToRows = selected.length > 1 || rowFields === 0 || request.backwards;
  return (writing) => {
    const { source } = writing;
    const page = openPage(source, writing.at, layout, returnsToRows);
    writeFields(writing, page);
    passRows(source, page, request);
    if (noteRead)
      for (const rowAt of page.rows) {
        writing.at = rowAt;
        noteRead(writing);
      }
    writing.at = layout.rowsOnly ? page.at : endOfPage(source, page);
  };
}

function connectionField(
  compiler: RowCompiler,
  field: FieldPlan,
  { row }: PageLayout,
  request: PageRequest,
  isRoot: boolean,
): PageStep {
  const { name } = field.field;
  if (field.field === TypeNameMetaFieldDef) return constant(field.parentType.name);
  // A relation's page is read with its row, and does not say where the log stood.
  if (name === 'changesCursor' && !isRoot) return constant(null);
  if (name === 'totalCount' || name === 'totalCountIsMinimum' || name === 'changesCursor') {
    const write =
      name === 'changesCursor'
        ? writeChangesCursor
        : name === 'totalCount'
          ? writeTotal
          : writeIsMinimum(request);
    return (writing, page) => {
      passRows(writing.source, page, request);
      write(writing, page);
    };
  }
  if (!row) throw new UnsupportedSelection('page');
  if (name === 'nodes') return rowsOf(field, compiler.compileRow(field, row), request);
  const type = getNamedType(field.returnType);
  if (!isObjectType(type)) throw new UnsupportedSelection('type');
  const below = compiler.below(field, type);
  if (name === 'pageInfo') return pageInfo(below, row, request);
  if (name === 'edges') return rowsOf(field, edge(compiler, below, row), request);
  throw new UnsupportedSelection('page');
}

/** An array with one value for each row. `write` leaves the reader behind the row. */
function rowsOf({ responseName }: FieldPlan, write: Step, request: PageRequest): PageStep {
  const { size, backwards } = request;
  return (writing, page) => {
    const { source, sink, path } = writing;
    const { rows } = page;
    const depth = path.push(responseName);
    sink.addByte(openBracket);
    // Rows are passed by writing them, unless they come the other way round or have been passed already.
    if (backwards) passRows(source, page, request);
    if (page.isPassed)
      for (let i = 0; i < rows.length; i += 1) {
        if (i > 0) sink.addByte(commaByte);
        path[depth] = i;
        writing.at = rows[i] as number;
        write(writing);
      }
    while (!page.isPassed && page.count < size && source[page.at] !== closeBracket) {
      if (page.count > 0) sink.addByte(commaByte);
      path[depth] = page.count;
      writing.at = page.at;
      write(writing);
      passRow(page);
      page.at = skipSeparator(source, writing.at);
    }
    passRows(source, page, request);
    path.length = depth - 1;
    sink.addByte(closeBracket);
  };
}

function edge({ compileRow }: RowCompiler, plan: ObjectPlan, layout: RowLayout): Step {
  const writeFields = objectOf(plan, (field): EdgeStep => {
    const { name } = field.field;
    if (field.field === TypeNameMetaFieldDef) return constant(field.parentType.name);
    if (name === 'cursor') return (writing, rowAt) => writeCursor(writing, layout, rowAt);
    if (name !== 'node') throw new UnsupportedSelection('page');
    const write = compileRow(field, layout);
    return (writing, rowAt) => {
      writing.at = rowAt;
      writing.path.push(field.responseName);
      write(writing);
      writing.path.pop();
    };
  });
  const hasNode = plan.fields.some(({ field }) => field.name === 'node');
  return (writing) => {
    const rowAt = writing.at;
    writeFields(writing, rowAt);
    if (!hasNode) writing.at = endOfValue(writing.source, rowAt);
  };
}

function pageInfo(plan: ObjectPlan, layout: RowLayout, request: PageRequest): PageStep {
  const { backwards, fromCursor } = request;
  const cursorAt = (rowAt: (rows: number[]) => number | undefined): PageStep => {
    return (writing, { rows }) => writeCursor(writing, layout, rowAt(rows));
  };
  const flag = (isSet: (page: SourcePage) => boolean): PageStep => {
    return ({ sink }, page) => sink.add(isSet(page) ? trueBytes : falseBytes);
  };
  const steps: Record<string, PageStep> = {
    hasNextPage: flag(({ hasMore }) => (backwards ? fromCursor : hasMore)),
    hasPreviousPage: flag(({ hasMore }) => (backwards ? hasMore : fromCursor)),
    startCursor: cursorAt((rows) => rows[0]),
    endCursor: cursorAt((rows) => rows.at(-1)),
  };
  const writeFields = objectOf(plan, (field) => {
    const isTypeName = field.field === TypeNameMetaFieldDef;
    const step = isTypeName ? constant(field.parentType.name) : steps[field.field.name];
    if (!step) throw new UnsupportedSelection('page');
    return step;
  });
  return (writing, page) => {
    passRows(writing.source, page, request);
    writeFields(writing, page);
  };
}

/** An object, one step for each of its fields; `of` is what all of them are written from. */
function objectOf<T>(
  { fields, nullPrototype }: ObjectPlan,
  compile: (field: FieldPlan) => (writing: Writing, of: T) => void,
): (writing: Writing, of: T) => void {
  if (nullPrototype) throw new UnsupportedSelection('name');
  const steps = fields.map((field, index) => ({
    key: Buffer.from(`${index > 0 ? ',' : ''}${JSON.stringify(field.responseName)}:`),
    write: compile(field),
  }));
  return (writing, of) => {
    writing.sink.addByte(openObjectByte);
    for (const { key, write } of steps) {
      writing.sink.add(key);
      write(writing, of);
    }
    writing.sink.addByte(closeObjectByte);
  };
}

const writeTotal: PageStep = ({ source, sink }, page) => {
  const at = totalAt(source, page);
  sink.copy(source, at, endOfValue(source, at));
};

const writeIsMinimum =
  (request: PageRequest): PageStep =>
  ({ source, sink }, page) => {
    const at = totalAt(source, page);
    const total = Number(source.toString('latin1', at, endOfValue(source, at)));
    sink.add(isMinimum(request, total) ? trueBytes : falseBytes);
  };

const writeChangesCursor: PageStep = ({ source, sink, changesCursorAt }, page) => {
  const at = headAt(source, page);
  if (isNull(source, at)) return sink.add(nullBytes);
  const { epoch, seq } = JSON.parse(source.toString('utf8', at, endOfValue(source, at)));
  sink.add(Buffer.from(JSON.stringify(changesCursorAt(epoch, seq))));
};

/** The cursor of a row, whose key is its first text; null without a row. */
function writeCursor(
  { source, sink }: Writing,
  { texts, relations }: RowLayout,
  rowAt: number | undefined,
): void {
  if (rowAt === undefined) {
    sink.add(nullBytes);
    return;
  }
  const at = rowAt + (relations.length > 0 ? 2 : 1);
  if (texts[0]?.name !== '$key' || source[at] !== quote) throw new LayoutMismatch();
  const key: string = JSON.parse(source.toString('utf8', at, endOfString(source, at)));
  sink.addByte(quote);
  sink.add(Buffer.from(Buffer.from(key).toString('base64url'), 'latin1'));
  sink.addByte(quote);
}

const constant = (value: string | null): ((writing: Writing) => void) => {
  const bytes = Buffer.from(JSON.stringify(value));
  return ({ sink }) => sink.add(bytes);
};

const trueBytes = Buffer.from('true');
const falseBytes = Buffer.from('false');
