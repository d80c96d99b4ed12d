import { type ExecutionResult, type GraphQLError, locatedError } from 'graphql';
import type { Context } from '../../context.ts';
import type { Delivery, PreparedOperation } from './operation.ts';
import { argumentsOf, type FieldPlan, type OperationPlan, planOf } from './operation-plan.ts';
import { buildResolveInfo, pathToArray } from './resolve-field.ts';

/**
 * Opens the stream that a subscription follows, as graphql's `createSourceEventStream` does, with the variables as they
 * have been read: every error is the subscription's own.
 */
export async function openSource(
  args: PreparedOperation,
): Promise<AsyncIterable<Delivery> | ExecutionResult> {
  const { schema, document, operationName, values, rootValue, contextValue } = args;
  // Whoever prepared the operation has seen to it that there is one.
  const plan = planOf(schema, document, operationName, values) as OperationPlan;
  const field = plan.root.fields[0] as FieldPlan;
  const path = { prev: undefined, key: field.responseName, typename: plan.root.type.name };
  try {
    const info = buildResolveInfo({ plan, rootValue, variables: values, acceptsRawJson: false }, field, path);
    const subscribe = field.field.subscribe as NonNullable<typeof field.field.subscribe>;
    const source = await subscribe(rootValue, argumentsOf(field, values), contextValue as Context, info);
    if (source instanceof Error) throw source;
    return source as AsyncIterable<Delivery>;
  } catch (error) {
    return { errors: [locatedError(error, field.fieldNodes, pathToArray(path)) as GraphQLError] };
  }
}
