import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  GraphQLIncludeDirective,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getArgumentValues,
  getDirectiveValues,
  getNullableType,
  getOperationAST,
  isAbstractType,
  isLeafType,
  isNullableType,
  Kind,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  type SelectionSetNode,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
  type ValueNode,
  type VariableDefinitionNode,
  visit,
} from 'graphql';
import type { Context } from '../../context.ts';

export type Variables = Readonly<Record<string, unknown>>;
export type Arguments = Record<string, unknown>;

/**
 * A key for the named variables in a set of coerced ones. Absent differs from null, which plain JSON would not show; a
 * default is represented by its value.
 */
export const variablesKey = (names: readonly string[], variables: Variables): string =>
  names.length === 0
    ? ''
    : JSON.stringify(names.map((name) => (Object.hasOwn(variables, name) ? [variables[name]] : [])));

/** One selected field of one object type, with everything precomputed that does not depend on a request. */
export interface FieldPlan {
  responseName: string;
  /** Response name of the root field it is below, or is itself. */
  rootName: string;
  parentType: GraphQLObjectType;
  field: GraphQLField<unknown, Context>;
  fieldNodes: readonly FieldNode[];
  returnType: GraphQLOutputType;
  nullable: boolean;
  /** The field's type if it holds a single scalar or enum value. */
  leaf: GraphQLLeafType | null;
  /** The arguments if they contain no variable; computed on first use, since literals can be refused. */
  constantArguments: Arguments | undefined;
  hasVariables: boolean;
  /** The sub-selection for each object type this field can return; filled on demand. */
  below: Map<GraphQLObjectType, ObjectPlan>;
}

/** The selection on one object type at one point of the operation. */
export interface ObjectPlan {
  type: GraphQLObjectType;
  fields: FieldPlan[];
  /** A response name is `__proto__`, which only an object without a prototype can hold. */
  nullPrototype: boolean;
}

/** A compiled operation. The same document is compiled once, however often it is sent. */
export interface OperationPlan {
  schema: GraphQLSchema;
  operation: OperationDefinitionNode;
  fragments: Record<string, FragmentDefinitionNode>;
  root: ObjectPlan;
  /** Determine `@skip` and `@include`: a plan is valid for one set of their values. */
  variables: Variables;
}

/** Plans by document, kept as long as the document itself. */
const plansByDocument = new WeakMap<DocumentNode, Map<string, OperationPlan>>();
/** Maximum number of plans per document, one per outcome of `@skip` and `@include`. */
const maxPlansPerDocument = 32;

/**
 * The plan of an operation, or null if the document has none of this name. `variables` are coerced.
 *
 * Throws GraphQLError if `@skip` or `@include` of a root field is given null.
 */
export function planOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
  variables: Variables,
): OperationPlan | null {
  let plans = plansByDocument.get(document);
  if (!plans) {
    plans = new Map();
    plansByDocument.set(document, plans);
  }
  const key = `${JSON.stringify(operationName ?? null)} ${variablesKey(conditionsOf(document), variables)}`;
  const known = plans.get(key);
  if (known?.schema === schema) return known;
  const operation = getOperationAST(document, operationName);
  const type = operation && schema.getRootType(operation.operation);
  if (!operation || !type) return null;
  const fragments: Record<string, FragmentDefinitionNode> = Object.create(null);
  for (const node of document.definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments[node.name.value] = node;
  }
  const scope = { schema, fragments, variables };
  const plan = { ...scope, operation, root: objectPlan(scope, type, [operation.selectionSet]) };
  if (plans.size >= maxPlansPerDocument) plans.clear();
  plans.set(key, plan);
  return plan;
}

const conditionNames = new WeakMap<DocumentNode, string[]>();

