import { type GraphQLObjectType, getNamedType, isObjectType, TypeNameMetaFieldDef } from 'graphql';
import type { ReadPart } from '../access/access-log-port.ts';
import type { Decisions } from '../access/decisions.ts';
import { decisionOn } from '../access/guard.ts';
import type { Declared } from '../access/row-predicates.ts';
import {
  closeBracket,
  closeObjectByte,
  commaByte,
  endOfValue,
  isNull,
  LayoutMismatch,
  nullLength,
  openBracket,
  openObjectByte,
  skipSeparator,
} from '../database/json-scan.ts';
import {
  type Arguments,
  type FieldPlan,
  type ObjectPlan,
  type OperationPlan,
  subPlan,
} from '../graphql/execution/operation-plan.ts';
import { type Arity, extensionsOf } from './extensions.ts';
import { pageStep } from './page-compiler.ts';
import { pageRequest } from './page-request.ts';
import {
  flagIndex,
  inItsFile,
  isTrue,
  locateTexts,
  type Noting,
  offsetsOf,
  partsStep,
  readStep,
} from './read-compiler.ts';
import { rowKeyOf } from './row-key.ts';
import type { PageLayout, RowLayout } from './row-layout.ts';
import {
  attributeStep,
  nullBytes,
  type Step,
  type UnsupportedReason,
  UnsupportedSelection,
  type Writer,
} from './scalar-serializers.ts';

/** What compilation depends on besides the selection. */
export interface WriterScope {
  plan: Pick<OperationPlan, 'schema' | 'fragments' | 'variables'>;
  decisions: Decisions;
  argumentsOf: (plan: FieldPlan) => Arguments;
}

type Compiling = WriterScope & Noting;

/**
 * Compiles a function that turns encoded rows ({@link RowLayout}) into part of the response byte by byte: no text is
 * decoded, no object created, nothing stringified.
 *
 * Otherwise the reason: the selection has more than plain fields, ids, relations and their pages. Rows are then read and
 * resolved one by one, with the same result.
 */
export function compileWriter(
  scope: WriterScope,
  plan: FieldPlan,
  arity: Arity,
  page: PageLayout,
): Writer | UnsupportedReason {
  const parts: ReadPart[] = [];
  try {
    return { step: valueStep({ ...scope, parts }, plan, arity, page, true), parts };
  } catch (error) {
    if (error instanceof UnsupportedSelection) return error.reason;
    throw error;
  }
}

function valueStep(scope: Compiling, plan: FieldPlan, arity: Arity, page: PageLayout, isRoot: boolean): Step {
  const compileRow = (rows: FieldPlan, layout: RowLayout): Step =>
    rowStep(scope, subPlan(scope.plan, rows, rowType(scope, rows, layout)), layout);
  if (arity === 'many') {
    const type = getNamedType(plan.returnType);
    if (!isObjectType(type)) throw new UnsupportedSelection('type');
    const request = pageRequest(scope.argumentsOf(plan));
    const below = (field: FieldPlan, of: GraphQLObjectType) => subPlan(scope.plan, field, of);
    const compileRead = (layout: RowLayout) => readStep(scope, layout);
    const compiler = { below, compileRow, compileRead };
    return pageStep(compiler, subPlan(scope.plan, plan, type), page, request, isRoot);
  }
  const row = compileRow(plan, page.row as RowLayout);
  return arity === 'one' ? row : arrayStep(row);
}

/** The type of a field's rows. A field of an interface has rows of whichever of its types was read. */
function rowType({ plan: { schema } }: WriterScope, { returnType }: FieldPlan, { model }: RowLayout) {
  const type = getNamedType(returnType);
  const rows = isObjectType(type) ? type : schema.getType(model.name);
  if (!isObjectType(rows)) throw new UnsupportedSelection('type');
  return rows;
}

/** An array of all rows that were read. */
const arrayStep =
  (row: Step): Step =>
  (writing) => {
    const { source, sink, path } = writing;
    if (source[writing.at] !== openBracket) throw new LayoutMismatch();
    writing.at = skipSeparator(source, writing.at + 1);
    sink.addByte(openBracket);
    const depth = path.length;
    for (let count = 0; source[writing.at] !== closeBracket; count += 1) {
      if (count > 0) sink.addByte(commaByte);
      path[depth] = count;
      row(writing);
      writing.at = skipSeparator(source, writing.at);
    }
    path.length = depth;
    writing.at += 1;
    sink.addByte(closeBracket);
  };

