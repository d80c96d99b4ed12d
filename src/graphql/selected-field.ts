import {
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLResolveInfo,
  getArgumentValues,
  getNamedType,
  isCompositeType,
  isUnionType,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import { type Arguments, isIncluded } from './operation-plan.ts';

/** One selected field: its name, response key, arguments, and what is selected below it. */
export interface Selected {
  name: string;
  alias: string;
  args: Arguments;
  /** By the type that a fragment names or the field has, and by response key. */
  fieldsByTypeName: Record<string, Record<string, Selected>>;
}

/** Without what every object has: `constructor` is a response key like any other. */
const bare = <T>(): Record<string, T> => Object.create(null);

/** The field being resolved, with everything below it. Throws GraphQLError for arguments or conditions that do not fit. */
export function selectedField(info: GraphQLResolveInfo): Selected {
  const field = info.parentType.getFields()[info.fieldName] as GraphQLField<unknown, unknown>;
  const [node] = info.fieldNodes as [FieldNode];
  const selected = select(info, field, node);
  const type = getNamedType(field.type);
  for (const { selectionSet } of info.fieldNodes)
    if (selectionSet && isCompositeType(type)) collect(info, selectionSet, type, selected.fieldsByTypeName);
  return selected;
}

const select = (
  { variableValues }: GraphQLResolveInfo,
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
): Selected => ({
  name: field.name,
  alias: (node.alias ?? node.name).value,
  args: getArgumentValues(field, node, variableValues),
  fieldsByTypeName: bare(),
});

function collect(
  info: GraphQLResolveInfo,
  set: SelectionSetNode,
  type: GraphQLCompositeType,
  found: Selected['fieldsByTypeName'],
): void {
  for (const node of set.selections) {
    if (!isIncluded(node, info.variableValues)) continue;
    if (node.kind === Kind.FIELD) {
      const field = isUnionType(type) ? undefined : type.getFields()[node.name.value];
      // `__typename` needs no reading.
      if (!field) continue;
      const alias = (node.alias ?? node.name).value;
      found[type.name] ??= bare();
      const fields = found[type.name] as Record<string, Selected>;
      const selected = fields[alias] ?? select(info, field, node);
      fields[alias] = selected;
      const below = getNamedType(field.type);
      if (node.selectionSet && isCompositeType(below))
        collect(info, node.selectionSet, below, selected.fieldsByTypeName);
    } else {
      const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : info.fragments[node.name.value];
      const narrowed = fragment?.typeCondition
        ? info.schema.getType(fragment.typeCondition.name.value)
        : type;
      if (fragment && isCompositeType(narrowed)) collect(info, fragment.selectionSet, narrowed, found);
    }
  }
}
