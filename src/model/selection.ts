import type { GraphQLResolveInfo } from 'graphql';
import { type Selected, selectedField } from '../graphql/selected-field.ts';
import type { Model } from './model.ts';

export { type Selected, selectedField };

/** What a request selects at a place, without GraphQL's machinery: all a service ever sees of it. */
export interface NodeSelection {
  /** Fields of the model by response key. */
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

/** What is selected of `model` below a field that returns it, or returns an interface of it. */
export const nodeSelection = (selected: Selected, model: Model): NodeSelection => ({
  fields: ['Node', model.name].flatMap((type) => Object.values(selected.fieldsByTypeName[type] ?? {})),
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

/** What is selected below `field` of a payload or event type, e.g. `customer` of `UpdateCustomerPayload`. */
export function selectionAt(info: GraphQLResolveInfo, field: string, model: Model): NodeSelection {
  const below = Object.values(selectedField(info).fieldsByTypeName).flatMap((fields) =>
    Object.values(fields),
  );
  return {
    fields: below
      .filter(({ name }) => name === field)
      .flatMap((selected) => nodeSelection(selected, model).fields),
  };
}

/** What is selected of a connection. */
export function pageSelection(selected: Selected, model: Model): PageSelection {
  const fields = Object.values(selected.fieldsByTypeName[`${model.name}Connection`] ?? {});
  const below = (name: string): Selected[] => fields.filter((field) => field.name === name);
  const edges = below('edges').flatMap((edge) =>
    Object.values(edge.fieldsByTypeName[`${model.name}Edge`] ?? {}),
  );
  const infos = below('pageInfo').flatMap((page) => Object.values(page.fieldsByTypeName.PageInfo ?? {}));
  const nodes = [...below('nodes'), ...edges.filter(({ name }) => name === 'node')];
  const wantsRows = nodes.length + edges.length + infos.length + below('nodes').length > 0;
  return {
    node: wantsRows ? { fields: nodes.flatMap((node) => nodeSelection(node, model).fields) } : null,
    wantsKey: [...edges, ...infos].some(({ name }) => ['cursor', 'startCursor', 'endCursor'].includes(name)),
    wantsMore: infos.some(({ name }) => name === 'hasNextPage' || name === 'hasPreviousPage'),
    wantsTotal: below('totalCount').length > 0,
    wantsHead: below('changesCursor').length > 0,
  };
}
