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
import type { Viewer } from '../../access/viewer.ts';
import { forbidden, tooComplex } from '../../errors.ts';
import { defaultPageSize, maxPageSize } from '../../model/connection.ts';
import { extensionsOf } from '../../model/extensions.ts';
import { excessOf, type Limit } from './limit-message.ts';

/**
 * Limits on documents and operations, for HTTP and sockets alike. Set so that real clients stay far below them.
 * `values` and `cost` apply to the operation to be executed, in a valid document; all other limits apply to every
 * operation and fragment, executed or not, and are checked before validation.
 */
export const limits = {
  characters: 40_000,
  lines: 2_000,
  tokens: 2_000,
  /** Nesting of brackets of any kind: the parser and later stages are recursive. */
  nesting: 64,
  /** Characters in a name. */
  nameLength: 100,
  directives: 40,
  /** Arguments of one field or directive, and variables of one operation. */
  arguments: 100,
  /** Values in all variables together; lists and objects count along with their contents. */
  values: 10_000,
  operations: 20,
  /** Fragments defined, and fragments spread. */
  fragments: 60,
  depth: 12,
  aliases: 60,
  /** Fields of Query or Mutation in one operation. */
  rootFields: 20,
  /** Fields and fragments, counted each time they are spread. */
  selections: 3_000,
  /** Fields with the same response key at one level of the response. */
  repeats: 100,
  /** Pairs of such fields, which validation compares. */
  comparisons: 6_000,
  /** `__schema` and `__type` in one operation. */
  introspections: 5,
  /** The usual introspection query nests `ofType` nine times, 15 levels in all. */
  introspectionDepth: 20,
  /** Estimated number of fields in an introspection response. */
  introspectionCost: 1_400_000,
  /** Characters in an alias, which is repeated in every row. */
  aliasLength: 50,
  /** Maximum number of objects an operation may return, by its page sizes. */
  cost: 20_000,
} as const satisfies Record<Limit, number>;

/** Limits for clients that are not signed in: enough to sign in, and to refresh a session. */
export const anonymousLimits = { characters: 4_000, tokens: 300 } as const;

/** Introspection operations, which keep the event loop busy until their response is complete. */
const introspecting = new WeakSet<OperationDefinitionNode>();
export const introspects = (operation: OperationDefinitionNode): boolean => introspecting.has(operation);

/** Operations that are within the limits for any variables and viewer, with the schema they were checked against. */
const alwaysWithin = new WeakMap<OperationDefinitionNode, GraphQLSchema>();

/**
 * Refuses an operation that would return too much, or that reads the schema without permission, before any of it runs.
 * The single check for both transports, for documents that `checkShape` accepted. Whatever does not depend on variables
 * or viewer is counted once.
 *
 * @throws QUERY_TOO_COMPLEX naming the cost, FORBIDDEN for introspection without permission.
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
  if (count.introspects && !viewer) throw forbidden('Sign in to read the schema. (请登录后查看架构。)');
  exceed('cost', cost);
  if (count.introspects) introspecting.add(operation);
  if (!count.readsVariables && !count.introspects) alwaysWithin.set(operation, schema);
}

/** @throws QUERY_TOO_COMPLEX for too many values; counted without recursion. */
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

/** Walks an operation that may still be invalid: unknown names count as nothing, and fragments may be circular. */
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

  /**
   * Number of objects a selection returns, selected `times` times. A fragment counts each time it is spread, because it
   * is executed each time.
   */
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
    // Circular: validation reports it with a better message.
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
    const isPage = extensionsOf(target).isConnection === true;
    const { costPerRow } = extensionsOf(field);
    const rows = this.#rows(node, isPage) * (costPerRow ?? 1);
    const below = this.selections(node.selectionSet, target, times * rows);
    if (isPage) return below;
    return below + times * (costPerRow ?? 1);
  }

  /** The number of rows a field returns, according to its page size or its list of ids. */
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
