import type { segment } from '../../domains/segment/segment.table.ts';
import type { StaffIds } from './customer.generator.ts';
import { concern } from './interaction.words.ts';
import type { Random } from './random.ts';

type SegmentInsert = typeof segment.$inferInsert;

/** The demo company's segments: the first is AC-1, the second the analysis of AC-2, the third AC-4. */
export function drawSegments(random: Random, staff: StaffIds): SegmentInsert[] {
  const segments: Omit<SegmentInsert, 'id' | 'createdAt' | 'updatedAt'>[] = [
    {
      name: '高端产品推送',
      description: '近6个月有采购需求且预算不低于50万元的客户，用于推送高端产品信息',
      rule: {
        needs: {
          some: {
            raisedAt: { withinLast: 'P6M' },
            budgetMin: { gte: '500000' },
          },
        },
      },
      ownerId: staff.marketing,
      shared: true,
    },
    {
      name: '华东制造业节能需求',
      description: '华东地区制造业客户中，需求提到节能的客户',
      rule: {
        region: { eq: 'EAST_CHINA' },
        industry: { eq: '制造业' },
        needs: { some: { item: { contains: '节能' } } },
      },
      ownerId: staff.marketing,
      shared: true,
    },
    {
      name: '关注售后响应的制造业客户',
      description: '互动记录或需求痛点中提到设备售后响应速度的制造业客户',
      rule: {
        industry: { eq: '制造业' },
        or: [
          { interactions: { some: { summary: { contains: concern } } } },
          { needs: { some: { painPoint: { contains: concern } } } },
        ],
      },
      ownerId: staff.service,
      shared: true,
    },
    {
      name: '流失客户',
      description: '合作阶段为流失的客户，用于挽回',
      rule: { stage: { eq: 'LOST' } },
      ownerId: staff.manager,
      shared: true,
    },
    {
      name: '重点客户',
      description: 'A类的意向与成交客户',
      rule: { tier: { eq: 'A' }, stage: { in: ['INTENT', 'WON'] } },
      ownerId: staff.manager,
      shared: false,
    },
    {
      name: '一个月未联系的意向客户',
      description: '近30天没有互动记录的意向客户',
      rule: {
        stage: { eq: 'INTENT' },
        interactions: { none: { occurredAt: { withinLast: 'P30D' } } },
      },
      ownerId: staff.sales1,
      shared: false,
    },
    {
      name: '近期生日关怀',
      description: '未来30天内有联系人过生日的客户',
      rule: { contacts: { some: { birthday: { anniversaryWithin: 'P30D' } } } },
      ownerId: staff.service,
      shared: false,
    },
  ];
  return segments.map((row) => {
    const createdAt = random.daysAgo(random.whole(30, 300));
    return { id: random.id(createdAt), ...row, createdAt, updatedAt: createdAt };
  });
}
