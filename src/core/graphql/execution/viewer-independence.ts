import { getNamedType, isLeafType, isObjectType, TypeNameMetaFieldDef } from 'graphql';
import { modelNamed } from '../../model/registry.ts';
import type { PreparedOperation } from './operation.ts';
import { type FieldPlan, type OperationPlan, planOf, subPlan, variablesKey } from './operation-plan.ts';
import { variablesOf } from './operation-variables.ts';

/** What a subscription selects: one object for all whose answers are alike when they are told alike. */
export interface SharedSelection {
  /** Names it, within the process. */
  id: number;
}

const selections = new WeakMap<OperationPlan, Map<string, SharedSelection>>();
/** Sets of variables kept for one plan at most. */
const maxKept = 1_000;
let lastId = 0;

/**
 * What a subscription selects, when its answer to an event is the same for all viewers of one role who have the same
 * rights on the event's file; null when it may differ from viewer to viewer.
 *
 * Fails closed: a field with a resolver counts as different unless it is declared `viewerIndependent`, a relation unless it
 * stays in the file or leads to rows that everybody sees.
 */
export function sharedSelection(args: PreparedOperation): SharedSelection | null {
  const { schema, document, operationName, values } = args;
  const plan = planOf(schema, document, operationName, values);
  const root = plan?.root.fields[0];
  if (!plan || !root || !isViewerIndependent(plan, root)) return null;
  const key = variablesKey(variablesOf(plan, root).below, values);
  let known = selections.get(plan);
  if (!known || known.size >= maxKept) {
    known = new Map();
    selections.set(plan, known);
  }
  const selection = known.get(key) ?? { id: ++lastId };
  known.set(key, selection);
  return selection;
}

const independence = new WeakMap<FieldPlan, boolean>();

function isViewerIndependent(scope: OperationPlan, plan: FieldPlan): boolean {
  let isIndependent = independence.get(plan);
  if (isIndependent === undefined) {
    isIndependent = computeIndependence(scope, plan);
    independence.set(plan, isIndependent);
  }
  return isIndependent;
}

function computeIndependence(scope: OperationPlan, plan: FieldPlan): boolean {
  if (plan.field === TypeNameMetaFieldDef) return true;
  if (plan.field.extensions.viewerIndependent !== true && !isReadIndependently(plan)) return false;
  const type = getNamedType(plan.returnType);
  if (isLeafType(type)) return true;
  return (
    isObjectType(type) &&
    subPlan(scope, plan, type).fields.every((below) => computeIndependence(scope, below))
  );
}

/** A value that lies in the row, or a relation whose rows are the same for all who may read it. */
function isReadIndependently({ field, parentType, fieldNodes }: FieldPlan): boolean {
  if (!field.extensions.byRow) return false;
  if (!field.extensions.relation) return true;
  const model = modelNamed(parentType.name);
  const relation = model?.relations.get(field.name);
  if (!model || !relation) return false;
  // A filter may ask for the viewer's own segments, or for other files.
  const isNarrowed = fieldNodes.some(({ arguments: given = [] }) =>
    given.some(({ name }) => name.value === 'filter' || name.value === 'search'),
  );
  const target = relation.target();
  const staysInFile = relation.sameFile && model.fileColumn !== null && target.fileColumn !== null;
  const isForAll = target.fileColumn === null && target.scope === null;
  return !isNarrowed && (staysInFile || isForAll);
}
