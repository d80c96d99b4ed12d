import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  getOperationAST,
  type GraphQLObjectType,
  type GraphQLSchema,
  isCompositeType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { Role } from '../employee/employee.table.ts';
import type { Viewer } from '../context.ts';
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
  /** Names of relations' response keys become SQL identifiers, which PostgreSQL cuts at 63 bytes. */
  aliasLength: 50,
  /** Objects an operation may return at most, by its page sizes. */
  cost: 20_000,
} as const;

/** Roles that may read the schema through the API. */
const introspectors: readonly Role[] = Object.values(Role);

/**
 * Refuses an operation that asks too much, before anything of it runs. The one
 * gate of both transports.
 *
 * @throws QUERY_TOO_COMPLEX naming the limit and the number, FORBIDDEN for introspection without a right to it.
 */
export function checkLimits(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
  variables: Record<string, unknown>,
  viewer: Viewer | null,
): void {
  const operation = getOperationAST(document, operationName);
  const root = operation && schema.getRootType(operation.operation);
  if (!operation || !root) return;
  const fragments = new Map(
    document.definitions.flatMap((node) => (node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node]] : [])),
  );
  const count = new Counter(schema, fragments, withDefaults(operation, variables), viewer);
  const cost = count.selections(operation.selectionSet, root, 1, 0);
  exceed('aliases', count.aliases);
  exceed('directives', count.directives);
  exceed('rootFields', count.rootFields);
  exceed('cost', cost);
}

type LimitName = 'depth' | 'aliases' | 'directives' | 'rootFields' | 'cost';

const exceed = (limit: LimitName, value: number): void => {
  if (value <= limits[limit]) return;
  const hint = limit === 'cost' ? ' Ask for smaller pages. 请减小分页大小。' : '';
  throw tooComplex(`The ${limit} of this operation is ${value}, at most ${limits[limit]}.${hint} (查询过于复杂。)`, {
    limit,
    value,
    maximum: limits[limit],
  });
};

class Counter {
  aliases = 0;
  directives = 0;
  rootFields = 0;
  #visited = 0;
  readonly #schema: GraphQLSchema;
  readonly #fragments: Map<string, FragmentDefinitionNode>;
  readonly #variables: Record<string, unknown>;
  readonly #viewer: Viewer | null;

  constructor(
    schema: GraphQLSchema,
    fragments: Map<string, FragmentDefinitionNode>,
    variables: Record<string, unknown>,
    viewer: Viewer | null,
  ) {
    this.#schema = schema;
    this.#fragments = fragments;
    this.#variables = variables;
    this.#viewer = viewer;
  }

  /** Objects that a selection yields, `times` over. Fragments spread again are counted again: they run again. */
  selections(set: SelectionSetNode, type: unknown, times: number, depth: number): number {
    exceed('depth', depth);
    let cost = 0;
    for (const node of set.selections) {
      // Fragments can double at each level; counting stops long before that hurts.
      this.#visited += 1;
      if (this.#visited > limits.cost) exceed('cost', this.#visited);
      this.directives += node.directives?.length ?? 0;
      if (node.kind === Kind.FIELD) cost += this.#field(node, type, times, depth);
      else if (node.kind === Kind.INLINE_FRAGMENT) {
        const narrowed = node.typeCondition ? this.#schema.getType(node.typeCondition.name.value) : type;
        cost += this.selections(node.selectionSet, narrowed, times, depth);
      } else {
        const fragment = this.#fragments.get(node.name.value);
        if (fragment) {
          const narrowed = this.#schema.getType(fragment.typeCondition.name.value);
          cost += this.selections(fragment.selectionSet, narrowed, times, depth);
        }
      }
    }
    return cost;
  }

  #field(node: FieldNode, type: unknown, times: number, depth: number): number {
    const name = node.name.value;
    if (depth === 0) this.rootFields += 1;
    if (node.alias) {
      this.aliases += 1;
      if (node.alias.value.length > limits.aliasLength) {
        throw badInputAt([], 'ALIAS_TOO_LONG', `An alias has at most ${limits.aliasLength} characters. (别名过长。)`);
      }
    }
    if (name.startsWith('__') && name !== '__typename') {
      if (!this.#viewer || !introspectors.includes(this.#viewer.role)) {
        throw forbidden('Sign in to read the schema. (请登录后查看架构。)');
      }
      return 0;
    }
    if (!node.selectionSet) return 0;
    const field = isObjectType(type) || isCompositeType(type) ? (type as GraphQLObjectType).getFields?.()[name] : undefined;
    if (!field) return 0;
    const target = getNamedType(field.type);
    const rows = target.name.endsWith('Connection') ? this.#pageSize(node) : 1;
    const below = this.selections(node.selectionSet, target, times * rows, depth + 1);
    return below + (target.name.endsWith('Connection') ? 0 : times);
  }

  #pageSize(node: FieldNode): number {
    const sizes = (node.arguments ?? []).flatMap(({ name, value }) => {
      if (name.value !== 'first' && name.value !== 'last') return [];
      if (value.kind === Kind.INT) return [Number(value.value)];
      if (value.kind === Kind.VARIABLE) return [Number(this.#variables[value.name.value] ?? defaultPageSize)];
      return [];
    });
    // Larger pages are refused by the list itself, with a better message.
    return Math.min(Math.max(sizes[0] ?? defaultPageSize, 1), maxPageSize);
  }
}

const withDefaults = (operation: OperationDefinitionNode, variables: Record<string, unknown>): Record<string, unknown> => {
  const defaults = (operation.variableDefinitions ?? []).flatMap(({ variable, defaultValue }) =>
    defaultValue?.kind === Kind.INT ? [[variable.name.value, Number(defaultValue.value)]] : [],
  );
  return { ...Object.fromEntries(defaults), ...variables };
};
