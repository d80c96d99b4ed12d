import { decimalOf, type Exact, hasScale, isLess, numberPattern, readNumber, times } from './need-amount.ts';

/** What a need should say (R64). */
export const needDetails = ['QUANTITY', 'BUDGET', 'SPECIFICATION'] as const;
export type NeedDetail = (typeof needDetails)[number];

/** A need as its text states it; decimals as texts, null for what the text does not say. */
export interface ReadNeed {
  item: string;
  quantity: string | null;
  unit: string | null;
  unitBudgetMin: string | null;
  unitBudgetMax: string | null;
  budgetMin: string | null;
  budgetMax: string | null;
  currency: string | null;
  specification: string | null;
  missing: NeedDetail[];
}

interface Range {
  min: Exact | null;
  max: Exact | null;
}

interface Budget extends Range {
  currency: string | null;
  isPerUnit: boolean;
  unit: string | null;
}

/** Words of currencies, those that others begin with last. */
const currencies: readonly (readonly [RegExp, string])[] = [
  [/US\$|USD|美元|美金/i, 'USD'],
  [/HK\$|HKD|港币|港元/i, 'HKD'],
  [/日元|日圆|JPY/i, 'JPY'],
  [/欧元|EUR|€/i, 'EUR'],
  [/英镑|GBP|£/i, 'GBP'],
  [/人民币|RMB|CNY|[¥￥元块]/i, 'CNY'],
  [/\$/, 'USD'],
];
const currencyWord = String.raw`(?:US\$|HK\$|USD|HKD|JPY|EUR|GBP|RMB|CNY|人民币|美元|美金|港币|港元|日元|日圆|欧元|英镑|[¥￥元块$€£])`;
/** Words that count things. 年, 天 and the like measure a term, not how many are wanted. */
const measures =
  '平方米|立方米|公斤|千克|公里|台套|人份|台|套|个|件|只|张|条|辆|艘|架|部|块|本|册|箱|盒|袋|包|瓶|桶|吨|克|斤|米|㎡|间|座|栋|户|份|把|支|枚|根|卷|片|组|副|双|樘|盏|扇|对|席|人|pcs|pieces|units|sets|licenses|kg';
const measure = `(?:${measures})`;

const pattern = (source: string, flags = 'i'): RegExp => new RegExp(source, flags);
const amountSource = String.raw`${currencyWord}?\s*(${numberPattern})\s*${currencyWord}?`;
const rangePattern = pattern(String.raw`${amountSource}\s*(?:-|~|–|—|―|至|到|\bto\b)+\s*${amountSource}`);
const amountPattern = pattern(amountSource);
const budgetWord = /预算|总价|总额|总金额|费用|造价|投资|单价|价格|价位|资金|报价|限价|budget|price/i;
const moneyPattern = pattern(
  String.raw`${numberPattern}\s*${currencyWord}|(?:US\$|HK\$|USD|HKD|JPY|EUR|GBP|RMB|CNY|人民币|[¥￥$€£])\s*${numberPattern}|每一?${measure}\s*${numberPattern}$|^${numberPattern}\s*[/每]一?${measure}$`,
);
const perUnitPattern = pattern(
  String.raw`[/每](?:一)?\s*(${measure})|单价|\beach\b|\bper\s+(?:unit|piece|set)\b`,
);
const atMostPattern =
  /不超过|不高于|不多于|不超|以内|以下|之内|最多|上限|至多|封顶|≤|<|up to|at most|no more than/i;
const atLeastPattern = /不低于|不少于|至少|以上|最少|下限|起步|≥|>|at least|from/i;
const quantityPattern = pattern(String.raw`(?:数量)?[:约]?\s*(${numberPattern})\s*(${measure})(?!套)`, 'gi');
const specificationWord =
  /^(?:具体)?(?:要求|规格|配置|配|参数|性能|型号|标准|指标|须|需满足|应|支持|带|含|requir\w*|spec\w*|with)\s*(?:是|为|:)?\s*/i;
