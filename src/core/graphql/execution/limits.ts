import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { Role } from '../../access/role.ts';
import type { Viewer } from '../../access/viewer.ts';
import { forbidden, tooComplex } from '../../errors.ts';
import { defaultPageSize, maxPageSize } from '../../model/connection.ts';
import { excessOf, type Limit } from './limit-message.ts';

/**
 * What a document may hold, on HTTP and socket alike, and what one operation may ask. Tuned so that real clients are far
 * from it. `values` and `cost` are those of the operation that is to run, in a document that is valid; everything else
 * holds for every operation and fragment, run or not, and is checked before validation.
 */
export const limits = {
  characters: 40_000,
  lines: 2_000,
  tokens: 2_000,
  /** Brackets of any kind inside one another: the parser and what comes after it recurse. */
  nesting: 64,
  /** Characters of a name. */
  nameLength: 100,
  directives: 40,
  /** Arguments of a field or directive, and variables of an operation. */
  arguments: 100,
  /** Values of all variables together, lists and objects counted with what is in them. */
  values: 10_000,
  operations: 20,
  /** Fragments that are defined, and fragments that are spread. */
  fragments: 60,
  depth: 12,
  aliases: 60,
  /** Fields of Query or Mutation in one operation. */
  rootFields: 20,
  /** Fields and fragments, each as often as it is spread. */
  selections: 3_000,
  /** Fields of one response key at one place of an answer. */
  repeats: 100,
  /** Pairs of such fields, which validation compares with each other. */
  comparisons: 6_000,
  /** `__schema` and `__type` in one operation. */
  introspections: 5,
  /** The usual introspection query nests `ofType` nine times, 15 levels in all. */
  introspectionDepth: 20,
  /** Fields that introspection answers, estimated. */
  introspectionCost: 1_400_000,
  /** Characters of one: an alias comes back in every row. */
  aliasLength: 50,
  /** Objects an operation may return at most, by its page sizes. */
  cost: 20_000,
} as const satisfies Record<Limit, number>;

/** What somebody who is not signed in may send: enough to sign in, and to refresh a session. */
export const strangerLimits = { characters: 4_000, tokens: 300 } as const;

/** Roles that may read the schema through the API. */
const introspectors: readonly Role[] = Object.values(Role);

/** Operations that read the schema, which keeps the process busy for all of the answer. */
const introspecting = new WeakSet<OperationDefinitionNode>();
export const introspects = (operation: OperationDefinitionNode): boolean => introspecting.has(operation);

/** Operations within the limits whatever the variables and whoever asks, and the schema they were checked by. */
const alwaysWithin = new WeakMap<OperationDefinitionNode, GraphQLSchema>();

/**
 * Refuses an operation that would return too much, or reads the schema without a right to it, before anything of it runs.
 * The one gate of both transports, for documents that `checkShape` let pass. What does not depend on variables or viewer
 * is counted once.
 *
 * @throws QUERY_TOO_COMPLEX naming the cost, FORBIDDEN for introspection without a right to it.
 */
export function checkLimits(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
  viewer: Viewer | null,
): void {
  checkValues(variables);
  const root = schema.getRootType(operation.operation);
  if (!root || alwaysWithin.get(operation) === schema) return;
  const fragments = new Map(
    document.definitions.flatMap((node) =>
      node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node]] : [],
    ),
  );
  const count = new Counter(schema, fragments, withDefaults(operation, variables));
  const cost = count.selections(operation.selectionSet, root, 1);
  if (count.introspects && !(viewer && introspectors.includes(viewer.role)))
    throw forbidden('Sign in to read the schema. (请登录后查看架构。)');
  exceed('cost', cost);
  if (count.introspects) introspecting.add(operation);
  if (!count.readsVariables && !count.introspects) alwaysWithin.set(operation, schema);
}

/** @throws QUERY_TOO_COMPLEX for more values than are read; counted without recursion. */
function checkValues(variables: Readonly<Record<string, unknown>>): void {
  const found: unknown[] = Object.values(variables);
  for (let at = 0; at < found.length; at += 1) {
    exceed('values', found.length);
    const value = found[at];
    if (typeof value === 'object' && value !== null)
      for (const part of Object.values(value)) found.push(part);
  }
}