/** Names of the variables used by `@skip` and `@include` in a document. */
function conditionsOf(document: DocumentNode): string[] {
  const known = conditionNames.get(document);
  if (known) return known;
  const names = new Set<string>();
  visit(document, {
    Directive(node) {
      if (node.name.value !== GraphQLSkipDirective.name && node.name.value !== GraphQLIncludeDirective.name)
        return;
      for (const { value } of node.arguments ?? [])
        if (value.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  conditionNames.set(document, [...names]);
  return [...names];
}

type Scope = Pick<OperationPlan, 'schema' | 'fragments' | 'variables'>;

/** The sub-selection of a field for one object type. */
export function subPlan(scope: Scope, plan: FieldPlan, type: GraphQLObjectType): ObjectPlan {
  let below = plan.below.get(type);
  if (!below) {
    below = objectPlan(
      scope,
      type,
      plan.fieldNodes.flatMap(({ selectionSet }) => (selectionSet ? [selectionSet] : [])),
      plan.rootName,
    );
    plan.below.set(type, below);
  }
  return below;
}

function objectPlan(
  scope: Scope,
  type: GraphQLObjectType,
  sets: SelectionSetNode[],
  rootName?: string,
): ObjectPlan {
  const nodesByName = new Map<string, FieldNode[]>();
  const visited = new Set<string>();
  for (const set of sets) collect(scope, type, set, nodesByName, visited);
  const fields = [...nodesByName].flatMap(([responseName, fieldNodes]) => {
    const field = fieldOf(scope.schema, type, (fieldNodes[0] as FieldNode).name.value);
    return field ? [fieldPlan(type, field, responseName, fieldNodes, rootName ?? responseName)] : [];
  });
  return { type, fields, nullPrototype: nodesByName.has('__proto__') };
}

/** The plan of the fields merged under one response name. */
export const fieldPlan = (
  parentType: GraphQLObjectType,
  field: GraphQLField<unknown, Context>,
  responseName: string,
  fieldNodes: readonly FieldNode[],
  rootName: string,
): FieldPlan => ({
  responseName,
  rootName,
  parentType,
  field,
  fieldNodes,
  returnType: field.type,
  nullable: isNullableType(field.type),
  leaf: leafOf(field.type),
  constantArguments: field.args.length === 0 ? {} : undefined,
  hasVariables: (fieldNodes[0]?.arguments ?? []).some(({ value }) => holdsVariable(value)),
  below: new Map(),
});

const leafOf = (type: GraphQLOutputType): GraphQLLeafType | null => {
  const nullable = getNullableType(type);
  return isLeafType(nullable) ? nullable : null;
};

const holdsVariable = (value: ValueNode): boolean => {
  if (value.kind === Kind.VARIABLE) return true;
  if (value.kind === Kind.LIST) return value.values.some(holdsVariable);
  return value.kind === Kind.OBJECT && value.fields.some((field) => holdsVariable(field.value));
};

/** The arguments of a field for one request. Throws like graphql-js for an invalid value. */
export function argumentsOf(plan: FieldPlan, variables: Variables): Arguments {
  if (plan.constantArguments) return plan.constantArguments;
  const values = getArgumentValues(
    plan.field as GraphQLField<unknown, unknown>,
    plan.fieldNodes[0] as FieldNode,
    variables,
  );
  if (!plan.hasVariables) plan.constantArguments = values;
  return values;
}

/** CollectFields() of the specification: fields by response name, in document order. */
function collect(
  scope: Scope,
  type: GraphQLObjectType,
  set: SelectionSetNode,
  found: Map<string, FieldNode[]>,
  visited: Set<string>,
): void {
  for (const node of set.selections) {
    if (!isIncluded(node, scope.variables)) continue;
    if (node.kind === Kind.FIELD) {
      const name = (node.alias ?? node.name).value;
      const nodes = found.get(name);
      if (nodes) nodes.push(node);
      else found.set(name, [node]);
    } else if (node.kind === Kind.INLINE_FRAGMENT) {
      if (applies(scope.schema, node.typeCondition?.name.value, type))
        collect(scope, type, node.selectionSet, found, visited);
    } else if (!visited.has(node.name.value)) {
      visited.add(node.name.value);
      const fragment = scope.fragments[node.name.value];
      if (fragment && applies(scope.schema, fragment.typeCondition.name.value, type)) {
        collect(scope, type, fragment.selectionSet, found, visited);
      }
    }
  }
}

/** Evaluates `@skip` and `@include` of a selection. Throws GraphQLError if the condition is null. */
function isIncluded(node: SelectionSetNode['selections'][number], variables: Variables): boolean {
  if (!node.directives?.length) return true;
  if (getDirectiveValues(GraphQLSkipDirective, node, variables)?.if === true) return false;
  return getDirectiveValues(GraphQLIncludeDirective, node, variables)?.if !== false;
}

function applies(schema: GraphQLSchema, condition: string | undefined, type: GraphQLObjectType): boolean {
  if (condition === undefined || condition === type.name) return true;
  const named = schema.getType(condition);
  return isAbstractType(named) && schema.isSubType(named, type);
}

function fieldOf(
  schema: GraphQLSchema,
  type: GraphQLObjectType,
  name: string,
): GraphQLField<unknown, Context> | undefined {
  if (name === TypeNameMetaFieldDef.name) return TypeNameMetaFieldDef;
  if (type === schema.getQueryType()) {
    if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
    if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef;
  }
  return type.getFields()[name];
}

/** The variables that an operation declares. */
export function definitionsOf(
  document: DocumentNode,
  operationName: string | null | undefined,
): readonly VariableDefinitionNode[] {
  return getOperationAST(document, operationName)?.variableDefinitions ?? [];
}
