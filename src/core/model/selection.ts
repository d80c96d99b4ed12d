import { type GraphQLObjectType, type GraphQLResolveInfo, getNamedType } from 'graphql';
import { argumentsOf, type FieldPlan, subPlan } from '../graphql/execution/operation-plan.ts';
import { type PlannedField, plannedField } from '../graphql/execution/planned-field.ts';
import type { Model } from './model.types.ts';
import { rowKey, rowKeyOf } from './row-key.ts';

/**
 * A selected field of a row, and what is selected below it: by one path, or by all the paths that ask the same of the
 * same row. An alias is of no account here: rows are read once for whoever selects them.
 */
export interface Selected {
  name: string;
  /** Names the rows that it leads to, in the row itself: the same for the same arguments. */
  key: string;
  args: Record<string, unknown>;
  /** What is selected of the objects of a type that it leads to. */
  below: (type: string) => Selected[];
}

/** What a request selects at a place, without GraphQL's machinery: all a service ever sees of it. */
export interface NodeSelection {
  /** Fields of the model, each once for the same arguments. */
  fields: Selected[];
  /** The field whose whole value the rows are: they may be written instead of resolved. */
  info?: GraphQLResolveInfo;
}

export interface PageSelection {
  /** Null when no row is asked for, only a count. */
  node: NodeSelection | null;
  wantsKey: boolean;
  /** Whether there are rows beyond the page. */
  wantsMore: boolean;
  wantsTotal: boolean;
  wantsHead: boolean;
}

/** The field being resolved, with everything below it. */
export const selectedField = (info: GraphQLResolveInfo): Selected => {
  const planned = plannedField(info);
  return selectedOf(planned, planned.field);
};

const selectedOf = (
  { plan, variables }: Pick<PlannedField, 'plan' | 'variables'>,
  field: FieldPlan,
): Selected => ({
  name: field.field.name,
  key: rowKeyOf(field.fieldNodes),
  get args() {
    return argumentsOf(field, variables);
  },
  below: (type) =>
    union(
      subPlan(plan, field, plan.schema.getType(type) as GraphQLObjectType).fields.map((below) =>
        selectedOf({ plan, variables }, below),
      ),
    ),
});

/** A field that the code itself selects; `below` by type. */
export const fieldNamed = (
  name: string,
  below: Record<string, Selected[]> = {},
  args: Selected['args'] = {},
): Selected => ({ name, key: rowKey(name), args, below: (type) => below[type] ?? [] });

/** Selections of the same rows by several paths as one, for which they are read. */
function union(fields: Selected[]): Selected[] {
  const byKey = new Map<string, Selected[]>();
  for (const field of fields) {
    const alike = byKey.get(field.key);
    if (alike) alike.push(field);
    else byKey.set(field.key, [field]);
  }
  return byKey.size === fields.length ? fields : [...byKey.values()].map(unionOf);
}

const unionOf = (alike: Selected[]): Selected => {
  const [first] = alike as [Selected];
  if (alike.length === 1) return first;
  return {
    name: first.name,
    key: first.key,
    get args() {
      return first.args;
    },
    below: (type) => union(alike.flatMap(({ below }) => below(type))),
  };
};

/** What is selected of `model` below a field that returns it, or returns an interface of it. */
export const nodeSelection = (selected: Selected, model: Model): NodeSelection => ({
  fields: selected.below(model.name),
});

/** What a field selects that returns a row of `model` as it was read. */
export const rowSelection = (info: GraphQLResolveInfo, model: Model): NodeSelection => ({
  // Looked at only when no statement is prepared.
  get fields() {
    const { fields } = nodeSelection(selectedField(info), model);
    Object.defineProperty(this, 'fields', { value: fields });
    return fields;
  },
  info,
});

/** What is selected below `field` of a payload, e.g. `customer` of `UpdateCustomerPayload`. */
export function selectionAt(info: GraphQLResolveInfo, field: string, model: Model): NodeSelection {
  const payload = selectedField(info).below(getNamedType(info.returnType).name);
  return { fields: selectedBelow(named(payload, field), model.name) };
}

/** Those of some fields that have a name: once for each set of arguments. */
const named = (fields: Selected[], name: string): Selected[] => fields.filter((field) => field.name === name);

/** What is selected of a type below any of some fields. */
export const selectedBelow = (fields: Selected[], type: string): Selected[] =>
  union(fields.flatMap(({ below }) => below(type)));

/** What is selected of a connection to objects of a type, and of these by whichever path. */
export function pathsToNodes(selected: Selected, type: string) {
  const fields = selected.below(`${type}Connection`);
  const edges = selectedBelow(named(fields, 'edges'), `${type}Edge`);
  const nodes = [...named(fields, 'nodes'), ...named(edges, 'node')];
  const infos = selectedBelow(named(fields, 'pageInfo'), 'PageInfo');
  return { fields, edges, nodes, infos };
}

/** What is selected of a connection. */
export function pageSelection(selected: Selected, model: Model): PageSelection {
  const { fields, edges, nodes, infos } = pathsToNodes(selected, model.name);
  const wants = (from: Selected[], ...names: string[]) => from.some(({ name }) => names.includes(name));
  const wantsRows = nodes.length + edges.length + infos.length > 0;
  return {
    node: wantsRows ? { fields: selectedBelow(nodes, model.name) } : null,
    wantsKey: wants([...edges, ...infos], 'cursor', 'startCursor', 'endCursor'),
    wantsMore: wants(infos, 'hasNextPage', 'hasPreviousPage'),
    wantsTotal: wants(fields, 'totalCount'),
    wantsHead: wants(fields, 'changesCursor'),
  };
}
