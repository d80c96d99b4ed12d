import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  type SelectionSetNode,
  TypeMetaFieldDef,
} from 'graphql';
import type { Viewer } from '../context.ts';
import { Role } from '../employee/employee.table.ts';
import { badInputAt, forbidden, tooComplex } from '../errors.ts';
import { defaultPageSize, maxPageSize } from '../model/connection.ts';

/** What one operation may ask, on HTTP and socket alike. Tuned so that real clients are far from it. */
export const limits = {
  /** Tokens of a document; the parser stops there. */
  tokens: 4_000,
  depth: 12,
  aliases: 60,
  /** Fields of Query or Mutation in one operation. */
  rootFields: 20,
  directives: 40,
  /** Fields and fragments that run, each as often as it is spread. */
  selections: 3_000,
  /** `__schema` and `__type` in one operation. */
  introspections: 5,
  /** The usual introspection query nests `ofType` nine times, 15 levels in all. */
  introspectionDepth: 20,
  /** Names of relations' response keys become SQL identifiers, which PostgreSQL cuts at 63 bytes. */
  aliasLength: 50,
  /** Objects an operation may return at most, by its page sizes. */
  cost: 20_000,
} as const;

/** Roles that may read the schema through the API. */
const introspectors: readonly Role[] = Object.values(Role);

/** Operations within the limits whatever the variables and whoever asks, and the schema they were judged by. */
const alwaysWithin = new WeakMap<OperationDefinitionNode, GraphQLSchema>();

/**
 * Refuses an operation that asks too much, before anything of it runs. The one
 * gate of both transports. What does not depend on variables or viewer is counted once.
 *
 * @throws QUERY_TOO_COMPLEX naming the limit and the number, FORBIDDEN for introspection without a right to it.
 */
export function checkLimits(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
  viewer: Viewer | null,
): void {
  const root = schema.getRootType(operation.operation);
  if (!root || alwaysWithin.get(operation) === schema) return;
  const fragments = new Map(
    document.definitions.flatMap((node) =>
      node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node]] : [],
    ),
  );
  const count = new Counter(schema, fragments, withDefaults(operation, variables), viewer);
  const cost = count.selections(operation.selectionSet, root, 1, 0);
  exceed('aliases', count.aliases);
  exceed('directives', count.directives + (operation.directives?.length ?? 0));
  exceed('rootFields', count.rootFields);
  exceed('introspections', count.introspections);
  exceed('cost', cost);
  if (!count.readsVariables && count.introspections === 0) alwaysWithin.set(operation, schema);
}

type LimitName = Exclude<keyof typeof limits, 'tokens' | 'aliasLength'>;

const exceed = (limit: LimitName, value: number): void => {
  if (value <= limits[limit]) return;
  const hint = limit === 'cost' ? ' Ask for smaller pages. 请减小分页大小。' : '';
  throw tooComplex(
    `The ${limit} of this operation is ${value}, at most ${limits[limit]}.${hint} (查询过于复杂。)`,
    {
      limit,
      value,
      maximum: limits[limit],
    },
  );
};

/** Walks an operation that may not be valid yet: unknown names count as nothing, and fragments may be circular. */
class Counter {
  aliases = 0;
  directives = 0;
  rootFields = 0;
  introspections = 0;
  readsVariables = false;
  #visited = 0;
  readonly #spreading = new Set<string>();
  readonly #schema: GraphQLSchema;
  readonly #fragments: Map<string, FragmentDefinitionNode>;
  readonly #variables: Readonly<Record<string, unknown>>;
  readonly #viewer: Viewer | null;

  constructor(
    schema: GraphQLSchema,
    fragments: Map<string, FragmentDefinitionNode>,
    variables: Readonly<Record<string, unknown>>,
    viewer: Viewer | null,
  ) {
    this.#schema = schema;
    this.#fragments = fragments;
    this.#variables = variables;
    this.#viewer = viewer;
  }

  /** Objects that a selection yields, `times` over. Fragments spread again are counted again: they run again. */
  selections(set: SelectionSetNode, type: unknown, times: number, depth: number): number {
    let cost = 0;
    for (const node of set.selections) {
      // Fragments can double at each level; counting stops long before that hurts.
      this.#visited += 1;
      exceed('selections', this.#visited);
      this.directives += node.directives?.length ?? 0;
      if (node.kind === Kind.FIELD) cost += this.#field(node, type, times, depth);
      else if (node.kind === Kind.INLINE_FRAGMENT) {
        const narrowed = node.typeCondition ? this.#schema.getType(node.typeCondition.name.value) : type;
        cost += this.selections(node.selectionSet, narrowed, times, depth);
      } else cost += this.#spread(node.name.value, times, depth);
    }
    return cost;
  }

  #spread(name: string, times: number, depth: number): number {
    const fragment = this.#fragments.get(name);
    // Circular: validation refuses it in better words.
    if (!fragment || this.#spreading.has(name)) return 0;
    this.#spreading.add(name);
    const narrowed = this.#schema.getType(fragment.typeCondition.name.value);
    const cost = this.selections(fragment.selectionSet, narrowed, times, depth);
    this.#spreading.delete(name);
    return cost;
  }

  #field(node: FieldNode, type: unknown, times: number, depth: number): number {
    const name = node.name.value;
    if (depth === 0) this.rootFields += 1;
    this.#alias(node);
    if (name === '__schema' || name === '__type') this.#introspection();
    if (!node.selectionSet) return 0;
    const field = metaField(name) ?? fieldOf(type, name);
    if (!field) return 0;
    const target = getNamedType(field.type);
    const introspected = isIntrospectionType(target);
    exceed(introspected ? 'introspectionDepth' : 'depth', depth + 1);
    const isPage = target.name.endsWith('Connection');
    const below = this.selections(node.selectionSet, target, times * this.#rows(node, isPage), depth + 1);
    return introspected || isPage ? below : below + times;
  }

  #alias({ alias }: FieldNode): void {
    if (!alias) return;
    this.aliases += 1;
    if (alias.value.length <= limits.aliasLength) return;
    throw badInputAt(
      [],
      'ALIAS_TOO_LONG',
      `An alias has at most ${limits.aliasLength} characters, this one has ${alias.value.length}. (别名过长。)`,
    );
  }

  #introspection(): void {
    if (!this.#viewer || !introspectors.includes(this.#viewer.role)) {
      throw forbidden('Sign in to read the schema. (请登录后查看架构。)');
    }
    this.introspections += 1;
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

/** `__schema` and `__type`, which no type lists among its fields. */
const metaField = (name: string): GraphQLField<unknown, unknown> | undefined =>
  [SchemaMetaFieldDef, TypeMetaFieldDef].find((field) => field.name === name);

const withDefaults = (
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> => {
  const defaults: Record<string, unknown> = {};
  for (const { variable, defaultValue } of operation.variableDefinitions ?? []) {
    if (defaultValue?.kind === Kind.INT) defaults[variable.name.value] = Number(defaultValue.value);
    else if (defaultValue?.kind === Kind.LIST) defaults[variable.name.value] = defaultValue.values;
  }
  return { ...defaults, ...variables };
};
