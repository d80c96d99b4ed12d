import type { GraphQLField, GraphQLResolveInfo } from 'graphql';
import type { Context } from '../../context.ts';
import { type FieldPlan, fieldPlan, type OperationPlan, type Variables } from './operation-plan.ts';

/** A field being resolved, with the plan of its sub-selection. */
export interface PlannedField {
  field: FieldPlan;
  plan: Pick<OperationPlan, 'schema' | 'fragments' | 'variables'>;
  variables: Variables;
}

/** What resolvers of this executor know beside what graphql's own provides. */
export interface PlannedInfo extends GraphQLResolveInfo {
  planned: PlannedField;
}

/** The planned field: from our executor's plan, or planned now when running under graphql-js's own `execute`. */
export function plannedField(info: GraphQLResolveInfo & Partial<PlannedInfo>): PlannedField {
  if (info.planned) return info.planned;
  const { schema, fragments, parentType, fieldName, fieldNodes, path, variableValues } = info;
  const field = parentType.getFields()[fieldName] as GraphQLField<unknown, Context>;
  let root = path;
  while (root.prev) root = root.prev;
  return {
    field: fieldPlan(parentType, field, String(path.key), fieldNodes, String(root.key)),
    plan: { schema, fragments, variables: variableValues },
    variables: variableValues,
  };
}
