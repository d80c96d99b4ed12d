import { type FieldNode, print } from 'graphql';

const keys = new WeakMap<FieldNode, string>();

/**
 * Key of a relation's rows in their parent row, e.g. `deals(first: 3)`. Made of field and arguments as written, not of
 * the response key, which several paths to one row may use for different things. Never equal to the name of a field, or
 * of what is stored beside the fields.
 */
export function rowKeyOf(fieldNodes: readonly FieldNode[]): string {
  // Nodes with the same response key have the same arguments.
  const node = fieldNodes[0] as FieldNode;
  let key = keys.get(node);
  if (key === undefined) {
    key = rowKey(node.name.value, (node.arguments ?? []).map(print).sort());
    keys.set(node, key);
  }
  return key;
}

/** The key for a relation that is not selected by a document. */
export const rowKey = (field: string, args: readonly string[] = []): string => `${field}(${args.join(', ')})`;
