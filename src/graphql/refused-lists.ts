import { GraphQLError, getNamedType, isAbstractType, isObjectType, locatedError } from 'graphql';
import type { Viewer } from '../context.ts';
import { compileFilter } from '../model/filter.ts';
import { type Model, modelNamed } from '../model/model.ts';
import { orderKeys } from '../model/order.ts';
import type { ListArguments } from '../model/page-request.ts';
import { aliases } from '../model/reading.ts';
import { noSavedFilters } from '../model/saved-filter.ts';
import {
  argumentsOf,
  type FieldPlan,
  type ObjectPlan,
  type OperationPlan,
  planBelow,
  type Variables,
  variablesKey,
} from './operation-plan.ts';
import { variablesOf } from './operation-variables.ts';

/** A field that lists rows of a model by conditions or in an order of the client's. */
interface List {
  field: FieldPlan;
  model: Model;
  /** Roles and variables that are known to be in order. */
  passed: Set<string>;
}

const listsByPlan = new WeakMap<OperationPlan, List[]>();
/** Roles and sets of variables kept for one list at most. */
const maxPassed = 100;

/**
 * FORBIDDEN for every list of an operation, wherever it stands and whatever is selected of it, that filters or orders by
 * a field the viewer's role never reads: nothing of the operation then runs, a mutation among it. What segments in a
 * filter ask is judged where they are read.
 */
export function refusedLists(plan: OperationPlan, variables: Variables, viewer: Viewer): GraphQLError[] {
  return listsOf(plan).flatMap((list) => {
    const key = `${viewer.role} ${variablesKey(variablesOf(plan, list.field).all, variables)}`;
    if (list.passed.has(key)) return [];
    const errors = refusalsOf(list, variables, viewer);
    if (list.passed.size >= maxPassed) list.passed.clear();
    if (errors.length === 0) list.passed.add(key);
    return errors;
  });
}

function refusalsOf({ field, model }: List, variables: Variables, viewer: Viewer): GraphQLError[] {
  const next = aliases();
  const alias = next();
  const reading = { viewer, now: new Date(), timeZone: 'UTC', saved: noSavedFilters() };
  const refusals: GraphQLError[] = [];
  const attempt = (compile: () => unknown) => {
    try {
      compile();
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      // Whatever else is wrong is said where the list is read.
      if (error.extensions.code === 'FORBIDDEN')
        refusals.push(locatedError(error, field.fieldNodes, [field.rootName]));
    }
  };
  attempt(() => {
    const { filter, orderBy } = argumentsOf(field, variables) as ListArguments;
    if (filter) attempt(() => compileFilter(reading, model, filter, alias, null, next));
    if (orderBy) attempt(() => orderKeys(reading, model, orderBy, alias, null));
  });
  return refusals;
}

function listsOf(plan: OperationPlan): List[] {
  let lists = listsByPlan.get(plan);
  if (!lists) {
    lists = [];
    collect(plan, plan.root, lists);
    listsByPlan.set(plan, lists);
  }
  return lists;
}

function collect(plan: OperationPlan, { fields }: ObjectPlan, lists: List[]): void {
  for (const field of fields) {
    const type = getNamedType(field.returnType);
    const model = modelNamed(type.name.replace(/Connection$/, ''));
    const isList = type.name.endsWith('Connection') && field.field.args.some(({ name }) => asked.has(name));
    if (model && isList) lists.push({ field, model, passed: new Set() });
    const types = isAbstractType(type)
      ? plan.schema.getPossibleTypes(type)
      : isObjectType(type)
        ? [type]
        : [];
    for (const concrete of types) collect(plan, planBelow(plan, field, concrete), lists);
  }
}

const asked = new Set(['filter', 'orderBy']);
