/**
 * Files of the demo company that guides, examples and tests refer to by name.
 * All are manufacturers in 华东.
 */
export const landmarks = {
  /** The intake example: contact 王经理, 采购总监; need 自动化生产线改造, budget 500,000 to 800,000. */
  intake: '启明自动化科技有限公司',
  /** A contact's phone changed from 138… to 139… at 2024-03-15 14:30 Asia/Shanghai, by sales1. */
  phoneHistory: '上海恒岳精密机械有限公司',
  /** Has a recent need of exactly 500,000.00: a member of 高端产品推送. */
  budgetAtThreshold: '南京衡准仪器设备有限公司',
  /** Has a recent need of 499,999.99: not a member. */
  budgetBelowThreshold: '杭州朗微测控技术有限公司',
  /** Has a need created exactly six calendar months before the seeding: a member on that day. */
  sixMonthsOld: '宁波泓半节能设备有限公司',
  /** Has a need created in the last second before that: not a member. */
  olderThanSixMonths: '无锡屹旧传动机械有限公司',
} as const;
export type Landmark = keyof typeof landmarks;

/** The line of history that AC-7 requires. */
export const phoneChange = {
  contactName: '张立轩',
  before: '+8613800001234',
  after: '+8613900005678',
  /** 2024-03-15 14:30 in Asia/Shanghai. */
  occurredAt: '2024-03-15T06:30:00.000Z',
  by: 'sales1',
} as const;

/** Number of members of 高端产品推送 on the day of the seeding. */
export const premiumPushSize = 96;
