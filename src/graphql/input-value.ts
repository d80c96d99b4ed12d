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
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { Issue } from '../errors.ts';
import { isStorable } from '../standard/text.ts';

type Path = (string | number)[];

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

/** Violations of the variables of an operation, all at once. Each path begins with the variable's name. */
export function variableIssues(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): Issue[] {
  const issues: Issue[] = [];
  for (const { variable, type: typeNode, defaultValue } of operation.variableDefinitions ?? []) {
    const name = variable.name.value;
    const type = typeFromAST(schema, typeNode as never);
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (value === undefined && defaultValue) continue;
    if (isInputType(type)) collect(jsonForm, value, type, [name], issues);
  }
  return issues;
}

function collect<Value>(
  form: Form<Value>,
  value: Value,
  type: GraphQLInputType,
  path: Path,
  issues: Issue[],
): void {
  if (form.isElsewhere(value)) return;
  if (isNonNullType(type)) {
    if (form.isNull(value)) issues.push(required(path));
    else collect(form, value, type.ofType, path, issues);
  } else if (form.isNull(value)) return;
  else if (isListType(type)) {
    const items = form.items(value);
    if (items === null) collect(form, value, type.ofType, path, issues);
    else
      for (const [index, item] of items.entries()) collect(form, item, type.ofType, [...path, index], issues);
  } else if (isInputObjectType(type)) collectFields(form, value, type, path, issues);
  else collectLeaf(form, value, type, path, issues);
}

function collectFields<Value>(
  form: Form<Value>,
  value: Value,
  type: GraphQLInputObjectType,
  path: Path,
  issues: Issue[],
): void {
  const given = form.fields(value);
  if (!given) {
    issues.push(
      issue(path, 'WRONG_TYPE', `"${nameOf(path)}" must be an object of type ${type.name}. (应为对象。)`),
    );
    return;
  }
  const fields = type.getFields();
  for (const [name, part] of given) {
    const at = [...path, name];
    const field = fields[name];
    if (field) collect(form, part, field.type, at, issues);
    else issues.push(issue(at, 'UNKNOWN_FIELD', `${type.name} has no field "${name}". (没有此字段。)`));
  }
  for (const name of requiredFieldsOf(type)) if (!given.has(name)) issues.push(required([...path, name]));
}

const requiredByType = new WeakMap<GraphQLInputObjectType, string[]>();

/** Worked out once: a filter can have sixty fields, of which a question names two. */
function requiredFieldsOf(type: GraphQLInputObjectType): string[] {
  let names = requiredByType.get(type);
  if (!names) {
    const fields = Object.values(type.getFields());
    names = fields.filter(isRequiredInputField).map(({ name }) => name);
    requiredByType.set(type, names);
  }
  return names;
}

function collectLeaf<Value>(
  form: Form<Value>,
  value: Value,
  type: GraphQLLeafType,
  path: Path,
  issues: Issue[],
): void {
  try {
    const read = form.read(type, value);
    if (typeof read === 'string' && !isStorable(read)) issues.push(unstorable(path));
    if (read !== undefined) return;
    issues.push(issue(path, 'WRONG_TYPE', `"${nameOf(path)}" is not a ${type.name}. (值无效。)`));
  } catch (error) {
    // Only what a scalar says of a value is meant for the client.
    const reason =
      error instanceof GraphQLError ? withoutSuggestion(error.message) : `It is not a ${type.name}.`;
    issues.push(issue(path, 'WRONG_TYPE', `"${nameOf(path)}": ${reason} (值无效。)`));
  }
}

/** Removes graphql's "Did you mean …?", which tells names of the schema to whoever guesses. */
export const withoutSuggestion = (message: string): string => message.replace(/ ?Did you mean .*\?$/s, '');

const issue = (path: Path, code: string, message: string): Issue => ({ path, code, message });
const unstorable = (path: Path): Issue =>
  issue(path, 'TEXT_CONTROL_CHARACTER', `"${nameOf(path)}" contains a control character. (含有控制字符。)`);
const required = (path: Path): Issue => issue(path, 'REQUIRED', `"${nameOf(path)}" is required. (必填。)`);
const nameOf = (path: Path): string => path.join('.');