/** Where a clause ends without a comma: before its budget, at a space or behind what it counts, and before its specification. */
const budgetHeading = `(?:每一?${measure})?总?(?:预算|总价|总额|总金额|费用|造价|投资|单价|价格|价位|资金|报价|限价|budget)`;
const unmarkedEnd = pattern(
  String.raw`(?<!总|每一?${measure})(?:(?<=\S)\s+|(?<=\d\s*${measure}[^,;。\n]{0,20}))(?=${budgetHeading}[^\d,;。\n]{0,10}${numberPattern})|(?<=\S)\s+(?=(?:具体)?(?:要求|规格|配置|参数|性能|型号|标准|指标))`,
  'gi',
);
const verbs =
  /^(?:需求|采购内容|项目)?:?\s*(?:我们|我司|我方|客户|公司|贵司|对方)?(?:现|拟|计划|打算|准备|希望|想要|想|急需|需要|需求|需|要|有意|意向|待)*(?:新增|采购|购买|购置|订购|采买|求购|选购|购进|购入|买|购|订)?(?:一批|若干|一些|部分)?\s*/;
const englishVerbs =
  /^(?:we |they |customer )?(?:need|want|plan|wish|would like)?s?\s*(?:to )?(?:buy|purchase|order|procure)?\s*/i;
const trailingVerb = /(?<=\S{2})(?:采购|购买|购置|的?需求)(?:一批|若干|一些)?$/;

/**
 * Reads a need as people write it (R64, AC-2, AC-5): "采购台式电脑20台，预算5000元/台，要求i5处理器、16G内存" wants 20 台 of
 * 台式电脑 for 100,000 in all, "自动化生产线改造，预算50-80万元" between 500,000 and 800,000. Every word of the text ends up in
 * the item, a figure, or the specification.
 */
export function readNeedText(text: string, defaultCurrency: string): ReadNeed {
  const clauses = clausesOf(text);
  let budget: Budget | null = null;
  let quantity: { amount: Exact; unit: string } | null = null;
  let item = '';
  const specification: string[] = [];
  for (const clause of clauses) {
    const ofBudget: Budget | null = budget ? null : readBudget(clause);
    if (ofBudget) {
      budget = ofBudget;
      continue;
    }
    if (specificationWord.test(clause) && item !== '') {
      specification.push(clause.replace(specificationWord, ''));
      continue;
    }
    const counted: { amount: Exact; unit: string; rest: string } | null = quantity
      ? null
      : readQuantity(clause);
    const rest = counted ? counted.rest : clause;
    if (counted) quantity = counted;
    if (item === '') item = withoutVerb(rest);
    else if (rest !== '') specification.push(rest);
  }
  const total = budget && totalOf(budget, quantity);
  const perUnit = budget?.isPerUnit ? budget : null;
  const details = specification.filter((part) => part !== '').join('；') || null;
  const isStated: Record<NeedDetail, boolean> = {
    QUANTITY: quantity !== null,
    BUDGET: budget !== null,
    SPECIFICATION: details !== null,
  };
  return {
    item: item || text.trim(),
    quantity: quantity && decimalOf(quantity.amount),
    unit: quantity?.unit ?? null,
    unitBudgetMin: money(perUnit?.min),
    unitBudgetMax: money(perUnit?.max),
    budgetMin: money(total?.min),
    budgetMax: money(total?.max),
    currency: budget && (budget.currency ?? defaultCurrency),
    specification: details,
    missing: needDetails.filter((detail) => !isStated[detail]),
  };
}

const money = (amount: Exact | null | undefined): string | null => (amount ? decimalOf(amount) : null);

/** Clauses in one width, without the commas of thousands. */
const clausesOf = (text: string): string[] =>
  text
    .normalize('NFKC')
    .replace(/(?<=\d),(?=\d{3}(?!\d))/g, '')
    .replace(unmarkedEnd, ',')
    .split(/[,;。\n\r(){}[\]【】]+/)
    .map((clause) => clause.trim())
    .filter((clause) => clause !== '')
    // 预算(50-80万元): a heading of what follows it.
    .reduce<string[]>((clauses, clause) => {
      const heading = clauses.at(-1);
      if (heading && headingPattern.test(heading)) clauses[clauses.length - 1] = `${heading}${clause}`;
      else clauses.push(clause);
      return clauses;
    }, []);

