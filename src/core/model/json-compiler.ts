import { getNamedType, isObjectType, TypeNameMetaFieldDef } from 'graphql';
import type { ReadPart } from '../access/access-log-port.ts';
import type { Decisions } from '../access/decisions.ts';
import { verdictOn } from '../access/guard.ts';
import type { Declared } from '../access/row-predicates.ts';
import {
  closeBracket,
  closeObjectByte,
  commaByte,
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
  type Noting,
  partsStep,
  placesOf,
  placeTexts,
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
  verdicts: Decisions;
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
  const type = getNamedType(plan.returnType);
  if (!isObjectType(type)) throw new UnsupportedSelection('type');
  const below = subPlan(scope.plan, plan, type);
  const compileRow = (rows: FieldPlan, layout: RowLayout): Step => {
    const rowType = getNamedType(rows.returnType);
    if (!isObjectType(rowType)) throw new UnsupportedSelection('type');
    return rowStep(scope, subPlan(scope.plan, rows, rowType), layout);
  };
  if (arity === 'many') {
    const request = pageRequest(scope.argumentsOf(plan));
    const compileRead = (layout: RowLayout) => readStep(scope, layout);
    return pageStep(
      { below: (field, of) => subPlan(scope.plan, field, of), compileRow, compileRead },
      below,
      page,
      request,
      isRoot,
    );
  }
  const row = rowStep(scope, below, page.row as RowLayout);
  return arity === 'one' ? row : arrayStep(row);
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
  const places = placesOf(layout);
  const isNested = layout.relations.length > 0;
  const taken = { relations: 0 };
  const fields = plan.fields.map((field, i) => fieldStep(scope, field, layout, places, taken, i === 0));
  const noteParts = partsStep(scope, plan.fields, layout, places);
  if (taken.relations < layout.relations.length) throw new UnsupportedSelection('paths');
  const writeFields = inItsFile(layout, places, (writing) => {
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
    writing.at = placeTexts(source, writing.at, places, isNested);
    sink.addByte(openObjectByte);
    writeFields(writing);
    if (isNested) {
      if (source[writing.at] !== closeBracket) throw new LayoutMismatch();
      writing.at += 1;
    }
    sink.addByte(closeObjectByte);
  };
}

function fieldStep(
  scope: Compiling,
  plan: FieldPlan,
  layout: RowLayout,
  places: Int32Array,
  taken: { relations: number },
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
  const { right, verdict } = verdictOn(scope.verdicts, declared);
  // Rows of a model that can never be the reader's own carry no flag for it.
  const isNever = right === 'identity' && !model.isOwn && verdict !== 'ALLOW';
  if (verdict === 'DENY' || isNever) return withheldStep(name, plan, declared);

  let value: Step;
  if (attribute) value = attributeStep(plan, attribute, layout, places);
  else if (relation) {
    const { page, name: expected } = layout.relations[taken.relations] ?? {};
    // The same rows selected under two response keys are read only once, so the second has no bytes of its own.
    if (!page || expected !== rowKeyOf(plan.fieldNodes)) throw new UnsupportedSelection('paths');
    taken.relations += 1;
    value = relationStep(valueStep(scope, plan, relation.arity, page, false), plan);
  } else throw new UnsupportedSelection('resolver');

  const written: Step = (writing) => {
    writing.sink.add(name);
    value(writing);
  };
  if (right === 'open' || verdict === 'ALLOW') return written;
  const flag = flagIndex(layout, right);
  const withheld = withheldStep(name, plan, declared);
  return (writing) => {
    if (isTrue(writing.source, places, flag)) return written(writing);
    withheld(writing);
    // Skip the null in place of the relation.
    if (relation) writing.at = skipSeparator(writing.source, writing.at) + nullLength;
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
    writing.at = skipSeparator(writing.source, writing.at);
    if (!nullable && isNull(writing.source, writing.at)) throw new LayoutMismatch();
    writing.path.push(responseName);
    value(writing);
    writing.path.pop();
  };
