import {
  defaultTypeResolver,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLAbstractType,
  GraphQLError,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  getVariableValues,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  locatedError,
  OperationTypeNode,
} from 'graphql';
import type { Context } from '../context.ts';
import {
  type Arguments,
  argumentsOf,
  type FieldPlan,
  type ObjectPlan,
  type OperationPlan,
  planBelow,
  planOf,
} from './operation-plan.ts';

type Path = GraphQLResolveInfo['path'];
type Maybe<T> = T | Promise<T>;
type Answer = Record<string, unknown>;

/** One run of a plan. */
interface Run {
  plan: OperationPlan;
  rootValue: unknown;
  context: Context;
  variables: Record<string, unknown>;
  errors: GraphQLError[];
  /** Arguments and info of fields resolved by row alone: one of each for all rows. */
  byRow: Map<FieldPlan, { args: Arguments; info: GraphQLResolveInfo }>;
}

/**
 * Executes an operation exactly as graphql's own `execute`, at a fraction of its
 * cost: what only depends on the document is worked out once per document, and
 * plain fields are read without a path, arguments or info of their own.
 *
 * Replaces `execute` on HTTP and socket; a differential test holds it to it.
 */
export function executeOperation({
  schema,
  document,
  operationName,
  rootValue,
  contextValue,
  variableValues,
}: ExecutionArgs): Maybe<ExecutionResult> {
  const definitions = definitionsOf({ document, operationName });
  const coerced = getVariableValues(schema, definitions, variableValues ?? {}, { maxErrors: 50 });
  if (coerced.errors) return { errors: coerced.errors };
  const plan = planOf(schema, document, operationName, coerced.coerced);
  if (!plan) return { errors: [new GraphQLError('Must provide an operation.')] };
  const run: Run = {
    plan,
    rootValue,
    context: contextValue as Context,
    variables: coerced.coerced,
    errors: [],
    byRow: new Map(),
  };
  const failed = (error: unknown): ExecutionResult => ({
    errors: [...run.errors, error as GraphQLError],
    data: null,
  });
  try {
    const data =
      plan.operation.operation === OperationTypeNode.MUTATION
        ? executeInTurn(run, plan.root)
        : executeFields(run, plan.root, rootValue, undefined);
    return isPromise(data) ? data.then((settled) => answer(run, settled), failed) : answer(run, data);
  } catch (error) {
    return failed(error);
  }
}

const answer = ({ errors }: Run, data: Answer): ExecutionResult =>
  errors.length > 0 ? { errors, data } : { data };

const definitionsOf = ({ document, operationName }: Pick<ExecutionArgs, 'document' | 'operationName'>) => {
  for (const node of document.definitions) {
    if (
      node.kind === 'OperationDefinition' &&
      (operationName == null || node.name?.value === operationName)
    ) {
      return node.variableDefinitions ?? [];
    }
  }
  return [];
};

/** Fields of a mutation run one after another. */
async function executeInTurn(run: Run, { type, fields, bare }: ObjectPlan): Promise<Answer> {
  const results: Answer = bare ? Object.create(null) : {};
  for (const plan of fields)
    results[plan.responseName] = await executeField(run, plan, run.rootValue, undefined, type);
  return results;
}

function executeFields(
  run: Run,
  { type, fields, bare }: ObjectPlan,
  source: unknown,
  path: Path | undefined,
): Maybe<Answer> {
  const results: Answer = bare ? Object.create(null) : {};
  let waits = false;
  try {
    for (const plan of fields) {
      const result = executeField(run, plan, source, path, type);
      results[plan.responseName] = result;
      if (isPromise(result)) waits = true;
    }
  } catch (error) {
    if (!waits) throw error;
    // The others are waited for: a rejection of theirs would otherwise be nobody's.
    return settle(results).finally(() => {
      throw error;
    });
  }
  return waits ? settle(results) : results;
}

async function settle(results: Answer): Promise<Answer> {
  const names = Object.keys(results);
  const values = await Promise.all(Object.values(results));
  names.forEach((name, i) => {
    results[name] = values[i];
  });
  return results;
}

