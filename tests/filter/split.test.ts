import { type SQL, sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Role } from '../../src/core/access/role.ts';
import { visibleFiles } from '../../src/core/access/row-predicates.ts';
import type { Viewer } from '../../src/core/access/viewer.ts';
import { queryJson } from '../../src/core/database/database.ts';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { compileFilter } from '../../src/core/model/filter.ts';
import { aliases, fileColumnsOf } from '../../src/core/model/read-context.ts';
import { fileModels } from '../../src/core/model/registry.ts';
import { withSavedFilters } from '../../src/core/model/saved-filter.ts';
import '../../src/api.ts';
import { customerModel } from '../../src/domains/customer/customer.model.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { filtersOn, type GeneratedFilter, pointedFiltersOn } from './grammar.ts';
import { isVisible, matchingFiles } from './memory.ts';
import { enterWorld, loadWorld, type World } from './world.ts';

let database: TestDatabase;
let world: World;
const viewers = new Map<Role, Viewer>();

beforeAll(async () => {
  database = await createTestDatabase();
  const { staff, segments } = await enterWorld(database);
  const rules = new Map(segments.map(({ id, rule }) => [encodeId('seg', id), rule]));
  world = await loadWorld(database, rules);
  for (const { id, name, email, role, teamId } of staff) {
    if (!viewers.has(role))
      viewers.set(role, { id, name, email, role, teamId, leads: [], groups: [], sessionId: '' });
  }
});
afterAll(() => database.close());

/** Month ends, a leap day, and both sides of midnight in Shanghai. */
const moments = [
  '2026-08-31T04:30:00.000Z',
  '2024-02-29T16:30:00.000Z',
  '2026-08-31T15:59:59.999Z',
  '2026-08-31T16:00:00.000Z',
  '2027-02-28T03:00:00.000Z',
];

/** Ids of the files each filter selects, and of those its negation selects: one statement for all. */
async function selected(
  filters: GeneratedFilter[],
  viewer: Viewer,
  now: Date,
  atOnce: boolean,
): Promise<[string[], string[]][]> {
  const run = (statement: SQL) => queryJson(database.db, statement);
  const statement = await withSavedFilters(
    run,
    { viewer, now, timeZone: 'Asia/Shanghai', currency: 'CNY', atOnce },
    (reading) => {
      const next = aliases();
      const idsOf = (filter: GeneratedFilter) => {
        const alias = next();
        const file = fileColumnsOf(alias);
        const visible = visibleFiles(viewer, file);
        const condition = compileFilter(reading, customerModel, filter, alias, file, next);
        return sql`(select coalesce(json_agg(${sql.raw(alias)}.id), '[]') from customer ${sql.raw(alias)} where ${visible === true ? sql`true` : visible} and ${condition})`;
      };
      const pairs = filters.map(
        (filter) => sql`json_build_array(${idsOf(filter)}, ${idsOf({ not: filter })})`,
      );
      return sql`select json_build_array(${sql.join(pairs, sql`, `)})`;
    },
  );
  return (await run(statement)) as [string[], string[]][];
}

const batchSize = 20;
const batches = Number(process.env.FILTER_BATCHES ?? 60);

test.each(['MANAGER', 'SALES', 'FINANCE'] as const)(
  'for %s, what a generated filter selects is what it says, and its negation selects the rest',
  async (role) => {
    const viewer = viewers.get(role) as Viewer;
    const readable = (filter: GeneratedFilter) => role !== 'FINANCE' || !asksPersonal(filter);
    const filters = fc
      .oneof(
        { weight: 3, arbitrary: filtersOn(world, customerModel, 3) },
        { weight: 2, arbitrary: pointedFiltersOn(world, customerModel) },
      )
      .filter(readable);
    const seen = { filters: 0, telling: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.array(filters, { minLength: batchSize, maxLength: batchSize }),
        fc.constantFrom(...moments),
        // As a page asks, file by file, and as a count does, all files at once.
        fc.boolean(),
        async (drawn, at, atOnce) => {
          const now = new Date(at);
          const answers = await selected(drawn, viewer, now, atOnce);
          drawn.forEach((filter, i) => {
            const [yes, no] = answers[i] as [string[], string[]];
            expect(new Set(yes), JSON.stringify(filter)).toEqual(
              new Set(matchingFiles(world, customerModel, filter, { viewer, now })),
            );
            expect(new Set(no), `not ${JSON.stringify(filter)}`).toEqual(
              new Set(matchingFiles(world, customerModel, { not: filter }, { viewer, now })),
            );
            seen.filters += 1;
            if (yes.length > 0 && no.length > 0) seen.telling += 1;
            const everything = matchingFiles(world, customerModel, { or: [filter, {}] }, { viewer, now });
            expect([...yes, ...no].toSorted()).toEqual(everything.toSorted());
          });
        },
      ),
      { numRuns: batches, ...(process.env.FILTER_SEED && { seed: Number(process.env.FILTER_SEED) }) },
    );
    // Filters that select all or nothing prove little.
    expect(seen.telling / seen.filters).toBeGreaterThan(0.25);
  },
  300_000,
);

test('a viewer of all files has all of them split', () => {
  const viewer = viewers.get('MANAGER') as Viewer;
  expect(world.rowsOf('customer').filter((file) => isVisible(world, file, viewer))).toHaveLength(60);
});

/** Finance reads no personal and no special field: such a filter is refused, which `refusal.test.ts` proves. */
const personal = fileModels().flatMap(({ attributes }) =>
  [...attributes.values()]
    .filter(({ access }) => access === 'personal' || access === 'special')
    .map(({ field }) => field),
);
const asksPersonal = (filter: GeneratedFilter): boolean =>
  new RegExp(`"(${personal.join('|')})"`).test(JSON.stringify(filter));
