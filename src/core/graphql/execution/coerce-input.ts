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

/** Violations of one operation that are looked for: each takes time to describe. */
const maxIssues = 100;

/**
 * Fields and list items inside one another at most. The deepest filter that is accepted has not half as many, and
 * thousands would exhaust the stack here or wherever the value goes.
 */
const maxDepth = 100;

/** How a form of input shows its parts: JSON for variables, nodes of the document for literals. */
interface Form<Value> {
  /** A variable inside a literal: judged where its value is. */
  isElsewhere: (value: Value) => boolean;
  isNull: (value: Value) => boolean;
  /** Null when the value is no list; it then counts as a list of one. */
  items: (value: Value) => readonly Value[] | null;
  /** Null when the value is no object. */
  fields: (value: Value) => Map<string, Value> | null;
  /** What the leaf makes of the value; undefined or an error when it is none. */
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
 * Violations of the literals of a document, wherever they stand, all at once.
 * Each path begins with the name of the argument (or of the variable whose default it is).
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

/** The variables of an operation. */
export interface CoercedVariables {
  /** As resolvers get them, with defaults; of no use where there are issues. */
  values: Record<string, unknown>;
  /** Violations, all at once. Each path begins with the variable's name. */
  issues: Issue[];
}

/** Reads the variables of an operation as graphql's `getVariableValues` does, in one go with judging them. */
export function coerceVariableValues(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): CoercedVariables {
  // Bare: a variable may be called like what every object has, and one that was not given must not be found.
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

/** What a value becomes, with its violations added to `issues`. */
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
  // In the type's order, as graphql has them: what is kept or compared as text goes by it.
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
  /** Fields that say something where they are not given: those with a default, and those that are required. */
  awaited: string[];
}

const fieldsByType = new WeakMap<GraphQLInputObjectType, FieldPlaces>();

/** Worked out once per type: a filter can have sixty fields, of which a question names two. */
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
    // Only what a scalar says of a value is meant for the client.
    const reason =
      error instanceof GraphQLError ? withoutSuggestion(error.message) : `It is not a ${type.name}.`;
    issues.push(issue(path, 'WRONG_TYPE', `"${nameOf(path)}": ${reason} (值无效。)`));
    return undefined;
  }
}

/** Removes graphql's "Did you mean …?", which tells names of the schema to whoever guesses. */
export const withoutSuggestion = (message: string): string => message.replace(/ ?Did you mean .*\?$/s, '');

const issue = (path: Path, code: string, message: string): Issue => ({ path, code, message });
const unstorable = (path: Path): Issue =>
  issue(path, 'TEXT_CONTROL_CHARACTER', `"${nameOf(path)}" contains a control character. (含有控制字符。)`);
const required = (path: Path): Issue => issue(path, 'REQUIRED', `"${nameOf(path)}" is required. (必填。)`);
const nameOf = (path: Path): string => path.join('..');
