import type { customerTag, tag } from '../../domains/tag/tag.table.ts';
import type { DrawnCustomer } from './customer.generator.ts';
import type { DrawnNeed } from './need.generator.ts';
import type { Random } from './random.ts';

type TagInsert = typeof tag.$inferInsert & { id: string };
type CustomerTagInsert = typeof customerTag.$inferInsert;

const sizeValues = {
  MICRO: '微型企业',
  SMALL: '中小企业',
  MEDIUM: '中小企业',
  LARGE: '大型企业',
} as const;
const stageValues = {
  POTENTIAL: '潜在客户',
  INTENT: '意向客户',
  WON: '成交客户',
  LOST: '流失客户',
} as const;
const freeValues = [
  '决策周期短',
  '决策周期长',
  '价格敏感',
  '老客户转介绍',
  '关注节能',
  '重点跟进',
  '多部门决策',
];

/** The tags of AC-6: 行业-…, 规模-… and 合作阶段-… on every file they apply to, tags without a facet on some. */
export function drawTags(
  random: Random,
  customers: readonly DrawnCustomer[],
  needs: readonly DrawnNeed[],
): { tags: TagInsert[]; customerTags: CustomerTagInsert[] } {
  const definedAt = random.daysAgo(740);
  const tags = new Map<string, TagInsert>();
  const tagId = (facet: string | null, value: string): string => {
    const label = facet ? `${facet}-${value}` : value;
    const known = tags.get(label) ?? {
      id: random.id(definedAt),
      facet,
      value,
      createdAt: definedAt,
    };
    tags.set(label, known);
    return known.id;
  };
  const wellFunded = new Set(
    needs.filter(({ budgetMin }) => Number(budgetMin ?? 0) >= 500_000).map(({ customerId }) => customerId),
  );
  const customerTags = customers.flatMap(({ row, landmark }) => {
    const ids = [
      row.industry && tagId('行业', row.industry),
      row.size && tagId('规模', sizeValues[row.size]),
      tagId('合作阶段', stageValues[row.stage]),
      wellFunded.has(row.id) && tagId(null, '高预算'),
      landmark === 'intake'
        ? tagId(null, '决策周期短')
        : random.chance(40) && tagId(null, random.pick(freeValues)),
    ].filter((id) => typeof id === 'string');
    return ids.map((id) => ({
      customerId: row.id,
      tagId: id,
      createdAt: row.createdAt,
    }));
  });
  return { tags: [...tags.values()], customerTags };
}