/** @throws QUERY_TOO_COMPLEX for a number above its limit. */
export function exceed(limit: Limit, value: number): void {
  if (value <= limits[limit]) return;
  const maximum = limits[limit];
  throw tooComplex(excessOf(limit, value, maximum), { limit, value, maximum });
}

/** Walks an operation that may not be valid yet: unknown names count as nothing, and fragments may be circular. */
class Counter {
  introspects = false;
  readsVariables = false;
  readonly #spreading = new Set<string>();
  readonly #schema: GraphQLSchema;
  readonly #fragments: Map<string, FragmentDefinitionNode>;
  readonly #variables: Readonly<Record<string, unknown>>;

  constructor(
    schema: GraphQLSchema,
    fragments: Map<string, FragmentDefinitionNode>,
    variables: Readonly<Record<string, unknown>>,
  ) {
    this.#schema = schema;
    this.#fragments = fragments;
    this.#variables = variables;
  }

  /** Objects that a selection yields, `times` over. Fragments spread again are counted again: they run again. */
  selections(set: SelectionSetNode, type: unknown, times: number): number {
    let cost = 0;
    for (const node of set.selections) {
      if (node.kind === Kind.FIELD) cost += this.#field(node, type, times);
      else if (node.kind === Kind.INLINE_FRAGMENT) {
        const narrowed = node.typeCondition ? this.#schema.getType(node.typeCondition.name.value) : type;
        cost += this.selections(node.selectionSet, narrowed, times);
      } else cost += this.#spread(node.name.value, times);
    }
    return cost;
  }

  #spread(name: string, times: number): number {
    const fragment = this.#fragments.get(name);
    // Circular: validation refuses it in better words.
    if (!fragment || this.#spreading.has(name)) return 0;
    this.#spreading.add(name);
    const narrowed = this.#schema.getType(fragment.typeCondition.name.value);
    const cost = this.selections(fragment.selectionSet, narrowed, times);
    this.#spreading.delete(name);
    return cost;
  }

  #field(node: FieldNode, type: unknown, times: number): number {
    const name = node.name.value;
    if (name === '__schema' || name === '__type') this.introspects = true;
    if (!node.selectionSet) return 0;
    const field = fieldOf(type, name);
    if (!field) return 0;
    const target = getNamedType(field.type);
    const isPage = target.name.endsWith('Connection');
    const below = this.selections(node.selectionSet, target, times * this.#rows(node, isPage));
    return isPage ? below : below + times;
  }

  /** How many rows a field yields: what its page or its list of ids says. */
  #rows({ arguments: given = [] }: FieldNode, isPage: boolean): number {
    const sizes = given.flatMap(({ name, value }) => {
      if (isPage ? name.value !== 'first' && name.value !== 'last' : name.value !== 'ids') return [];
      if (value.kind === Kind.INT) return [Number(value.value)];
      if (value.kind === Kind.LIST) return [value.values.length];
      if (value.kind !== Kind.VARIABLE) return [];
      this.readsVariables = true;
      const named = this.#variables[value.name.value];
      if (Array.isArray(named)) return [named.length];
      return typeof named === 'number' ? [named] : [];
    });
    // Larger pages are refused by the list itself, with a better message.
    return Math.min(Math.max(sizes[0] ?? (isPage ? defaultPageSize : 1), 1), maxPageSize);
  }
}

const fieldOf = (type: unknown, name: string): GraphQLField<unknown, unknown> | undefined =>
  isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;

const withDefaults = (
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> => {
  const defaults: Record<string, unknown> = Object.create(null);
  for (const { variable, defaultValue } of operation.variableDefinitions ?? []) {
    if (defaultValue?.kind === Kind.INT) defaults[variable.name.value] = Number(defaultValue.value);
    else if (defaultValue?.kind === Kind.LIST) defaults[variable.name.value] = defaultValue.values;
  }
  return Object.assign(defaults, variables);
};