function executeField(
  run: Run,
  plan: FieldPlan,
  source: unknown,
  parent: Path | undefined,
  type: GraphQLObjectType,
): unknown {
  try {
    const value = resolve(run, plan, source, parent, type);
    if (isPromise(value)) {
      return value
        .then((settled) =>
          complete(run, plan, plan.returnType, settled, {
            prev: parent,
            key: plan.responseName,
            typename: type.name,
          }),
        )
        .catch((error) =>
          refuse(run, plan, plan.returnType, error, {
            prev: parent,
            key: plan.responseName,
            typename: type.name,
          }),
        );
    }
    if (value == null) {
      if (plan.nullable) return null;
      throw missing(plan);
    }
    if (plan.leaf && !(value instanceof Error)) return serialize(plan.leaf, value);
    const path = { prev: parent, key: plan.responseName, typename: type.name };
    const completed = complete(run, plan, plan.returnType, value, path);
    return isPromise(completed)
      ? completed.catch((error) => refuse(run, plan, plan.returnType, error, path))
      : completed;
  } catch (error) {
    return refuse(run, plan, plan.returnType, error, {
      prev: parent,
      key: plan.responseName,
      typename: type.name,
    });
  }
}

/** What a field holds, before it is made fit for the answer. */
function resolve(
  run: Run,
  plan: FieldPlan,
  source: unknown,
  parent: Path | undefined,
  type: GraphQLObjectType,
): unknown {
  const { field } = plan;
  if (field.resolve) {
    if (field.extensions.byRow) {
      const { args, info } = sharedByRows(run, plan);
      return field.resolve(source, args, run.context, info);
    }
    return field.resolve(
      source,
      argumentsOf(plan, run.variables),
      run.context,
      infoOf(run, plan, { prev: parent, key: plan.responseName, typename: type.name }),
    );
  }
  if (source === null || (typeof source !== 'object' && typeof source !== 'function')) return undefined;
  const value = (source as Record<string, unknown>)[field.name];
  if (typeof value !== 'function') return value;
  const info = infoOf(run, plan, { prev: parent, key: plan.responseName, typename: type.name });
  return (value as (...args: unknown[]) => unknown).call(
    source,
    argumentsOf(plan, run.variables),
    run.context,
    info,
  );
}

function sharedByRows(run: Run, plan: FieldPlan): { args: Arguments; info: GraphQLResolveInfo } {
  let shared = run.byRow.get(plan);
  if (!shared) {
    const info = infoOf(run, plan, {
      prev: undefined,
      key: plan.responseName,
      typename: plan.parentType.name,
    });
    shared = { args: argumentsOf(plan, run.variables), info };
    run.byRow.set(plan, shared);
  }
  return shared;
}

const infoOf = (
  { plan: { schema, fragments, operation }, rootValue, variables }: Run,
  plan: FieldPlan,
  path: Path,
): GraphQLResolveInfo => ({
  fieldName: plan.field.name,
  fieldNodes: plan.fieldNodes,
  returnType: plan.returnType,
  parentType: plan.parentType,
  path,
  schema,
  fragments,
  rootValue,
  operation,
  variableValues: variables,
});

/** The specification's CompleteValue(). Throws what the field, or the item at `path`, cannot hold. */
function complete(run: Run, plan: FieldPlan, type: GraphQLOutputType, value: unknown, path: Path): unknown {
  if (value instanceof Error) throw value;
  if (isNonNullType(type)) {
    const completed = complete(run, plan, type.ofType, value, path);
    if (completed === null) throw missing(plan);
    return completed;
  }
  if (value == null) return null;
  if (isListType(type)) return completeList(run, plan, type.ofType, value, path);
  if (isLeafType(type)) return serialize(type, value);
  if (isAbstractType(type)) return completeAbstract(run, plan, type, value, path);
  return completeObject(run, plan, type, value, path);
}

