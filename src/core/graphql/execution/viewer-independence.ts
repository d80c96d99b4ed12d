import { getNamedType, isLeafType, isObjectType, TypeNameMetaFieldDef } from 'graphql';
import { extensionsOf } from '../../model/extensions.ts';
import { modelNamed } from '../../model/registry.ts';
import type { PreparedOperation } from './operation.ts';
import { type FieldPlan, type OperationPlan, planOf, subPlan, variablesKey } from './operation-plan.ts';
import { variablesOf } from './operation-variables.ts';

/** The selection of a subscription. Subscriptions whose responses are interchangeable share one object. */
export interface SharedSelection {
  /** Unique within the process. */
  id: number;
}

const selections = new WeakMap<OperationPlan, Map<string, SharedSelection>>();
/** Maximum number of variable sets remembered per plan. */
const maxKept = 1_000;
let lastId = 0;

/**
 * The selection of a subscription if its response to an event is the same for all viewers of one role with the same
 * rights on the event's file; null if it may differ between viewers.
 *
 * Fails closed: a field with a resolver counts as viewer-dependent unless declared `viewerIndependent`, and so does a
 * relation unless it stays in the file or leads to rows that everybody can see.
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
  if (!extensionsOf(plan.field).viewerIndependent && !isReadIndependently(plan)) return false;
  const type = getNamedType(plan.returnType);
  if (isLeafType(type)) return true;
  return (
    isObjectType(type) &&
    subPlan(scope, plan, type).fields.every((below) => computeIndependence(scope, below))
  );
}

/** A value read from the row itself, or a relation whose rows are the same for everybody who may read it. */
function isReadIndependently({ field, parentType, fieldNodes }: FieldPlan): boolean {
  const extensions = extensionsOf(field);
  if (!extensions.rowLocal) return false;
  if (!extensions.relation) return true;
  const model = modelNamed(parentType.name);
  const relation = model?.relations.get(field.name);
  if (!model || !relation) return false;
  // A filter may refer to the viewer's own segments or to other files.
  const isNarrowed = fieldNodes.some(({ arguments: given = [] }) =>
    given.some(({ name }) => name.value === 'filter' || name.value === 'search'),
  );
  const target = relation.target();
  const staysInFile = relation.sameFile && model.fileColumn !== null && target.fileColumn !== null;
  const isForAll = target.fileColumn === null && target.scope === null;
  return !isNarrowed && (staysInFile || isForAll);
}
