import { type FieldNode, print } from 'graphql';

const keys = new WeakMap<FieldNode, string>();

/**
 * Name in a row of the rows that a relation leads to, e.g. `deals(first: 3)`: by field and arguments, as they are
 * written, and not by the response key, which several paths to one row may use for different things. Never the name of
 * a field, nor of what the machinery keeps beside the fields.
 */
export function rowKeyOf(fieldNodes: readonly FieldNode[]): string {
  // Nodes of one response key have the same arguments.
  const node = fieldNodes[0] as FieldNode;
  let key = keys.get(node);
  if (key === undefined) {
    key = rowKey(node.name.value, (node.arguments ?? []).map(print).sort());
    keys.set(node, key);
  }
  return key;
}

/** The same for a relation that is not selected by a document. */
export const rowKey = (field: string, args: readonly string[] = []): string => `${field}(${args.join(', ')})`;