function completeList(
  run: Run,
  plan: FieldPlan,
  itemType: GraphQLOutputType,
  value: unknown,
  path: Path,
): Maybe<unknown[]> {
  if (typeof value !== 'object' || value === null || !(Symbol.iterator in value)) {
    throw new GraphQLError(
      `Expected Iterable, but did not find one for field "${plan.parentType.name}.${plan.field.name}".`,
    );
  }
  const completed: unknown[] = [];
  let waits = false;
  try {
    for (const item of value as Iterable<unknown>) {
      const result = completeItem(run, plan, itemType, item, {
        prev: path,
        key: completed.length,
        typename: undefined,
      });
      completed.push(result);
      if (isPromise(result)) waits = true;
    }
  } catch (error) {
    // The list is lost with this item; what becomes of the others is of no interest, but must not end the process.
    for (const result of completed) if (isPromise(result)) result.catch(() => {});
    throw error;
  }
  return waits ? Promise.all(completed) : completed;
}

function completeItem(
  run: Run,
  plan: FieldPlan,
  type: GraphQLOutputType,
  item: unknown,
  path: Path,
): unknown {
  try {
    const completed = isPromise(item)
      ? item.then((settled) => complete(run, plan, type, settled, path))
      : complete(run, plan, type, item, path);
    return isPromise(completed)
      ? completed.catch((error) => refuse(run, plan, type, error, path))
      : completed;
  } catch (error) {
    return refuse(run, plan, type, error, path);
  }
}

const serialize = (type: GraphQLLeafType, value: unknown): unknown => {
  const serialized: unknown = type.serialize(value);
  if (serialized == null) throw new Error(`${type.name} has no form for a value it was given.`);
  return serialized;
};

function completeAbstract(
  run: Run,
  plan: FieldPlan,
  type: GraphQLAbstractType,
  value: unknown,
  path: Path,
): unknown {
  const resolveType = type.resolveType ?? defaultTypeResolver;
  const found = resolveType(value, run.context, infoOf(run, plan, path), type);
  const completeAs = (name: string | undefined) =>
    completeObject(run, plan, concreteType(run, type, name), value, path);
  return isPromise(found) ? found.then(completeAs) : completeAs(found);
}

function concreteType(
  { plan: { schema } }: Run,
  type: GraphQLAbstractType,
  name: string | undefined,
): GraphQLObjectType {
  const concrete = name === undefined ? undefined : schema.getType(name);
  if (isObjectType(concrete) && schema.isSubType(type, concrete)) return concrete;
  throw new GraphQLError(
    `Abstract type "${type.name}" was resolved to "${name}", which is none of its types.`,
  );
}

function completeObject(
  run: Run,
  plan: FieldPlan,
  type: GraphQLObjectType,
  value: unknown,
  path: Path,
): Maybe<Answer> {
  const below = () => executeFields(run, planBelow(run.plan, plan, type), value, path);
  if (!type.isTypeOf) return below();
  const belowIf = (isOfType: boolean) => {
    if (!isOfType)
      throw new GraphQLError(`Expected a value of type "${type.name}".`, { nodes: plan.fieldNodes });
    return below();
  };
  const isOfType = type.isTypeOf(value, run.context, infoOf(run, plan, path));
  return isPromise(isOfType) ? isOfType.then(belowIf) : belowIf(isOfType);
}

/** Null with an error where null is allowed; otherwise the error goes on to the field above. */
function refuse(
  { errors }: Run,
  { fieldNodes }: FieldPlan,
  type: GraphQLOutputType,
  error: unknown,
  path: Path,
): null {
  const located = locatedError(error, fieldNodes, keysOf(path));
  if (isNonNullType(type)) throw located;
  errors.push(located);
  return null;
}

const missing = ({ parentType, field }: FieldPlan): Error =>
  new Error(`Cannot return null for non-nullable field ${parentType.name}.${field.name}.`);

const keysOf = (path: Path): (string | number)[] => {
  const keys: (string | number)[] = [];
  for (let at: Path | undefined = path; at; at = at.prev) keys.push(at.key);
  return keys.reverse();
};

const isPromise = (value: unknown): value is Promise<unknown> =>
  typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