const headingPattern = /^(?:项目|采购|总)?(?:预算|总价|总额|费用|单价|价格|数量)(?:金额|范围)?:?$/;

function readBudget(clause: string): Budget | null {
  if (!budgetWord.test(clause) && !moneyPattern.test(clause)) return null;
  // 3年运维费用30万: the figure of a budget follows its word, where any but a count does.
  const named = clause.slice(Math.max(clause.search(budgetWord), 0));
  const range = rangeOf(amountPattern.test(named.replace(quantityPattern, '')) ? named : clause);
  if (!range) return null;
  const [, unit] = perUnitPattern.exec(clause) ?? [];
  return {
    ...range,
    currency: currencies.find(([word]) => word.test(clause))?.[1] ?? null,
    isPerUnit: perUnitPattern.test(clause),
    unit: unit ?? null,
  };
}

function rangeOf(clause: string): Range | null {
  const [, from, to] = rangePattern.exec(clause) ?? [];
  if (from !== undefined && to !== undefined) {
    // 50-80万: the scale stands once, for both.
    const [, scaleOfBoth = ''] = /^\d+(?:\.\d+)?\s*(\D*)$/.exec(to) ?? [];
    const low = readNumber(hasScale(from) ? from : from + scaleOfBoth);
    const high = readNumber(to);
    if (low && high) return isLess(high, low) ? { min: high, max: low } : { min: low, max: high };
  }
  const [, single] = amountPattern.exec(clause) ?? [];
  const amount = single === undefined ? undefined : readNumber(single);
  if (!amount || amount.units === 0n) return null;
  if (atMostPattern.test(clause)) return { min: null, max: amount };
  if (atLeastPattern.test(clause)) return { min: amount, max: null };
  return { min: amount, max: amount };
}

function totalOf(
  { min, max, isPerUnit, unit }: Budget,
  quantity: { amount: Exact; unit: string } | null,
): Range {
  if (!isPerUnit) return { min, max };
  const isOfAnother = unit !== null && quantity !== null && unit !== quantity.unit;
  const all = (amount: Exact | null) =>
    amount && quantity && !isOfAnother ? times(amount, quantity.amount) : null;
  return { min: all(min), max: all(max) };
}

/** How many of what; null where a clause counts several things, which no single figure would say. */
function readQuantity(clause: string): { amount: Exact; unit: string; rest: string } | null {
  const all = [...clause.matchAll(quantityPattern)];
  const inDigits = all.filter(([, number = '']) => /\d/.test(number));
  const endsClause = ({ index, 0: matched }: RegExpExecArray) => index + matched.length === clause.length;
  // Chinese numbers stand in names too: 一体机, 四件套.
  const found =
    inDigits.length > 0
      ? soleOf(clause, inDigits)
      : all.find((match) => endsClause(match) || verbs.exec(clause)?.[0].length === match.index);
  const [matched, number, unit] = found ?? [];
  const amount = number === undefined ? undefined : readNumber(number);
  if (!found || !amount || amount.units === 0n || matched === undefined || unit === undefined) return null;
  const rest = clause.slice(0, found.index) + clause.slice(found.index + matched.length);
  return { amount, unit, rest: rest.trim() };
}

/** Of several figures the last: those before it are sizes, as in 2米货架30组, unless the clause lists things. */
const soleOf = (clause: string, found: RegExpExecArray[]): RegExpExecArray | undefined => {
  const [first] = found;
  const last = found.at(-1);
  if (first === last) return last;
  return /[、和及与&]/.test(clause.slice(first?.index, last?.index)) ? undefined : last;
};

function withoutVerb(clause: string): string {
  const item = clause.replace(verbs, '').replace(englishVerbs, '').replace(trailingVerb, '').trim();
  return item || clause;
}
