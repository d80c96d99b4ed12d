import type { GraphQLError, GraphQLLeafType, GraphQLObjectType, GraphQLResolveInfo } from 'graphql';
import type { Context } from '../../context.ts';
import { extensionsOf } from '../../model/extensions.ts';
import { type Arguments, argumentsOf, type FieldPlan, type OperationPlan } from './operation-plan.ts';
import type { PlannedInfo } from './planned-field.ts';

/** The path of a value in the response. */
export type Path = GraphQLResolveInfo['path'];

/** One execution of a plan. */
export interface ExecutionContext {
  plan: OperationPlan;
  rootValue: unknown;
  context: Context;
  variables: Record<string, unknown>;
  errors: GraphQLError[];
  /** Values may be bytes, because the response is sent without further processing. */
  acceptsRawJson: boolean;
  /** Arguments and info of fields that are resolved from the row alone, shared by all rows. */
  rowLocal: Map<FieldPlan, { args: Arguments; info: GraphQLResolveInfo }>;
}

/** The resolved value of a field, before completion. */
export function resolve(
  run: ExecutionContext,
  plan: FieldPlan,
  source: unknown,
  parent: Path | undefined,
  type: GraphQLObjectType,
): unknown {
  const { field } = plan;
  if (field.resolve) {
    const { rowLocal, serialize } = extensionsOf(field);
    if (rowLocal) {
      const { args, info } = sharedByRows(run, plan);
      return field.resolve(source, args, run.context, info);
    }
    const resolver = run.acceptsRawJson && serialize ? serialize : field.resolve;
    return resolver(
      source,
      argumentsOf(plan, run.variables),
      run.context,
      buildResolveInfo(run, plan, { prev: parent, key: plan.responseName, typename: type.name }),
    );
  }
  if (source === null || (typeof source !== 'object' && typeof source !== 'function')) return undefined;
  const value = (source as Record<string, unknown>)[field.name];
  if (typeof value !== 'function') return value;
  const info = buildResolveInfo(run, plan, { prev: parent, key: plan.responseName, typename: type.name });
  return (value as (...args: unknown[]) => unknown).call(
    source,
    argumentsOf(plan, run.variables),
    run.context,
    info,
  );
}

function sharedByRows(run: ExecutionContext, plan: FieldPlan): { args: Arguments; info: GraphQLResolveInfo } {
  let shared = run.rowLocal.get(plan);
  if (!shared) {
    // The root is the only part of the path that all rows share.
    const info = buildResolveInfo(run, plan, {
      prev: { prev: undefined, key: plan.rootName, typename: undefined },
      key: plan.responseName,
      typename: plan.parentType.name,
    });
    shared = { args: argumentsOf(plan, run.variables), info };
    run.rowLocal.set(plan, shared);
  }
  return shared;
}

/** The `info` argument of a resolver. */
export const buildResolveInfo = (
  { plan: whole, rootValue, variables }: Pick<ExecutionContext, 'plan' | 'rootValue' | 'variables'>,
  plan: FieldPlan,
  path: Path,
): PlannedInfo => ({
  fieldName: plan.field.name,
  fieldNodes: plan.fieldNodes,
  returnType: plan.returnType,
  parentType: plan.parentType,
  path,
  schema: whole.schema,
  fragments: whole.fragments,
  rootValue,
  operation: whole.operation,
  variableValues: variables,
  planned: { field: plan, plan: whole, variables },
});

/** Serializes a leaf value. */
export const serialize = (type: GraphQLLeafType, value: unknown): unknown => {
  const serialized: unknown = type.serialize(value);
  if (serialized == null) throw new Error(`${type.name} has no form for a value it was given.`);
  return serialized;
};

/** A path as an array, as clients receive it. */
export const pathToArray = (path: Path): (string | number)[] => {
  const keys: (string | number)[] = [];
  for (let at: Path | undefined = path; at; at = at.prev) keys.push(at.key);
  return keys.reverse();
};

/** Whether a value is a promise. */
export const isPromise = (value: unknown): value is Promise<unknown> =>
  typeof (value as { then?: unknown } | null | undefined)?.then === 'function';

/** Awaits the promises in an object and returns it with their values. */
export async function promiseForObject(results: Record<string, unknown>): Promise<Record<string, unknown>> {
  const names = Object.keys(results);
  const values = await Promise.all(Object.values(results));
  names.forEach((name, i) => {
    results[name] = values[i];
  });
  return results;
}
