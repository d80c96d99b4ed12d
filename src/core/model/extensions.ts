import {
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
} from 'graphql';
import { Extensions as UntypedExtensions } from 'type-graphql';
import type { FieldAccess, OutputTextKind } from '../access/policy.ts';
import type { Declared } from '../access/row-predicates.ts';
import type { Viewer } from '../access/viewer.ts';
import type { Context } from '../context.ts';
import type { PlannedInfo } from '../graphql/execution/planned-field.ts';
import type { IdPrefix } from '../graphql/schema/type-id.ts';

/** `many` gives a connection, `list` a plain list of at most 200 rows, `one` an object or null. */
export type Arity = 'one' | 'many' | 'list';

/** What a field or a type says of itself beside GraphQL; `access` of a type is that of its fields. */
export interface SchemaExtensions extends Partial<Declared> {
  access?: FieldAccess;
  text?: OutputTextKind | null;
  /** Kind of object whose UUID the row holds. */
  idPrefix?: IdPrefix | undefined;
  /** Rows that were read with this one. */
  relation?: Arity;
  /** Resolves a list without type-graphql, whose wrapper makes objects of the arguments. */
  list?: GraphQLFieldResolver<unknown, Context>;
  /**
   * The executor calls it instead of the resolver where the answer is sent as it is: it yields the same value, or that
   * as raw JSON. A resolver itself never yields raw JSON.
   */
  serialize?(source: unknown, args: object, ctx: Context, info: PlannedInfo): unknown;
  /** All it does is to query `ctx.statements`: the viewer can be authenticated meanwhile. */
  readsOnly?: boolean;
  /** It writes sessions only, so it is tried on a full disk too. */
  writesSession?: boolean;
  /** Its resolver yields the same for all viewers of one role who have the same rights on the event's file. */
  viewerIndependent?: boolean;
  /**
   * Of a field whose arguments name fields otherwise than by a filter or an order. Throws FORBIDDEN for one that the
   * viewer's role never reads.
   */
  requireUses?(viewer: Viewer, args: object): void;
  /**
   * Number of objects that one of its rows counts for towards the limit of an operation; 1 by default. Of a list that is no
   * page, how many it usually has.
   */
  costPerRow?: number;
  /** Of an object type: a page of a list. */
  isConnection?: boolean;
  /** Of an input type: the name of the model whose rows it is a filter or an order of. */
  filterOf?: string;
  orderOf?: string;
  /** Set at start: it is read from the row alone, so that all rows share its arguments and info. */
  rowLocal?: boolean;
  /** Set at start: what decides whether it is withheld. */
  guardedBy?: Declared;
}

/** type-graphql's decorator with its argument typed, so that a misspelt extension does not compile. */
export const Extensions = (extensions: SchemaExtensions): ReturnType<typeof UntypedExtensions> =>
  UntypedExtensions(extensions);

type Extended = Pick<GraphQLField<unknown, unknown> | GraphQLNamedType, 'extensions'>;

/** What a field or a type says of itself. */
export const extensionsOf = ({ extensions }: Extended): SchemaExtensions => extensions;

/** Adds to what a field says of itself. */
export function extend(field: GraphQLField<unknown, Context>, extensions: SchemaExtensions): void {
  field.extensions = { ...field.extensions, ...extensions };
}

/** What decides who may read a field. */
export const declaredOf = (type: GraphQLObjectType, field: GraphQLField<unknown, Context>): Declared => {
  const { access = extensionsOf(type).access, text, byOthers } = extensionsOf(field);
  // The start refuses a field without a class.
  return { access: access as FieldAccess, text, byOthers };
};

/** Whether an operation consists of root fields that all have an extension. */
export function everyRootField(
  schema: GraphQLSchema,
  { operation, selectionSet: { selections } }: OperationDefinitionNode,
  extension: 'readsOnly' | 'writesSession',
): boolean {
  const fields = schema.getRootType(operation)?.getFields() ?? {};
  return selections.every((selected) => {
    const field = selected.kind === Kind.FIELD && fields[selected.name.value];
    return field ? extensionsOf(field)[extension] === true : false;
  });
}
