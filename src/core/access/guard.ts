import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isIntrospectionType,
  isNonNullType,
  isObjectType,
  isScalarType,
} from 'graphql';
import type { Context } from '../context.ts';
import { withheld } from '../errors.ts';
import { declaredOf, extend, extensionsOf } from '../model/extensions.ts';
import { unlogged } from './access-log-port.ts';
import type { Decision, Decisions } from './decisions.ts';
import { type AccessClass, accessClasses, outputTextKinds } from './policy.ts';
import { withhold } from './redaction.ts';
import { canName, type Declared, type Right, withheldReason } from './row-predicates.ts';
import { rootGuards } from './shield.ts';

/**
 * Applies the policy to the resolvers of a schema.
 *
 * Only fields that can be refused are wrapped: root fields (including their `subscribe`, which would otherwise reveal
 * when something happens) and fields of an access class. A field without a class stops the server at start.
 */
export function guardSchema(schema: GraphQLSchema): void {
  const roots = rootGuards(schema);
  const faults: string[] = [];
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || isIntrospectionType(type)) continue;
    const isRoot =
      type === schema.getQueryType() ||
      type === schema.getMutationType() ||
      type === schema.getSubscriptionType();
    for (const field of Object.values(type.getFields())) {
      // Shield has a guard for each: `rootGuards` throws for a root field that the policy page does not list.
      if (isRoot) guardRootField(field, roots[type.name]?.[field.name] as RootGuard);
      else guardOutputField(type, field, faults);
    }
  }
  if (faults.length > 0) throw new Error(`The schema breaks the access policy:\n  ${faults.join('\n  ')}`);
}

/** Scalars whose format leaves no room for a name. */
const formal: readonly string[] = ['ID', 'Int', 'Float', 'Boolean', 'Decimal', 'Date', 'DateTime'];

/**
 * Throws if any text in the output, from a column or a resolver, does not declare what it holds: nobody would have
 * decided whether `pseudonymousRoles` may read it.
 */
export function requireTextKinds(schema: GraphQLSchema): void {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const faults: string[] = [];
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || isIntrospectionType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const scalar = getNamedType(field.type);
      if (!isScalarType(scalar) || formal.includes(scalar.name)) continue;
      const { text } = extensionsOf(field);
      const name = `${type.name}.${field.name}`;
      if (!text || !outputTextKinds.includes(text)) faults.push(`${name} does not say what it holds`);
      // A root field belongs to no row, so nothing could redact it.
      else if (roots.includes(type) && canName(text)) faults.push(`${name} is withheld from nobody`);
    }
  }
  if (faults.length > 0) throw new Error(`The schema has texts of no kind:\n  ${faults.join('\n  ')}`);
}

type Resolver = GraphQLFieldResolver<unknown, Context>;
type RootGuard = ReturnType<typeof rootGuards>[string][string];

function guardRootField(field: GraphQLField<unknown, Context>, guard: RootGuard): void {
  const { subscribe } = field;
  if (subscribe) {
    // Each event is resolved in a context of its own; the right to subscribe is checked here.
    field.subscribe = (...args: Parameters<Resolver>) => guard(subscribe as Resolver, ...args);
    return;
  }
  guardResolvers(
    field,
    (resolve = defaultFieldResolver) =>
      (...args) =>
        guard(resolve, ...args),
  );
}

function guardOutputField(
  type: GraphQLObjectType,
  field: GraphQLField<unknown, Context>,
  faults: string[],
): void {
  const declared = declaredOf(type, field);
  const { access } = declared;
  const name = `${type.name}.${field.name}`;
  if (access !== 'open' && !accessClasses.includes(access)) {
    faults.push(`${name} has no access class`);
    return;
  }
  // These fields are readable on every visible file.
  if ((access === 'open' || access === 'basic') && !canName(declared.text)) return;
  if (isNonNullType(field.type)) {
    const why = access === 'open' || access === 'basic' ? declared.text : access;
    faults.push(`${name} can be withheld (${why}) and so must be nullable`);
    return;
  }
  // Read by the JSON writer, which bypasses resolvers and makes the same decision.
  extend(field, { guardedBy: declared });
  guardResolvers(field, (resolve) => (row, args, ctx, info) => {
    if (ctx.unlogged.has(access as AccessClass))
      return withhold(ctx, info.path, name, () => unlogged(name, ctx.accessLog));
    const { right, decision } = decisionOn(ctx.decisions, declared);
    if (
      decision === 'ALLOW' ||
      (decision === 'BY_ROW' && (row as Record<string, unknown>)[`$${right}`] === true)
    ) {
      return resolve ? resolve(row, args, ctx, info) : (row as Record<string, unknown>)[field.name];
    }
    return withhold(ctx, info.path, name, () => refusalOf(ctx, name, declared));
  });
}

/** Guards both ways to the value of a field. */
function guardResolvers(
  field: GraphQLField<unknown, Context>,
  guarded: (resolve: Resolver | undefined) => Resolver,
): void {
  field.resolve = guarded(field.resolve);
  const { serialize } = extensionsOf(field);
  if (serialize) extend(field, { serialize: guarded(serialize as Resolver) });
}

/** The right that governs a field under these decisions, and the decision on it. */
export function decisionOn(
  decisions: Decisions,
  { access, text, byOthers }: Declared,
): { right: Right; decision: Decision } {
  const right = canName(text) && decisions.identity !== 'ALLOW' ? 'identity' : access;
  if (right === 'identity' && byOthers) return { right, decision: 'DENY' };
  return { right, decision: right === 'open' ? 'ALLOW' : decisions[right] };
}

/** The error for a field the viewer may not read. */
export const refusalOf = ({ viewer }: Context, field: string, declared: Declared): Error =>
  withheld(field, viewer ? withheldReason(viewer, declared) : 'ROLE');
