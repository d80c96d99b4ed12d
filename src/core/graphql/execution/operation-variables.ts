import { type ASTNode, type FragmentDefinitionNode, Kind, visit } from 'graphql';
import type { FieldPlan, OperationPlan } from './operation-plan.ts';

/** Names of the variables that a field's value depends on. */
export interface FieldVariables {
  /** Variables in its own arguments. */
  own: readonly string[];
  /** Variables in the selection below it. */
  below: readonly string[];
  /** Both of these. */
  all: readonly string[];
}

const known = new WeakMap<FieldPlan, FieldVariables>();

/** The variables used by a field and everything below it; computed once per plan. */
export function variablesOf(
  { fragments }: Pick<OperationPlan, 'fragments'>,
  plan: FieldPlan,
): FieldVariables {
  let names = known.get(plan);
  if (!names) {
    const below = new Set<string>();
    const spread = new Set<string>();
    for (const { selectionSet } of plan.fieldNodes)
      if (selectionSet) collect(selectionSet, fragments, below, spread);
    const own = new Set<string>();
    for (const { arguments: given = [] } of plan.fieldNodes)
      for (const argument of given) collect(argument, fragments, own, spread);
    names = { own: [...own], below: [...below], all: [...new Set([...below, ...own])] };
    known.set(plan, names);
  }
  return names;
}

function collect(
  node: ASTNode,
  fragments: Record<string, FragmentDefinitionNode>,
  names: Set<string>,
  spread: Set<string>,
): void {
  visit(node, {
    [Kind.VARIABLE]: ({ name }) => {
      names.add(name.value);
    },
    [Kind.FRAGMENT_SPREAD]: ({ name: { value } }) => {
      const fragment = fragments[value];
      if (!fragment || spread.has(value)) return;
      spread.add(value);
      collect(fragment, fragments, names, spread);
    },
  });
}
