import {
  type DocumentNode,
  GraphQLError,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLLeafType,
  type GraphQLSchema,
  isEnumType,
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
import { suggestionList } from 'graphql/jsutils/suggestionList.js';
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
 * of the variable whose default it is). `suggests`: whether messages may suggest names of the schema.
 */
export function literalIssues(schema: GraphQLSchema, document: DocumentNode, suggests: boolean): Issue[] {
  const found: Findings = { issues: [], suggests };
  const types = new TypeInfo(schema);
  const check = (name: string, value: ValueNode | undefined, type: unknown) => {
    if (value && isInputType(type)) collect(literalForm, value, type, [name], found);
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
  return found.issues;
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
  suggests: boolean,
): CoercedVariables {
  // Without a prototype: a variable may have the name of an Object.prototype property and must not be found if it was
  // not given.
  const values: Record<string, unknown> = Object.create(null);
  const found: Findings = { issues: [], suggests };
  for (const { variable, type: typeNode, defaultValue } of operation.variableDefinitions ?? []) {
    const name = variable.name.value;
    const type = typeFromAST(schema, typeNode as never);
    if (!isInputType(type)) continue;
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (value !== undefined) values[name] = collect(jsonForm, value, type, [name], found);
    else if (defaultValue) values[name] = valueFromAST(defaultValue, type);
    else if (isNonNullType(type)) found.issues.push(required([name]));
  }
  return { values, issues: found.issues };
}

/** Violations found so far, and whether they may suggest names of the schema. */
interface Findings {
  issues: Issue[];
  suggests: boolean;
}

/** Coerces a value; adds its violations to those found. */
function collect<Value>(
  form: Form<Value>,
  value: Value,
  type: GraphQLInputType,
  path: Path,
  found: Findings,
): unknown {
  const { issues } = found;
  if (form.isElsewhere(value) || issues.length >= maxIssues) return undefined;
  if (path.length > maxDepth) {
    issues.push(issue(path, 'TOO_DEEP', `An input nests at most ${maxDepth} levels. (输入嵌套过深。)`));
    return undefined;
  }
  if (isNonNullType(type)) {
    if (!form.isNull(value)) return collect(form, value, type.ofType, path, found);
    issues.push(required(path));
    return undefined;
  }
  if (form.isNull(value)) return null;
  if (isListType(type)) {
    const items = form.items(value);
    if (items === null) return [collect(form, value, type.ofType, path, found)];
    return items.map((item, index) => collect(form, item, type.ofType, [...path, index], found));
  }
  if (isInputObjectType(type)) return collectFields(form, value, type, path, found);
  return collectLeaf(form, value, type, path, found);
}

function collectFields<Value>(
  form: Form<Value>,
  value: Value,
  type: GraphQLInputObjectType,
  path: Path,
  found: Findings,
): unknown {
  const { issues, suggests } = found;
  const given = form.fields(value);
  if (!given) {
    issues.push(
      issue(path, 'WRONG_TYPE', `An object of type ${type.name} is expected. (应为 ${type.name} 对象。)`),
    );
    return undefined;
  }
  const { positions, awaited } = fieldsOf(type);
  const names = [...given.keys(), ...awaited.filter((name) => !given.has(name))];
  const fields = type.getFields();
  const values: Record<string, unknown> = {};
  // In the order of the type's fields, as in graphql-js: text that is stored or compared depends on it.
  for (const name of names.sort((one, other) => positionOf(one) - positionOf(other))) {
    if (issues.length >= maxIssues) break;
    const at = [...path, name];
    const field = fields[name];
    if (!field) {
      const [closest] = suggests ? suggestionList(name, Object.keys(fields)) : [];
      issues.push(issue(at, 'UNKNOWN_FIELD', unknownField(type, name, closest)));
    } else if (given.has(name)) values[name] = collect(form, given.get(name) as Value, field.type, at, found);
    else if (field.defaultValue !== undefined) values[name] = field.defaultValue;
    else issues.push(required(at));
  }
  return values;

  function positionOf(name: string): number {
    return positions.get(name) ?? positions.size;
  }
}

interface FieldOrder {
  positions: Map<string, number>;
  /** Fields that matter even if they are not given: those with a default, and required ones. */
  awaited: string[];
}

const fieldsByType = new WeakMap<GraphQLInputObjectType, FieldOrder>();

/** Computed once per type: a filter can have sixty fields, of which a query uses two. */
function fieldsOf(type: GraphQLInputObjectType): FieldOrder {
  let known = fieldsByType.get(type);
  if (!known) {
    const fields = Object.values(type.getFields());
    known = {
      positions: new Map(fields.map(({ name }, index) => [name, index])),
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
  { issues, suggests }: Findings,
): unknown {
  try {
    const read = form.read(type, value);
    if (typeof read === 'string' && !isStorable(read)) issues.push(unstorable(path));
    if (read === undefined)
      issues.push(issue(path, 'WRONG_TYPE', `Not a ${type.name}. (不是有效的 ${type.name}。)`));
    return read;
  } catch (error) {
    // Only a scalar's own error about the value is meant for the client.
    const reason = error instanceof GraphQLError ? error.message : `Not a ${type.name}.`;
    const english = suggests ? reason : withoutSuggestion(reason);
    issues.push(issue(path, 'WRONG_TYPE', `${english} (${chineseOf(type)})`));
    return undefined;
  }
}

/** Removes graphql-js's "Did you mean …?", which would reveal names of the schema to anyone who guesses them. */
export const withoutSuggestion = (message: string): string => message.replace(/ ?Did you mean .*\?$/s, '');

/** What a leaf accepts: the names of an enumeration while they are few, otherwise its type. */
function chineseOf(type: GraphQLLeafType): string {
  const names = isEnumType(type) ? type.getValues().map(({ name }) => name) : [];
  if (names.length === 0 || names.length > maxNamesShown)
    return scalarsInChinese[type.name] ?? `不是有效的 ${type.name}。`;
  return `应为以下之一：${names.join('、')}。`;
}
const maxNamesShown = 12;
const scalarsInChinese: Record<string, string> = {
  Date: '应为日期，例如 2024-03-15。',
  DateTime: '应为带时区的时间，例如 2024-03-15T14:30:00+08:00。',
  Decimal: '应为不含千分位和单位的数字，例如 "500000.00"。',
  Duration: '应为时长，例如 P6M。',
  Int: '应为整数。',
  Boolean: '应为 true 或 false。',
  String: '应为文本。',
  ID: '应为编号。',
};

const unknownField = ({ name: type }: GraphQLInputObjectType, name: string, closest?: string): string => {
  const english = `${type} has no field "${name}".${closest ? ` Did you mean "${closest}"?` : ''}`;
  return `${english} (${type} 没有字段 ${name}${closest ? `，是否指 ${closest}？` : '。'})`;
};

const issue = (path: Path, code: string, message: string): Issue => ({ path, code, message });
const unstorable = (path: Path): Issue =>
  issue(path, 'TEXT_CONTROL_CHARACTER', 'It contains a control character. (含有控制字符。)');
const required = (path: Path): Issue => issue(path, 'REQUIRED', 'A value is required. (此项必填。)');
