import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { badInputAt } from '../../errors.ts';
import { exceed, limits } from './limits.ts';

/**
 * Approximate length of each list in the introspection system. Fields below a list count once per item, so the usual
 * introspection query comes to a third less than {@link limits.introspectionCost} allows.
 */
const introspectedRows: ReadonlyMap<string, number> = new Map([
  ['types', 350],
  ['fields', 15],
  ['inputFields', 15],
  ['args', 3],
  ['enumValues', 10],
  ['possibleTypes', 10],
  ['interfaces', 2],
  ['directives', 5],
]);

/** The totals of one operation, or of one fragment that is never spread. */
interface Sums {
  aliases: number;
  rootFields: number;
  introspections: number;
  introspectionCost: number;
}

/** The position of a selection: its depth and, inside the introspection system, for how many items it is selected. */
interface Level {
  depth: number;
  introspected: number;
}

/**
 * Refuses a document with too large an operation or fragment, executed or not, before it is validated: validation
 * compares fields of the same name with each other, fragments with each other, and operations with the fragments they
 * reach.
 *
 * Needs no schema and no variables, so an accepted document need not be checked again. The document may still be
 * invalid: fragments may be missing or circular, names unknown.
 *
 * @throws QUERY_TOO_COMPLEX naming the limit and the number, BAD_USER_INPUT for a long alias.
 */
export function checkShape({ definitions }: DocumentNode): void {
  const operations: OperationDefinitionNode[] = [];
  const fragments: FragmentDefinitionNode[] = [];
  for (const node of definitions) {
    if (node.kind === Kind.OPERATION_DEFINITION) operations.push(node);
    else if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.push(node);
  }
  exceed('operations', operations.length);
  exceed('fragments', fragments.length);
  const byName = new Map(fragments.map((node) => [node.name.value, node]));
  const spread = new Set<string>();
  let selections = 0;
  let comparisons = 0;

  for (const { selectionSet } of operations) checkRoot(selectionSet);
  for (const node of fragments)
    if (byName.get(node.name.value) !== node || !spread.has(node.name.value)) checkRoot(node.selectionSet);

  function checkRoot(set: SelectionSetNode): void {
    const sums: Sums = { aliases: 0, rootFields: 0, introspections: 0, introspectionCost: 0 };
    checkLevel([set], { depth: 0, introspected: 0 }, sums);
    exceed('aliases', sums.aliases);
    exceed('rootFields', sums.rootFields);
    exceed('introspections', sums.introspections);
    exceed('introspectionCost', sums.introspectionCost);
  }

  /** Checks the fields merged at one level of the response, then the levels below. */
  function checkLevel(sets: readonly SelectionSetNode[], level: Level, sums: Sums): void {
    const fields = new Map<string, FieldNode[]>();
    for (const set of sets) collect(set, fields, new Set());
    for (const [name, nodes] of fields) {
      exceed('repeats', nodes.length);
      comparisons += (nodes.length * (nodes.length - 1)) / 2;
      exceed('comparisons', comparisons);
      checkField(name, nodes, level, sums);
    }
  }

  function checkField(name: string, nodes: readonly FieldNode[], { depth, introspected }: Level, sums: Sums) {
    const field = (nodes[0] as FieldNode).name;
    if (depth === 0) sums.rootFields += nodes.length;
    const aliases = nodes.filter(({ alias }) => alias).length;
    sums.aliases += aliases;
    if (aliases > 0) checkAlias(name);
    const isEntrance = field.value === '__schema' || field.value === '__type';
    if (isEntrance) sums.introspections += nodes.length;
    const rows = isEntrance ? 1 : introspected;
    sums.introspectionCost += rows;
    const below = nodes.flatMap(({ selectionSet }) => (selectionSet ? [selectionSet] : []));
    if (below.length === 0) return;
    exceed(rows > 0 ? 'introspectionDepth' : 'depth', depth + 1);
    checkLevel(
      below,
      { depth: depth + 1, introspected: rows * (introspectedRows.get(field.value) ?? 1) },
      sums,
    );
  }

  /**
   * Collects fields by response key. A fragment counts each time it is spread, because it is compared and executed each
   * time.
   */
  function collect(set: SelectionSetNode, fields: Map<string, FieldNode[]>, spreading: Set<string>): void {
    for (const node of set.selections) {
      // Fragments can double at each level; counting stops long before that hurts.
      selections += 1;
      exceed('selections', selections);
      if (node.kind === Kind.FIELD) {
        const key = (node.alias ?? node.name).value;
        const nodes = fields.get(key);
        if (nodes) nodes.push(node);
        else fields.set(key, [node]);
      } else if (node.kind === Kind.INLINE_FRAGMENT) {
        collect(node.selectionSet, fields, spreading);
      } else {
        const name = node.name.value;
        spread.add(name);
        exceed('fragments', spread.size);
        const fragment = byName.get(name);
        // Missing or circular: validation reports it with a better message.
        if (!fragment || spreading.has(name)) continue;
        spreading.add(name);
        collect(fragment.selectionSet, fields, spreading);
        spreading.delete(name);
      }
    }
  }
}

function checkAlias(alias: string): void {
  if (alias.length <= limits.aliasLength) return;
  throw badInputAt(
    [],
    'ALIAS_TOO_LONG',
    `An alias has at most ${limits.aliasLength} characters, this one has ${alias.length}. (别名过长。)`,
  );
}
