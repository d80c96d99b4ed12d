import { createHash } from 'node:crypto';
import {
  GraphQLError,
  type GraphQLNamedInputType,
  getNamedType,
  isAbstractType,
  isInputObjectType,
  isObjectType,
  locatedError,
} from 'graphql';
import type { Viewer } from '../../access/viewer.ts';
import { withheldByRole } from '../../errors.ts';
import { extensionsOf } from '../../model/extensions.ts';
import { compileFilter, type Filter } from '../../model/filter.ts';
import type { Model, OrderTerm, ReadContext } from '../../model/model.types.ts';
import { orderKeys } from '../../model/order.ts';
import { aliases } from '../../model/read-context.ts';
import { modelNamed } from '../../model/registry.ts';
import { noSavedFilters } from '../../model/saved-filter.ts';
import {
  type Arguments,
  argumentsOf,
  type FieldPlan,
  type ObjectPlan,
  type OperationPlan,
  subPlan,
  type Variables,
  variablesKey,
} from './operation-plan.ts';
import { variablesOf } from './operation-variables.ts';

/** A field whose arguments can refer to fields of a customer file. */
interface Using {
  field: FieldPlan;
  /** Hashes of the roles and variables already checked and accepted. */
  passed: Set<string>;
}

const usingByPlan = new WeakMap<OperationPlan, Using[]>();
/** Maximum number of accepted hashes per field. */
const maxPassed = 100;
/** Variables longer than this are not remembered: they rarely recur and take long to hash. */
const maxKeptLength = 1_000;

/**
 * FORBIDDEN errors for every use of a field that the viewer's role can never read (in a filter, an order, a grouping, a
 * rule or by name), anywhere in the operation and whatever is selected there. If there are any, nothing of the
 * operation runs, including mutations. Uses inside a saved segment are refused where it is read.
 */
export function refusedUses(plan: OperationPlan, variables: Variables, viewer: Viewer): GraphQLError[] {
  return usingOf(plan).flatMap(({ field, passed }) => {
    const given = variablesKey(variablesOf(plan, field).own, variables);
    const isKept = given.length <= maxKeptLength;
    const key = isKept ? `${viewer.role} ${createHash('sha256').update(given).digest('base64')}` : '';
    if (isKept && passed.has(key)) return [];
    const errors = refusalsOf(field, variables, viewer);
    if (!isKept || errors.length > 0) return errors;
    if (passed.size >= maxPassed) passed.clear();
    passed.add(key);
    return [];
  });
}

function refusalsOf(field: FieldPlan, variables: Variables, viewer: Viewer): GraphQLError[] {
  const refusals: GraphQLError[] = [];
  const attempt: Attempt = (use) => {
    try {
      use();
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      // Other errors are reported when the field is resolved.
      if (error.extensions.code === 'FORBIDDEN') refusals.push(error);
    }
  };
  attempt(() => {
    const args = argumentsOf(field, variables);
    const reading = { viewer, now: new Date(), timeZone: 'UTC', currency: 'CNY', saved: noSavedFilters() };
    const { requireUses } = extensionsOf(field.field);
    if (requireUses) attempt(() => requireUses(viewer, args));
    for (const { name, type } of field.field.args)
      compileUses(reading, getNamedType(type), args[name], attempt);
  });
  const [first, ...others] = refusals;
  if (!first) return [];
  const error = others.length === 0 ? first : withheldByRole(refusals.flatMap(fieldsOf));
  return [locatedError(error, field.fieldNodes, [field.rootName])];
}

const fieldsOf = ({ extensions: { fields, field } }: GraphQLError): string[] =>
  (fields as string[] | undefined) ?? [field as string];

type Attempt = (use: () => unknown) => void;

/** Compiles each filter and order in a value, only for the errors thrown. */
function compileUses(
  reading: ReadContext,
  type: GraphQLNamedInputType,
  value: unknown,
  attempt: Attempt,
): void {
  if (value == null || !canUse(type)) return;
  if (Array.isArray(value)) {
    for (const item of value) compileUses(reading, type, item, attempt);
    return;
  }
  const next = aliases();
  const alias = next();
  const { filtered, ordered } = modelsOf(type);
  if (filtered) attempt(() => compileFilter(reading, filtered, value as Filter, alias, null, next));
  else if (ordered) attempt(() => orderKeys(reading, ordered, [value as OrderTerm], alias, null));
  else if (isInputObjectType(type))
    for (const part of Object.values(type.getFields()))
      compileUses(reading, getNamedType(part.type), (value as Arguments)[part.name], attempt);
}

/** The model that a type is a filter or an order of. */
function modelsOf(type: GraphQLNamedInputType): {
  filtered?: Model | undefined;
  ordered?: Model | undefined;
} {
  const { filterOf, orderOf } = extensionsOf(type);
  return {
    filtered: filterOf ? modelNamed(filterOf) : undefined,
    ordered: orderOf ? modelNamed(orderOf) : undefined,
  };
}

const canUseByType = new WeakMap<GraphQLNamedInputType, boolean>();

/** Whether this type is, or can contain, a filter or an order. */
function canUse(type: GraphQLNamedInputType): boolean {
  const known = canUseByType.get(type);
  if (known !== undefined) return known;
  // Ends the recursion for a type that contains itself.
  canUseByType.set(type, false);
  const { filtered, ordered } = modelsOf(type);
  const found =
    filtered !== undefined ||
    ordered !== undefined ||
    (isInputObjectType(type) &&
      Object.values(type.getFields()).some((part) => canUse(getNamedType(part.type))));
  canUseByType.set(type, found);
  return found;
}

function usingOf(plan: OperationPlan): Using[] {
  let using = usingByPlan.get(plan);
  if (!using) {
    using = [];
    collect(plan, plan.root, using);
    usingByPlan.set(plan, using);
  }
  return using;
}

function collect(plan: OperationPlan, { fields }: ObjectPlan, using: Using[]): void {
  for (const field of fields) {
    const isUsing = field.field.args.some(({ type }) => canUse(getNamedType(type)));
    if (isUsing || extensionsOf(field.field).requireUses) using.push({ field, passed: new Set() });
    const type = getNamedType(field.returnType);
    const types = isAbstractType(type)
      ? plan.schema.getPossibleTypes(type)
      : isObjectType(type)
        ? [type]
        : [];
    for (const concrete of types) collect(plan, subPlan(plan, field, concrete), using);
  }
}
