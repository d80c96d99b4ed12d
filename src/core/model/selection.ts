import { type GraphQLObjectType, type GraphQLResolveInfo, getNamedType } from 'graphql';
import { argumentsOf, type FieldPlan, subPlan } from '../graphql/execution/operation-plan.ts';
import { type PlannedField, plannedField } from '../graphql/execution/planned-field.ts';
import type { Model, OrderTerm } from './model.types.ts';
import { type ListArguments, orderOf } from './page-request.ts';
import { rowKey, rowKeyOf } from './row-key.ts';

/**
 * A selected field of a row with its sub-selection, merged over all the paths that select the same of the same row.
 * Aliases do not matter here: rows are read once for all who select them.
 */
export interface Selected {
  name: string;
  /** Of which type of object it is a field; empty if code selects it. */
  parent: string;
  /** Key of its rows in the parent row: the same for the same arguments. */
  key: string;
  args: Record<string, unknown>;
  /** The sub-selection on objects of a type. */
  below: (type: string) => Selected[];
}

/** A selection without GraphQL's types: all that a service ever sees of it. */
export interface NodeSelection {
  /** Fields of the model, each once per set of arguments. */
  fields: Selected[];
  /** Fields whose values the cursor of each row holds. */
  inCursor?: readonly string[];
}

export interface PageSelection {
  /** The list that its cursors are of: a field, such as Customer.deals. Absent if code selects the page, without cursors. */
  list?: string;
  /** Null if no rows are requested, only a count. */
  node: NodeSelection | null;
  wantsKey: boolean;
  /** Whether there are rows beyond the page. */
  wantsMore: boolean;
  wantsTotal: boolean;
  wantsHead: boolean;
}

/** The field being resolved, with its sub-selection. */
export const selectedField = (info: GraphQLResolveInfo): Selected => {
  const planned = plannedField(info);
  return selectedOf(planned, planned.field);
};

const selectedOf = (
  { plan, variables }: Pick<PlannedField, 'plan' | 'variables'>,
  field: FieldPlan,
): Selected => ({
  name: field.field.name,
  parent: field.parentType.name,
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

/** A field selected by code; `below` by type. */
export const fieldNamed = (
  name: string,
  below: Record<string, Selected[]> = {},
  args: Selected['args'] = {},
): Selected => ({ name, parent: '', key: rowKey(name), args, below: (type) => below[type] ?? [] });

/** Merges selections of the same rows by several paths. */
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
    parent: first.parent,
    key: first.key,
    get args() {
      return first.args;
    },
    below: (type) => union(alike.flatMap(({ below }) => below(type))),
  };
};

/** The selection on `model` below a field that returns it or one of its interfaces. */
export const nodeSelection = (selected: Selected, model: Model): NodeSelection => ({
  fields: selected.below(model.name),
});

/** The selection of a field that returns a row of `model` as it was read. */
export const rowSelection = (info: GraphQLResolveInfo, model: Model): NodeSelection => ({
  // Needed only if no statement is prepared.
  get fields() {
    const { fields } = nodeSelection(selectedField(info), model);
    Object.defineProperty(this, 'fields', { value: fields });
    return fields;
  },
});

/** The selection below `field` of a payload, e.g. `customer` of `UpdateCustomerPayload`. */
export function selectionAt(info: GraphQLResolveInfo, field: string, model: Model): NodeSelection {
  const payload = selectedField(info).below(getNamedType(info.returnType).name);
  return { fields: selectedBelow(fieldsNamed(payload, field), model.name) };
}

/** The fields with this name, one per set of arguments. */
const fieldsNamed = (fields: Selected[], name: string): Selected[] =>
  fields.filter((field) => field.name === name);

/** The selection on a type below any of these fields. */
export const selectedBelow = (fields: Selected[], type: string): Selected[] =>
  union(fields.flatMap(({ below }) => below(type)));

/** The selection on a connection, and on its objects by any path. */
export function pathsToNodes(selected: Selected, type: string) {
  const fields = selected.below(`${type}Connection`);
  const edges = selectedBelow(fieldsNamed(fields, 'edges'), `${type}Edge`);
  const nodes = [...fieldsNamed(fields, 'nodes'), ...fieldsNamed(edges, 'node')];
  const infos = selectedBelow(fieldsNamed(fields, 'pageInfo'), 'PageInfo');
  return { fields, edges, nodes, infos };
}

/** The selection on a connection whose rows are in `defaultOrder` where the client gives no other. */
export function pageSelection(
  selected: Selected,
  model: Model,
  defaultOrder: OrderTerm[] = model.defaultOrder,
): PageSelection {
  const { fields, edges, nodes, infos } = pathsToNodes(selected, model.name);
  const wants = (from: Selected[], ...names: string[]) => from.some(({ name }) => names.includes(name));
  const wantsRows = nodes.length + edges.length + infos.length > 0;
  const wantsKey = wants([...edges, ...infos], 'cursor', 'startCursor', 'endCursor');
  const terms = wantsKey ? orderOf(selected.args as ListArguments, defaultOrder) : [];
  const inCursor = (terms ?? []).map(({ field }) => field);
  return {
    list: `${selected.parent}.${selected.name}`,
    node: wantsRows ? { fields: selectedBelow(nodes, model.name), inCursor } : null,
    wantsKey,
    wantsMore: wants(infos, 'hasNextPage', 'hasPreviousPage'),
    wantsTotal: wants(fields, 'totalCount') || wants(fields, 'totalCountIsMinimum'),
    wantsHead: wants(fields, 'changesCursor'),
  };
}
