import { sql } from 'drizzle-orm';
import type { GraphQLFieldResolver, GraphQLObjectType, GraphQLSchema } from 'graphql';
import type { Context } from '../context.ts';
import { forbidden, unauthenticated } from '../errors.ts';
import { type Callers, callers, narrowedBy } from './callers.ts';
import type { Decision, Decisions } from './decisions.ts';
import { departmentCallers } from './department-policy.ts';
import { deny, rule, shield } from './graphql-shield.ts';
import { accessClasses, pseudonymousRoles } from './policy.ts';
import { type Condition, readable } from './row-predicates.ts';
import type { Viewer } from './viewer.ts';

const decidedClasses = [...accessClasses, 'identity'] as const;

type RootType = GraphQLObjectType<unknown, Context>;
type Rule = ReturnType<ReturnType<typeof rule>>;
type ShieldMiddleware = (
  resolve: GraphQLFieldResolver<unknown, Context>,
  ...args: Parameters<GraphQLFieldResolver<unknown, Context>>
) => unknown;

// no_cache: shield's other caches ignore arguments or outlive the operation (a revoked right would remain granted).
const uncached = { cache: 'no_cache' } as const;

/** Whether a mutation is open to the viewer because their department answers for what it writes. */
const isOfDepartment = ({ role, groups }: Viewer, field: string): boolean =>
  !pseudonymousRoles.includes(role) && groups.some((group) => departmentCallers[field]?.includes(group));

const callerRuleOf = (field: string): Rule =>
  rule(
    field,
    uncached,
  )((_parent, _args, { viewer, settings }: Context) => {
    const who = callers[field] as Callers;
    const narrowing = narrowedBy[field];
    if (who === 'ANYONE') return true;
    if (!viewer) return unauthenticated();
    if (narrowing && !settings[narrowing].includes(viewer.role)) return forbidden();
    return who === 'STAFF' || who.includes(viewer.role) || isOfDepartment(viewer, field) || forbidden();
  });

const classRules = Object.fromEntries(
  decidedClasses.map((access) => [
    access,
    rule(
      `class ${access}`,
      uncached,
    )((_parent, _args, { viewer }: Context) => {
      return readsSome(viewer, access) !== false;
    }),
  ]),
) as Record<keyof Decisions, Rule>;

/** Placeholder for a file: only whether a right depends on its columns matters, not the columns. */
const anyFile = { id: sql.empty(), ownerId: sql.empty() };
function readsSome(viewer: Viewer | null, access: keyof Decisions): Condition {
  if (viewer === null) return false;
  if (access !== 'identity') return readable(viewer, access, anyFile);
  // Depends on the row: their own record, and texts they wrote, identify nobody to them.
  return pseudonymousRoles.includes(viewer.role) ? sql.empty() : true;
}

/**
 * Evaluates shield's rule for every class. A right that depends on the row is left to the row's own flag, computed in
 * SQL by the same predicate. A rule that throws denies.
 */
export async function decideAccess(viewer: Viewer | null): Promise<Decisions> {
  const ctx = { viewer } as never;
  const decided = await Promise.all(
    decidedClasses.map(async (access): Promise<[keyof Decisions, Decision]> => {
      const allowed = await classRules[access].resolve({}, {}, ctx, {} as never, shieldOptions as never);
      if (allowed !== true) return [access, 'DENY'];
      return [access, readsSome(viewer, access) === true ? 'ALLOW' : 'BY_ROW'];
    }),
  );
  return Object.fromEntries(decided) as Decisions;
}

// A new error each time: graphql-js writes the path into it.
const shieldOptions = {
  allowExternalErrors: true,
  debug: false,
  fallbackRule: deny,
  fallbackError: () => forbidden(),
};

/**
 * Shield's middleware for the root fields of Query, Mutation and Subscription, built from the policy page. The fallback
 * is deny; a root field without a line on the page, or a line without a field, stops the server at start.
 */
export function rootGuards(schema: GraphQLSchema): Record<string, Record<string, ShieldMiddleware>> {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()] as RootType[];
  const present = roots.flatMap((type) =>
    Object.keys(type.getFields()).map((field) => `${type.name}.${field}`),
  );
  const unlisted = present.filter((name) => !(name in callers));
  if (unlisted.length > 0)
    throw new Error(`Root fields without callers on the policy page: ${unlisted.join(', ')}`);
  const missing = Object.keys(callers).filter((name) => !present.includes(name));
  if (missing.length > 0)
    throw new Error(`The policy page names root fields that do not exist: ${missing.join(', ')}`);

  const tree = Object.fromEntries(
    roots.map((type) => [
      type.name,
      Object.fromEntries(
        Object.keys(type.getFields()).map((field) => [field, callerRuleOf(`${type.name}.${field}`)]),
      ),
    ]),
  );
  const generator = shield(tree as never, shieldOptions) as unknown as {
    generate: (schema: GraphQLSchema) => Record<string, Record<string, ShieldMiddleware>>;
  };
  return generator.generate(schema);
}
