import { expect, test } from 'vitest';
import '../../src/api.ts';
import type { Filter } from '../../src/core/model/filter.ts';
import type { Locale } from '../../src/core/model/label.ts';
import { customerModel } from '../../src/domains/customer/customer.model.ts';
import { ruleText } from '../../src/domains/segment/rule-text.ts';

const tell = (rule: Filter, locale: Locale) =>
  ruleText(customerModel, rule, {
    locale,
    timeZone: 'Asia/Shanghai',
    currency: 'CNY',
    segmentNames: new Map([['seg_1', '重点客户']]),
  });

test.each<[Filter, string, string]>([
  [
    { needs: { some: { raisedAt: { withinLast: 'P6M' }, budgetMin: { gte: '500000' } } } },
    '近6个月有采购需求 且 预算不低于 500,000 元',
    'has a need in the last 6 months and budget at least 500,000 CNY',
  ],
  [
    {
      region: { eq: 'EAST_CHINA' },
      needs: { some: { raisedAt: { withinLast: 'P6M' }, budgetMin: { gte: '500000' } } },
    },
    '区域为华东 且 近6个月有采购需求 (预算不低于 500,000 元)',
    'region is East China and has a need in the last 6 months (budget at least 500,000 CNY)',
  ],
  [{}, '全部客户', 'all customers'],
  [{ or: [] }, '无客户', 'no customer'],
  [
    { stage: { in: ['INTENT', 'WON'] }, not: { tier: { eq: 'C' } } },
    '生命周期阶段属于意向客户、成交客户 且 不满足 (客户等级为散客)',
    'stage is one of Intent, Won and not (tier is C)',
  ],
  [
    {
      deals: {
        sum: {
          field: 'contractAmount',
          where: { stage: { eq: 'WON' }, closedAt: { withinLast: 'P12M' } },
          gte: '1000000',
        },
      },
    },
    '商机 (阶段为赢单 且 结束时间在近12个月内)的合同金额合计不低于 1,000,000 元',
    'total contract amount of deals (stage is Won and closed at in the last 12 months) at least 1,000,000 CNY',
  ],
  [{ history: { stage: { was: { eq: 'LOST' } } } }, '生命周期阶段曾经为流失客户', 'stage once is Lost'],
  [
    { contacts: { some: { history: { phone: { changed: { at: { withinLast: 'P1M' } } } } } } },
    '有联系人 (电话变更过 (变更时间在近1个月内))',
    'has a contact (phone changed (time in the last 1 month))',
  ],
  [
    { or: [{ inSegment: 'seg_1' }, { tags: { hasAny: ['高预算', '重点跟进'] } }] },
    '(属于客户分群「重点客户」 或 标签含任一 “高预算”、“重点跟进”)',
    '(in the segment “重点客户” or has any tag of “高预算”, “重点跟进”)',
  ],
  [
    {
      phones: { hasAny: ['0755-82345678', '95588'] },
      formerNames: { hasNone: ['北辰'] },
      emails: { isEmpty: false },
    },
    '单位电话含任一“0755-82345678”、“95588” 且 曾用名均不含“北辰” 且 单位邮箱不为空',
    'phones include any of “0755-82345678”, “95588” and former names include none of “北辰” and emails is not empty',
  ],
  [
    { interactions: { some: { occurredAt: { withinLast: 'P1M' } } } },
    '近1个月有互动记录',
    'has an interaction in the last 1 month',
  ],
  [
    { createdAt: { gte: '2025-12-31T16:00:00Z' } },
    '建档时间不早于 2026-01-01 00:00:00',
    'created at not before 2026-01-01 00:00:00',
  ],
  [
    { contacts: { none: {} }, creditLimit: { isNull: true } },
    '没有联系人 且 信用额度为空',
    'no contact and credit limit is empty',
  ],
])('%j', (rule, chinese, english) => {
  expect(tell(rule, 'ZH')).toBe(chinese);
  expect(tell(rule, 'EN')).toBe(english);
});
