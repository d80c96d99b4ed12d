import { expect, test } from 'vitest';
import { filesBelow, type Import, importsOf, read } from './sources.ts';

const sources = filesBelow('src').filter((path) => path.endsWith('.ts'));
const imports = importsOf(sources);
const described = ({ from, to }: Import) => `${from} → ${to}`;

/** The layers of `src`, lowest first: each may import from those before it, types included. */
const layers = ['src/config/', 'src/core/', 'src/domains/', 'src/features/', 'src/'] as const;
const layerOf = (path: string) => layers.findIndex((layer) => path.startsWith(layer));

interface Boundary {
  /** Who is bound. */
  of: RegExp;
  /** What they may not import. */
  never: RegExp;
  /** What they may import all the same. */
  but?: RegExp;
  /** Types leave nothing behind, so they may cross. */
  typesMayCross?: boolean;
}

const graphqlPackages = '(?:graphql|type-graphql|@apollo\\/server|graphql-.*)$';

const boundaries: Record<string, Boundary> = {
  'a table knows other tables, the column recipes and enumerations of the policy, nothing else': {
    of: /\.table\.ts$/,
    never: /^src\//,
    but: /\.table\.ts$|^src\/core\/(?:database\/columns|access\/(?:role|field-group))\.ts$/,
  },
  'the entry standards know nothing of the project': {
    of: /^src\/core\/validation\//,
    never: /^src\/|^drizzle-orm|^postgres$/,
    but: /^src\/core\/validation\/|^src\/core\/errors\.ts$/,
  },
  'a check knows the standards, the tables and the policy: neither GraphQL nor the database': {
    of: /\.check\.ts$/,
    never: new RegExp(`^src\\/|^drizzle-orm|^postgres$|^${graphqlPackages}`),
    but: /\.(?:check|table)\.ts$|^src\/core\/(?:validation|access)\/|^src\/core\/errors\.ts$/,
  },
  'a GraphQL type knows tables, enumerations, the model machinery and scalars: no resolver, no service': {
    of: /\.type\.ts$/,
    never: /^src\//,
    but: /\.(?:type|table|enums|value)\.ts$|^src\/core\/(?:model|access)\/|^src\/core\/graphql\/schema\/scalars\.ts$/,
  },
  'a GraphQL type leaves relations to its model: it imports the type of no domain': {
    of: /^src\/domains\/.*\.type\.ts$/,
    never: /^src\/domains\/.*\.type\.ts$/,
    // A type too long for one file extends another.
    but: /^src\/domains\/.*-details\.type\.ts$/,
  },
  'a service or a write never sees GraphQL': {
    of: /\.(?:service|write)\.ts$/,
    never: new RegExp(`^${graphqlPackages}|\\.(?:resolver|mutation|input|type)\\.ts$`),
    typesMayCross: true,
  },
  'nobody imports a resolver or a mutation but the root’s api.ts': {
    of: /^src\/(?!api\.ts$)/,
    never: /\.(?:resolver|mutation)\.ts$/,
  },
  'the change log knows connections and errors only': {
    of: /^src\/core\/changes\//,
    never: /^src\//,
    but: /^src\/core\/(?:changes|database)\/|^src\/core\/(?:errors|periodic|semaphore)\.ts$/,
  },
  'access knows the model machinery, the database and the entry standards, no transport': {
    of: /^src\/core\/access\//,
    never: /^src\//,
    but: /^src\/core\/(?:access|model|database|validation)\/|^src\/core\/(?:context|errors|token-bucket)\.ts$/,
  },
  'the database folder does not know GraphQL': {
    of: /^src\/core\/database\//,
    never: new RegExp(`^src\\/|^${graphqlPackages}`),
    but: /^src\/core\/(?:database|validation)\/|^src\/core\/(?:errors|secret-file|semaphore)\.ts$/,
  },
  'demo and import are used by nothing but the wiring': {
    of: /^src\/(?!features\/(?:demo|import)\/|cli\/|server\.ts$)/,
    never: /^src\/features\/(?:demo|import)\//,
  },
  'nobody imports what wires everything, but the demonstration that opens a server': {
    of: /^src\/(?!(?:main|cli\/lifecycle\.world)\.ts$)/,
    never: /^src\/(?:main|server)\.ts$/,
  },
};

test.each(Object.entries(boundaries))('%s', (_title, { of, never, but, typesMayCross = false }) => {
  const crossings = imports.filter(
    ({ from, to, isTypeOnly }) =>
      of.test(from) && never.test(to) && !but?.test(to) && !(typesMayCross && isTypeOnly),
  );
  expect(crossings.map(described)).toEqual([]);
});

test('dependencies run down the layers: config, core, domains, features, the root', () => {
  const upward = imports.filter(({ from, to }) => to.startsWith('src/') && layerOf(to) > layerOf(from));
  expect(upward.map(described)).toEqual([]);
});

test('every boundary still has somebody to bind', () => {
  const idle = Object.entries(boundaries).filter(([, { of }]) => !sources.some((path) => of.test(path)));
  expect(idle.map(([title]) => title)).toEqual([]);
});

test('only config.ts reads the environment', () => {
  const readers = sources.filter(
    (path) => path !== 'src/config/config.ts' && /process\s*\.\s*env|['"]dotenv['"]/.test(read(path)),
  );
  expect(readers).toEqual([]);
});

test('imports, those of types included, run in no circle, except among models, which name each other lazily', () => {
  expect(circles(imports).filter((circle) => !isModelCircle(circle))).toEqual([]);
});

/**
 * An access grant has a request, and a request a grant: models refer to each other as `target: () => accessRequestModel`, which is
 * resolved only after all of them are loaded.
 */
const isModelCircle = (circle: string[]) =>
  circle.every((path) => /^src\/domains\/.*\.model\.ts$/.test(path));

/** Groups of files that reach each other (Tarjan's strongly connected components of more than one file). */
function circles(edges: Import[]): string[][] {
  const targets = new Map<string, string[]>();
  for (const { from, to } of edges) targets.set(from, [...(targets.get(from) ?? []), to]);
  const found: string[][] = [];
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const path: string[] = [];
  const visit = (file: string): number => {
    order.set(file, order.size);
    lowest.set(file, order.get(file) as number);
    path.push(file);
    for (const to of targets.get(file) ?? []) {
      if (!order.has(to)) lowest.set(file, Math.min(lowest.get(file) as number, visit(to)));
      else if (path.includes(to))
        lowest.set(file, Math.min(lowest.get(file) as number, order.get(to) as number));
    }
    if (lowest.get(file) === order.get(file)) {
      const circle = path.splice(path.indexOf(file));
      if (circle.length > 1) found.push(circle.sort());
    }
    return lowest.get(file) as number;
  };
  for (const file of sources) if (!order.has(file)) visit(file);
  return found;
}
