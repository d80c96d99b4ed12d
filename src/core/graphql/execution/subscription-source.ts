import { type ExecutionResult, type GraphQLError, locatedError } from 'graphql';
import type { Context } from '../../context.ts';
import type { Delivery, PreparedOperation } from './operation.ts';
import { argumentsOf, type FieldPlan, type OperationPlan, planOf } from './operation-plan.ts';
import { buildResolveInfo, pathToArray } from './resolve-field.ts';

/**
 * Opens the source stream of a subscription like graphql-js's `createSourceEventStream`, but with variables already
 * coerced: any error comes from the subscription itself.
 */
export async function openSource(
  args: PreparedOperation,
): Promise<AsyncIterable<Delivery> | ExecutionResult> {
  const { schema, document, operationName, values, rootValue, contextValue } = args;
  // Preparation has made sure that the plan exists.
  const plan = planOf(schema, document, operationName, values) as OperationPlan;
  const field = plan.root.fields[0] as FieldPlan;
  const path = { prev: undefined, key: field.responseName, typename: plan.root.type.name };
  try {
    const info = buildResolveInfo({ plan, rootValue, variables: values }, field, path);
    const subscribe = field.field.subscribe as NonNullable<typeof field.field.subscribe>;
    const source = await subscribe(rootValue, argumentsOf(field, values), contextValue as Context, info);
    if (source instanceof Error) throw source;
    return source as AsyncIterable<Delivery>;
  } catch (error) {
    return { errors: [locatedError(error, field.fieldNodes, pathToArray(path)) as GraphQLError] };
  }
}
