import { idWords } from '../../core/graphql/schema/type-id.ts';
import type { Attribute } from '../../core/model/attribute.ts';
import { type Label, labelOf } from '../../core/model/label.ts';
import type { Relation } from '../../core/model/model.types.ts';
import { codeStandard } from '../../core/validation/text-standard.ts';

/** The label of a field in the text of a rule. */
export const attributeLabel = ({ label, field, description }: Attribute): Label =>
  label ?? labelOf(field, description);

/** The label of the row, or of one of the rows, that a relation leads to. */
export function relationLabel({ label, field, description, target }: Relation): Label {
  if (label) return label;
  const { kind, prefix } = target();
  if (kind !== 'part') return labelOf(field, description);
  const [EN, ZH] = idWords(prefix);
  return { ZH, EN };
}

export const operatorWords: Record<string, Label> = {
  eq: { ZH: '为', EN: 'is' },
  ne: { ZH: '不为', EN: 'is not' },
  in: { ZH: '属于', EN: 'is one of' },
  notIn: { ZH: '不属于', EN: 'is none of' },
  contains: { ZH: '包含', EN: 'contains' },
  startsWith: { ZH: '开头为', EN: 'starts with' },
  gt: { ZH: '高于', EN: 'above' },
  gte: { ZH: '不低于', EN: 'at least' },
  lt: { ZH: '低于', EN: 'below' },
  lte: { ZH: '不高于', EN: 'at most' },
  hasAny: { ZH: '含任一', EN: 'include any of' },
  hasNone: { ZH: '均不含', EN: 'include none of' },
};

export const tagWords: Record<string, Label> = {
  hasAny: { ZH: '标签含任一', EN: 'has any tag of' },
  hasAll: { ZH: '标签含全部', EN: 'has all tags of' },
  hasNone: { ZH: '标签均不含', EN: 'has no tag of' },
};

/** A row by its name, in English with the article: an interaction. */
export const oneOf = (name: string): string => `${/^[aeiou]/i.test(name) ? 'an' : 'a'} ${name}`;

export const timeWords: Record<string, Label> = {
  gt: { ZH: '晚于', EN: 'after' },
  gte: { ZH: '不早于', EN: 'not before' },
  lt: { ZH: '早于', EN: 'before' },
  lte: { ZH: '不晚于', EN: 'not after' },
};

export const aggregateWords: Record<string, Label> = {
  sum: { ZH: '合计', EN: 'total' },
  avg: { ZH: '平均', EN: 'average' },
  min: { ZH: '最小值', EN: 'least' },
  max: { ZH: '最大值', EN: 'greatest' },
};

const currencyNames = new Intl.DisplayNames('zh-CN', { type: 'currency' });

/** A currency behind an amount: 元, 日元, US dollars by their code in English. */
export function currencyWords(code: string): Label {
  const currency = codeStandard.whole(code)[0] as string;
  if (currency === 'CNY') return { ZH: '元', EN: currency };
  // Intl throws for what has not the form of a code.
  return {
    ZH: /^[A-Z]{3}$/.test(currency) ? (currencyNames.of(currency) ?? currency) : currency,
    EN: currency,
  };
}

/** Adds thousands separators to an exact decimal: "1234567.50" is 1,234,567.50. */
export function groupedDigits(number: string): string {
  const [whole = '', fraction] = number.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}
