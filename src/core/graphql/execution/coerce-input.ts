import {
  type DocumentNode,
  GraphQLError,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLLeafType,
  type GraphQLSchema,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  isRequiredInputField,
  Kind,
  type OperationDefinitionNode,
  TypeInfo,
  typeFromAST,
  type ValueNode,
  valueFromAST,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { Issue } from '../../errors.ts';
import { isStorable } from '../../validation/text.ts';

type Path = (string | number)[];

/** Maximum number of violations collected per operation: each takes time to describe. */
const maxIssues = 100;

/**
 * Maximum nesting of fields and list items. The deepest accepted filter has fewer than half as many levels; thousands
 * would exhaust the stack, here or in whatever uses the value.
 */
const maxDepth = 100;

/** Access to the parts of an input value: JSON for variables, AST nodes for literals. */
interface Form<Value> {
  /** A variable inside a literal, which is coerced where its value is given. */
  isElsewhere: (value: Value) => boolean;
  isNull: (value: Value) => boolean;
  /** Null if the value is not a list; it then counts as a list of one. */
  items: (value: Value) => readonly Value[] | null;
  /** Null if the value is not an object. */
  fields: (value: Value) => Map<string, Value> | null;
  /** The value parsed by the leaf type; undefined or an error if it is invalid. */
  read: (type: GraphQLLeafType, value: Value) => unknown;
}

const jsonForm: Form<unknown> = {
  isElsewhere: () => false,
  isNull: (value) => value === null || value === undefined,
  items: (value) => (Array.isArray(value) ? value : null),
  fields: (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? new Map(Object.entries(value).filter(([, field]) => field !== undefined))
      : null,
  read: (type, value) => type.parseValue(value),
};

const literalForm: Form<ValueNode> = {
  isElsewhere: ({ kind }) => kind === Kind.VARIABLE,
  isNull: ({ kind }) => kind === Kind.NULL,
  items: (node) => (node.kind === Kind.LIST ? node.values : null),
  fields: (node) =>
    node.kind === Kind.OBJECT ? new Map(node.fields.map(({ name, value }) => [name.value, value])) : null,
  read: (type, node) => type.parseLiteral(node, undefined),
};

/**
 * All violations of the literals in a document, wherever they occur. Each path begins with the name of the argument (or
 * of the variable whose default it is).
 */
export function literalIssues(schema: GraphQLSchema, document: DocumentNode): Issue[] {
  const issues: Issue[] = [];
  const types = new TypeInfo(schema);
  const check = (name: string, value: ValueNode | undefined, type: unknown) => {
    if (value && isInputType(type)) collect(literalForm, value, type, [name], issues);
    return false;
  };
  visit(
    document,
    visitWithTypeInfo(types, {
      [Kind.ARGUMENT]: ({ name, value }) => check(name.value, value, types.getInputType()),
      [Kind.VARIABLE_DEFINITION]: ({ variable, defaultValue, type }) =>
        check(variable.name.value, defaultValue, typeFromAST(schema, type as never)),
    }),
  );
  return issues;
}

/** The coerced variables of an operation. */
export interface CoercedVariables {
  /** As passed to resolvers, with defaults. Not usable if there are issues. */
  values: Record<string, unknown>;
  /** All violations. Each path begins with the variable's name. */
  issues: Issue[];
}

/**
 * Coerces the variables of an operation like graphql-js's `getVariableValues`, collecting all violations in the same
 * pass.
 */
export function coerceVariableValues(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): CoercedVariables {
  // Without a prototype: a variable may have the name of an Object.prototype property and must not be found if it was
  // not given.
  const values: Record<string, unknown> = Object.create(null);
  const issues: Issue[] = [];
  for (const { variable, type: typeNode, defaultValue } of operation.variableDefinitions ?? []) {
    const name = variable.name.value;
    const type = typeFromAST(schema, typeNode as never);
    if (!isInputType(type)) continue;
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (value !== undefined) values[name] = collect(jsonForm, value, type, [name], issues);
    else if (defaultValue) values[name] = valueFromAST(defaultValue, type);
    else if (isNonNullType(type)) issues.push(required([name]));
  }
  return { values, issues };
}

/** Coerces a value; adds its violations to `issues`. */
function collect<Value>(
  form: Form<Value>,
  value: Value,
  type: GraphQLInputType,
  path: Path,
  issues: Issue[],
): unknown {
  if (form.isElsewhere(value) || issues.length >= maxIssues) return undefined;
  if (path.length > maxDepth) {
    issues.push(issue(path, 'TOO_DEEP', `An input nests at most ${maxDepth} levels. (输入嵌套过深。)`));
    return undefined;
  }
  if (isNonNullType(type)) {
    if (!form.isNull(value)) return collect(form, value, type.ofType, path, issues);
    issues.push(required(path));
    return undefined;
  }
  if (form.isNull(value)) return null;
  if (isListType(type)) {
    const items = form.items(value);
    if (items === null) return [collect(form, value, type.ofType, path, issues)];
    return items.map((item, index) => collect(form, item, type.ofType, [...path, index], issues));
  }
  if (isInputObjectType(type)) return collectFields(form, value, type, path, issues);
  return collectLeaf(form, value, type, path, issues);
}

function collectFields<Value>(
  form: Form<Value>,
  value: Value,
  type: GraphQLInputObjectType,
  path: Path,
  issues: Issue[],
): unknown {
  const given = form.fields(value);
  if (!given) {
    issues.push(
      issue(path, 'WRONG_TYPE', `"${nameOf(path)}" must be an object of type ${type.name}. (应为对象。)`),
    );
    return undefined;
  }
  const { places, awaited } = fieldsOf(type);
  const names = [...given.keys(), ...awaited.filter((name) => !given.has(name))];
  const fields = type.getFields();
  const values: Record<string, unknown> = {};
  // In the order of the type's fields, as in graphql-js: text that is stored or compared depends on it.
  for (const name of names.sort((one, other) => place(one) - place(other))) {
    if (issues.length >= maxIssues) break;
    const at = [...path, name];
    const field = fields[name];
    if (!field) {
      issues.push(issue(at, 'UNKNOWN_FIELD', `${type.name} has no field "${name}". (没有此字段。)`));
    } else if (given.has(name))
      values[name] = collect(form, given.get(name) as Value, field.type, at, issues);
    else if (field.defaultValue !== undefined) values[name] = field.defaultValue;
    else issues.push(required(at));
  }
  return values;

  function place(name: string): number {
    return places.get(name) ?? places.size;
  }
}

interface FieldPlaces {
  places: Map<string, number>;
  /** Fields that matter even if they are not given: those with a default, and required ones. */
  awaited: string[];
}

const fieldsByType = new WeakMap<GraphQLInputObjectType, FieldPlaces>();

/** Computed once per type: a filter can have sixty fields, of which a query uses two. */
function fieldsOf(type: GraphQLInputObjectType): FieldPlaces {
  let known = fieldsByType.get(type);
  if (!known) {
    const fields = Object.values(type.getFields());
    known = {
      places: new Map(fields.map(({ name }, index) => [name, index])),
      awaited: fields
        .filter((field) => isRequiredInputField(field) || field.defaultValue !== undefined)
        .map(({ name }) => name),
    };
    fieldsByType.set(type, known);
  }
  return known;
}

function collectLeaf<Value>(
  form: Form<Value>,
  value: Value,
  type: GraphQLLeafType,
  path: Path,
  issues: Issue[],
): unknown {
  try {
    const read = form.read(type, value);
    if (typeof read === 'string' && !isStorable(read)) issues.push(unstorable(path));
    if (read === undefined)
      issues.push(issue(path, 'WRONG_TYPE', `"${nameOf(path)}" is not a ${type.name}. (值无效。)`));
    return read;
  } catch (error) {
    // Only a scalar's own error about the value is meant for the client.
    const reason =
      error instanceof GraphQLError ? withoutSuggestion(error.message) : `It is not a ${type.name}.`;
    issues.push(issue(path, 'WRONG_TYPE', `"${nameOf(path)}": ${reason} (值无效。)`));
    return undefined;
  }
}

/** Removes graphql-js's "Did you mean …?", which would reveal names of the schema to anyone who guesses. */
export const withoutSuggestion = (message: string): string => message.replace(/ ?Did you mean .*\?$/s, '');

const issue = (path: Path, code: string, message: string): Issue => ({ path, code, message });
const unstorable = (path: Path): Issue =>
  issue(path, 'TEXT_CONTROL_CHARACTER', `"${nameOf(path)}" contains a control character. (含有控制字符。)`);
const required = (path: Path): Issue => issue(path, 'REQUIRED', `"${nameOf(path)}" is required. (必填。)`);
const nameOf = (path: Path): string => path.join('.');
