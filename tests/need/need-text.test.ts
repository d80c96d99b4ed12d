import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readChineseNumber } from '../../src/core/validation/chinese-number.ts';
import { readNeedText } from '../../src/core/validation/need-text.ts';
import { checkNeed } from '../../src/domains/need/need.check.ts';

const read = (text: string) => {
  const { missing, ...stated } = readNeedText(text, 'CNY');
  return Object.fromEntries(Object.entries(stated).filter(([, value]) => value !== null));
};
const total = (budgetMin: string, budgetMax = budgetMin) => ({ budgetMin, budgetMax, currency: 'CNY' });
const perUnit = (price: string) => ({ unitBudgetMin: price, unitBudgetMax: price });

describe('a need is read as people write it', () => {
  test.each<[string, object]>([
    [
      '采购台式电脑20台，预算5000元/台，要求i5处理器、16G内存',
      {
        ...{ item: '台式电脑', quantity: '20', unit: '台', specification: 'i5处理器、16G内存' },
        ...{ ...perUnit('5000'), ...total('100000') },
      },
    ],
    ['自动化生产线改造，预算50-80万元', { item: '自动化生产线改造', ...total('500000', '800000') }],
    ['自动化生产线改造,预算50万～80万', { item: '自动化生产线改造', ...total('500000', '800000') }],
    ['自动化生产线改造（预算50—80万元）', { item: '自动化生产线改造', ...total('500000', '800000') }],
    ['预算五十万至八十万元，建设MES系统', { item: '建设MES系统', ...total('500000', '800000') }],
    ['需要办公设备采购', { item: '办公设备' }],
    ['需求：购买CRM软件，预算至少20万', { item: 'CRM软件', budgetMin: '200000', currency: 'CNY' }],
    [
      '采购二十台服务器，单价不超过3.5万元，双路CPU',
      {
        ...{ item: '服务器', quantity: '20', unit: '台', specification: '双路CPU' },
        ...{ unitBudgetMax: '35000', budgetMax: '700000', currency: 'CNY' },
      },
    ],
    [
      '客户计划采购A4纸500箱，每箱120元，年底前到货',
      {
        ...{ item: 'A4纸', quantity: '500', unit: '箱', specification: '年底前到货' },
        ...{ ...perUnit('120'), ...total('60000') },
      },
    ],
    [
      '会议茶歇20份，每人30元',
      { item: '会议茶歇', quantity: '20', unit: '份', ...perUnit('30'), currency: 'CNY' },
    ],
    ['需要5G基站建设服务，预算500,000元', { item: '5G基站建设服务', ...total('500000') }],
    ['节能改造，投资1.5亿', { item: '节能改造', ...total('150000000') }],
    ['布草采购一批，预算１０ｗ', { item: '布草', ...total('100000') }],
    ['采购四件套20套', { item: '四件套', quantity: '20', unit: '套' }],
    ['2米货架30组', { item: '2米货架', quantity: '30', unit: '组' }],
    ['购买一体机十台', { item: '一体机', quantity: '10', unit: '台' }],
    ['全面预算管理软件采购', { item: '全面预算管理软件' }],
    [
      '采购台式电脑20台 预算5000元/台 要求i5处理器、16G内存',
      {
        ...{ item: '台式电脑', quantity: '20', unit: '台', specification: 'i5处理器、16G内存' },
        ...{ ...perUnit('5000'), ...total('100000') },
      },
    ],
    ['采购20台电脑预算10万元', { item: '电脑', quantity: '20', unit: '台', ...total('100000') }],
    [
      '采购20台电脑每台预算5000元',
      { item: '电脑', quantity: '20', unit: '台', ...perUnit('5000'), ...total('100000') },
    ],
    [
      '2米货架30组 单价300元',
      { item: '2米货架', quantity: '30', unit: '组', ...perUnit('300'), ...total('9000') },
    ],
    ['20人培训总预算五万', { item: '培训', quantity: '20', unit: '人', ...total('50000') }],
    ['系统运维，3年运维费用30万', { item: '系统运维', ...total('300000') }],
    [
      'buy 20 units laptops budget USD 1200 each',
      {
        ...{ item: 'laptops', quantity: '20', unit: 'units' },
        ...{ ...perUnit('1200'), ...total('24000'), currency: 'USD' },
      },
    ],
    [
      'purchase 20 units desktop PCs, budget USD 1,200 each, 16 GB RAM',
      {
        ...{ item: 'desktop PCs', quantity: '20', unit: 'units', specification: '16 GB RAM' },
        ...{ ...perUnit('1200'), ...total('24000'), currency: 'USD' },
      },
    ],
  ])('%s', (text, stated) => {
    expect(read(text)).toEqual(stated);
  });
});

