// The acceptance cases of segments and analysis, on the demo company, by exact boundaries.
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Context } from '../../src/core/context.ts';
import { queryJson } from '../../src/core/database/database.ts';
import { executorOf } from '../../src/core/database/row-loader.ts';
import { createStatements } from '../../src/core/database/statements.ts';
import { customerModel } from '../../src/domains/customer/customer.model.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { employee } from '../../src/domains/employee/employee.table.ts';
import { landmarks, premiumPushSize } from '../../src/features/demo/fixtures.ts';
import '../../src/api.ts';
import { compileFilter, type Filter } from '../../src/core/model/filter.ts';
import { aliases, fileColumnsOf } from '../../src/core/model/read-context.ts';
import { initialSettings } from '../../src/core/settings/settings.ts';
import { need } from '../../src/domains/need/need.table.ts';
import { segment } from '../../src/domains/segment/segment.table.ts';
import { statsQueryOf } from '../../src/features/stats/customer-stats.query.ts';
import { customerStats } from '../../src/features/stats/customer-stats.service.ts';
import type { TestDatabase } from '../support/database.ts';
import { createDemoDatabase, demoSeededAt } from '../support/demo-database.ts';

const seededAt = demoSeededAt;
const timeZone = 'Asia/Shanghai';
let database: TestDatabase;
let manager: NonNullable<Context['viewer']>;

beforeAll(async () => {
  database = await createDemoDatabase();
  const [row] = await database.db.select().from(employee).where(eq(employee.email, 'manager@demo.example'));
  manager = { ...(row as typeof employee.$inferSelect), leads: [], groups: [], sessionId: '' };
});
afterAll(() => database.close());

/** Names of the active files a filter selects for the manager at an instant. */
async function select(filter: Filter, now = seededAt): Promise<Set<string>> {
  const next = aliases();
  const alias = next();
  const condition = compileFilter(
    { viewer: manager, now, timeZone, currency: 'CNY' },
    customerModel,
    filter,
    alias,
    fileColumnsOf(alias),
    next,
  );
  const file = sql.raw(alias);
  const names = await queryJson<string[]>(
    database.db,
    sql`select coalesce(json_agg(${file}.name), '[]') from customer ${file} where ${file}.archived_at is null and ${condition}`,
  );
  return new Set(names);
}

const ruleNamed = async (name: string) => {
  const [row] = await database.db.select().from(segment).where(eq(segment.name, name));
  return (row as typeof segment.$inferSelect).rule as Filter;
};

const premium = { needs: { some: { raisedAt: { withinLast: 'P6M' }, budgetMin: { gte: '500000' } } } };

describe('AC-1: 近6个月有采购需求 + 预算≥50万', () => {
  test('the seeded segment holds exactly those', async () => {
    const members = await select(await ruleNamed('高端产品推送'));
    expect(members.size).toBe(premiumPushSize);
    expect(members).toEqual(await select(premium));
  });

  test('500,000.00 is in, 499,999.99 is out', async () => {
    const members = await select(premium);
    expect(members.has(landmarks.budgetAtThreshold)).toBe(true);
    expect(members.has(landmarks.budgetBelowThreshold)).toBe(false);
  });

  test('a need of exactly six calendar months ago is in, one a second before that day is out', async () => {
    const members = await select(premium);
    expect(members.has(landmarks.sixMonthsOld)).toBe(true);
    expect(members.has(landmarks.olderThanSixMonths)).toBe(false);
  });

  test.each([
    // asked at, need raised at, in?
    ['2026-08-31T04:30:00Z', '2026-02-27T16:00:00.000000Z', true],
    ['2026-08-31T04:30:00Z', '2026-02-27T15:59:59.999999Z', false],
    ['2024-08-31T04:30:00Z', '2024-02-28T16:00:00.000000Z', true],
    ['2024-08-31T04:30:00Z', '2024-02-28T15:59:59.999999Z', false],
    ['2026-08-15T15:59:59.999Z', '2026-02-14T16:00:00.000000Z', true],
    ['2026-08-15T16:00:00Z', '2026-02-14T16:00:00.000000Z', false],
    ['2026-08-15T16:00:00Z', '2026-02-15T16:00:00.000000Z', true],
    ['2026-12-31T04:00:00Z', '2026-06-29T16:00:00.000000Z', true],
  ])(
    'evaluated at %s, a need raised at %s is in: %s (midnights in Shanghai, month ends clamped)',
    async (askedAt, madeAt, isIn) => {
      const [file] = await database.db
        .select()
        .from(customer)
        .where(eq(customer.name, landmarks.budgetAtThreshold));
      const [made] = await database.db
        .insert(need)
        .values({ customerId: file?.id as string, item: '边界', budgetMin: '500000.00', raisedAt: madeAt })
        .returning();
      const rule = {
        needs: {
          some: { item: { eq: '边界' }, raisedAt: { withinLast: 'P6M' }, budgetMin: { gte: '500000' } },
        },
      };
      expect((await select(rule, new Date(askedAt))).size).toBe(isIn ? 1 : 0);
      await database.db.delete(need).where(eq(need.id, made?.id as string));
    },
  );
});

/** "label share" of the groups a question finds for the manager. */
async function shares(request: Parameters<typeof statsQueryOf>[0]): Promise<Record<string, string | null>> {
  const ctx = {
    db: database.db,
    statements: createStatements(() => executorOf(database.db)),
    viewer: manager,
    now: seededAt,
    settings: initialSettings,
  };
  const { groups } = await customerStats(ctx as Context, statsQueryOf(request, initialSettings));
  return Object.fromEntries(groups.map(({ labels, share }) => [labels[0]?.ZH ?? '-', share]));
}

test('AC-3: 华东 is 35 % and 制造业 40 % of all customers', async () => {
  await database.db.update(customer).set({ archivedAt: null });
  expect((await shares({ groupBy: ['REGION'] })).华东).toBe('0.3500');
  expect((await shares({ groupBy: ['INDUSTRY'] })).制造业).toBe('0.4000');
});

test('AC-4: 80 % of the manufacturers care about how fast service responds', async () => {
  const manufacturers = await select({ industry: { eq: '制造业' } });
  const concerned = await select(await ruleNamed('关注售后响应的制造业客户'));
  expect(concerned.size / manufacturers.size).toBe(0.8);
});

test('AC-6: files are found and counted by the tags of a facet and by free ones', async () => {
  const byTag = await shares({ groupBy: ['TAG'], tagFacet: '行业' });
  expect(byTag.制造业).toBe('0.4000');
  const tagged = await select({ tags: { hasAll: ['行业-制造业', '高预算'] } });
  const either = await select({ tags: { hasAny: ['行业-制造业'], hasNone: ['高预算'] } });
  expect(tagged.size).toBeGreaterThan(0);
  expect(tagged.size + either.size).toBe((await select({ industry: { eq: '制造业' } })).size);
  expect(
    (await select({ tags: { hasAll: ['决策周期短', '规模-中小企业', '合作阶段-意向客户'] } })).size,
  ).toBeGreaterThan(0);
});