/** Writes one row as an object. */
function rowStep(scope: Compiling, plan: ObjectPlan, layout: RowLayout): Step {
  if (plan.nullPrototype || plan.type.name !== layout.model.name) throw new UnsupportedSelection('name');
  const offsets = offsetsOf(layout);
  const isNested = layout.relations.length > 0;
  const relations: RelationPlaces = {
    taken: [],
    at: new Int32Array(layout.relations.length),
    isInOrder: true,
  };
  const fields = plan.fields.map((field, i) => fieldStep(scope, field, layout, offsets, relations, i === 0));
  const { taken } = relations;
  relations.isInOrder = taken.length === layout.relations.length && taken.every((index, i) => index === i);
  const noteParts = partsStep(scope, plan.fields, layout, offsets);
  const writeFields = inItsFile(layout, offsets, (writing) => {
    noteParts(writing);
    for (let i = 0; i < fields.length; i += 1) (fields[i] as Step)(writing);
  });

  return (writing) => {
    const { source, sink } = writing;
    // A to-one relation may be empty.
    if (isNull(source, writing.at)) {
      sink.add(nullBytes);
      writing.at += nullLength;
      return;
    }
    writing.at = locateTexts(source, writing.at, offsets, isNested);
    const end = relations.isInOrder ? 0 : findRelations(source, writing.at, relations.at);
    sink.addByte(openObjectByte);
    writeFields(writing);
    if (!relations.isInOrder) writing.at = end;
    if (isNested) {
      if (source[writing.at] !== closeBracket) throw new LayoutMismatch();
      writing.at += 1;
    }
    sink.addByte(closeObjectByte);
  };
}

/**
 * Where the relations of the row being written are. One path to a row may select some of them only, or in another order
 * than that in which all its paths together had them read; then they are looked up before any is written.
 */
interface RelationPlaces {
  /** The relation that each selected field writes, by its place in the layout. */
  taken: number[];
  /** Start of each relation in the source; only if they are not written in order. */
  at: Int32Array;
  isInOrder: boolean;
}

/** Finds the relations that follow a row's texts, and the position behind the last. */
function findRelations(source: Buffer, behindTexts: number, offsets: Int32Array): number {
  let at = behindTexts;
  for (let i = 0; i < offsets.length; i += 1) {
    at = skipSeparator(source, at);
    offsets[i] = at;
    at = endOfValue(source, at);
  }
  return at;
}

function fieldStep(
  scope: Compiling,
  plan: FieldPlan,
  layout: RowLayout,
  offsets: Int32Array,
  relations: RelationPlaces,
  isFirst: boolean,
): Step {
  const { field, responseName } = plan;
  const name = Buffer.from(`${isFirst ? '' : ','}${JSON.stringify(responseName)}:`);
  if (field === TypeNameMetaFieldDef)
    return constantStep(name, Buffer.from(JSON.stringify(plan.parentType.name)));
  const { rowLocal, guardedBy: declared = { access: 'open' } } = extensionsOf(field);
  if (!rowLocal && field.resolve) throw new UnsupportedSelection('resolver');

  const { model } = layout;
  const attribute = model.attributes.get(field.name);
  const relation = model.relations.get(field.name);
  const { right, decision } = decisionOn(scope.decisions, declared);
  // Rows of a model that can never be the reader's own carry no flag for it.
  const isNever = right === 'identity' && !model.isOwn && decision !== 'ALLOW';
  if (decision === 'DENY' || isNever) return withheldStep(name, plan, declared);

  const written =
    (value: Step): Step =>
    (writing) => {
      writing.sink.add(name);
      value(writing);
    };
  const isReadable = right === 'open' || decision === 'ALLOW';
  const withheld = withheldStep(name, plan, declared);
  if (attribute) {
    const write = written(attributeStep(plan, attribute, layout, offsets));
    if (isReadable) return write;
    const flag = flagIndex(layout, right);
    return (writing) => (isTrue(writing.source, offsets, flag) ? write(writing) : withheld(writing));
  }
  if (!relation) throw new UnsupportedSelection('resolver');

  const key = rowKeyOf(plan.fieldNodes);
  const index = layout.relations.findIndex(({ name: known }) => known === key);
  const read = layout.relations[index];
  if (!read) throw new UnsupportedSelection('resolver');
  relations.taken.push(index);
  const write = written(relationStep(valueStep(scope, plan, relation.arity, read.page, false), plan));
  const flag = isReadable ? -1 : flagIndex(layout, right);
  return (writing) => {
    const { source } = writing;
    writing.at = relations.isInOrder ? skipSeparator(source, writing.at) : (relations.at[index] as number);
    if (flag < 0 || isTrue(source, offsets, flag)) return write(writing);
    withheld(writing);
    // Skip the null in place of the relation.
    writing.at += nullLength;
  };
}

const constantStep =
  (name: Buffer, value: Buffer): Step =>
  ({ sink }) => {
    sink.add(name);
    sink.add(value);
  };

const withheldStep =
  (name: Buffer, plan: FieldPlan, declared: Declared): Step =>
  (writing) => {
    writing.withhold(plan, declared, [...writing.path, plan.responseName]);
    writing.sink.add(name);
    writing.sink.add(nullBytes);
  };

const relationStep =
  (value: Step, { responseName, nullable }: FieldPlan): Step =>
  (writing) => {
    if (!nullable && isNull(writing.source, writing.at)) throw new LayoutMismatch();
    writing.path.push(responseName);
    value(writing);
    writing.path.pop();
  };