test('several things counted in one clause are no quantity of one', () => {
  expect(readNeedText('打印机3台、投影仪2台，预算2万以内', 'CNY')).toMatchObject({
    item: '打印机3台、投影仪2台',
    quantity: null,
    budgetMax: '20000',
  });
});

test('what was generated from figures is read back as they are, however they are written', () => {
  const figures = fc.record({
    quantity: fc.integer({ min: 1, max: 9_999 }),
    priceInWan: fc.integer({ min: 1, max: 999 }),
    comma: fc.constantFrom('，', ',', '；', '。', '\n'),
    price: fc.constantFrom(
      (wan: number) => `单价${wan}万元`,
      (wan: number) => `每台${wan}万`,
      (wan: number) => `预算${wan * 10_000}元/台`,
      (wan: number) => `${(wan * 10_000).toLocaleString('en')}元每台`,
    ),
  });
  fc.assert(
    fc.property(figures, ({ quantity, priceInWan, comma, price }) => {
      expect(readNeedText(`采购数控机床${quantity}台${comma}${price(priceInWan)}`, 'CNY')).toMatchObject({
        item: '数控机床',
        quantity: String(quantity),
        unitBudgetMin: String(priceInWan * 10_000),
        budgetMax: String(quantity * priceInWan * 10_000),
      });
    }),
  );
});

test('any text is read, and its budget is a range', () => {
  const words = fc.constantFrom(
    '预算',
    '50',
    '万',
    '-',
    '台',
    '，',
    '至',
    '元',
    '每',
    '要求',
    'x',
    '零',
    '半',
    '1.',
    '.5',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(words).map((all) => all.join('')),
      ),
      (text) => {
        const { budgetMin, budgetMax } = readNeedText(text, 'CNY');
        if (budgetMin && budgetMax) expect(Number(budgetMin)).toBeLessThanOrEqual(Number(budgetMax));
      },
    ),
    { numRuns: 1_000 },
  );
});

test.each<[string, number | undefined]>([
  ['二十', 20],
  ['两百零五', 205],
  ['三千五', 3500],
  ['一万二千', 12_000],
  ['十五万', 150_000],
  ['一亿两千万', 120_000_000],
  ['二〇二六', 2026],
  ['壹佰', 100],
  ['万', undefined],
  ['三五十', undefined],
])('the Chinese number %s is %s', (text, value) => {
  expect(readChineseNumber(text)).toBe(value);
});

const warned = (input: object, current?: object) =>
  checkNeed(input, {
    now: new Date('2026-08-31T04:30:00Z'),
    mode: current ? 'update' : 'create',
    ...(current && { current: current as never }),
  }).warnings.map(({ path, code }) => `${path.join('.')} ${code}`);

test('a vague need is taken with a warning, and one that says how many, how much or what is not', () => {
  expect(warned({ item: '需要办公设备采购' })).toEqual(['item VAGUE_NEED']);
  expect(warned({ item: '办公设备', quantity: '20' })).toEqual([]);
  expect(warned({ item: '办公设备', specification: 'i5处理器' })).toEqual([]);
  expect(warned({ item: '自动化生产线改造', budgetMin: '500000' })).toEqual([]);
  const held = { quantity: '20', specification: null, budgetMin: null, budgetMax: null };
  expect(warned({ item: '办公设备' }, held)).toEqual([]);
  expect(warned({ item: '办公设备' }, { ...held, quantity: null })).toEqual(['item VAGUE_NEED']);
  expect(warned({ priority: 'HIGH' }, { ...held, quantity: null })).toEqual([]);
});

test('a budget that only the text states is pointed out, and never stored by itself', () => {
  expect(warned({ item: '自动化生产线改造，预算50-80万元' })).toEqual(['item BUDGET_IN_TEXT']);
  expect(warned({ item: '自动化生产线改造，预算50-80万元', budgetMax: '800000' })).toEqual([]);
  expect(warned({ item: '采购台式电脑20台' })).toEqual([]);
});
