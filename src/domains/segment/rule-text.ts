import { type Attribute, isMoney } from '../../core/model/attribute.ts';
import type { Filter } from '../../core/model/filter.ts';
import { enumLabel, type Label, type Locale } from '../../core/model/label.ts';
import type { Model, Relation } from '../../core/model/model.types.ts';
import { durationWords } from '../../core/validation/duration.ts';
import {
  aggregateWords,
  attributeLabel,
  currencyWords,
  groupedDigits,
  oneOf,
  operatorWords,
  relationLabel,
  tagWords,
  timeWords,
} from './rule-words.ts';

export interface Phrasing {
  locale: Locale;
  /** IANA name; instants are written in the organisation's time zone. */
  timeZone: string;
  /** Of amounts that name none. */
  currency: string;
  /** Names of segments that the rule refers to, by id. */
  segmentNames: ReadonlyMap<string, string>;
  /** Whether the rule consists of this clause only, so that it needs no brackets. */
  isAlone?: boolean;
}

/** Writes a rule as a sentence: "近6个月有采购需求 且 预算不低于 500,000 元". */
export function ruleText(model: Model, rule: Filter, phrasing: Phrasing): string {
  const parts = clausesText(model, rule, { ...phrasing, isAlone: present(rule).length === 1 });
  if (parts.length === 0) return say(phrasing, '全部客户', 'all customers');
  return parts.join(and(phrasing));
}

const say = ({ locale }: Phrasing, zh: string, en: string): string => (locale === 'ZH' ? zh : en);
const and = (phrasing: Phrasing) => say(phrasing, ' 且 ', ' and ');
const present = (filter: Filter): [string, unknown][] =>
  Object.entries(filter).filter(([, value]) => value !== null && value !== undefined);

/** The texts of a filter's clauses, all of which must hold. */
export function clausesText(model: Model, filter: Filter, phrasing: Phrasing): string[] {
  return present(filter).flatMap(([field, value]) => clauseText(model, field, value, phrasing));
}

/** The texts of one field's conditions, all of which must hold; none if the field has no condition. */
function clauseText(model: Model, field: string, value: unknown, phrasing: Phrasing): string[] {
  const inner = value as Filter;
  if (field === 'and') return (value as Filter[]).flatMap((branch) => clausesText(model, branch, phrasing));
  if (field === 'or') {
    const branches = (value as Filter[]).map((branch) => together(model, branch, phrasing));
    if (branches.length === 0) return [say(phrasing, '无客户', 'no customer')];
    // An empty branch always holds, and so does the whole `or`.
    if ((value as Filter[]).some((branch) => present(branch).length === 0)) return [];
    return [
      branches.length === 1 ? (branches[0] as string) : `(${branches.join(say(phrasing, ' 或 ', ' or '))})`,
    ];
  }
  if (field === 'not')
    return [
      say(
        phrasing,
        `不满足 (${ruleText(model, inner, phrasing)})`,
        `not (${ruleText(model, inner, phrasing)})`,
      ),
    ];
  if (field === 'tags' && model.customFilters.has('tags')) {
    return present(inner).map(
      ([operator, labels]) =>
        `${tagWords[operator]?.[phrasing.locale]} ${listText(labels as string[], phrasing)}`,
    );
  }
  if (field === 'inSegment') {
    const name = phrasing.segmentNames.get(value as string) ?? (value as string);
    return [say(phrasing, `属于客户分群「${name}」`, `in the segment “${name}”`)];
  }
  if (field === 'history')
    return present(inner).flatMap(([past, condition]) =>
      historyText(model, past, condition as Filter, phrasing),
    );
  const relation = model.relations.get(field);
  if (relation) return relationText(relation, inner, phrasing);
  const attribute = model.attributes.get(field);
  const parts = model.customFilters.get(field)?.parts;
  if (attribute && parts) return partsText(attribute, parts, inner, phrasing);
  return attribute ? attributeText(attribute, inner, phrasing) : [field];
}

const together = (model: Model, filter: Filter, phrasing: Phrasing): string => {
  const parts = clausesText(model, filter, phrasing);
  return parts.length > 1 ? `(${parts.join(and(phrasing))})` : (parts[0] ?? say(phrasing, '任意', 'any'));
};

function attributeText(attribute: Attribute, operators: Filter, phrasing: Phrasing): string[] {
  return comparisons(attributeLabel(attribute)[phrasing.locale], attribute, operators, phrasing);
}

/** The texts of the conditions on an object's parts, each named after it. */
function partsText(
  attribute: Attribute,
  parts: ReadonlyMap<string, Attribute>,
  conditions: Filter,
  phrasing: Phrasing,
): string[] {
  return present(conditions).flatMap(([field, condition]) => {
    const part = parts.get(field);
    return part
      ? attributeText(part, condition as Filter, phrasing)
      : attributeText(attribute, { [field]: condition }, phrasing);
  });
}

/** The texts of all comparisons of one value, an amount's in the currency they name. */
function comparisons(name: string, attribute: Attribute, operators: Filter, phrasing: Phrasing): string[] {
  const { currency, ...compared } = operators;
  const unit = isMoney(attribute) ? currencyWords(String(currency ?? phrasing.currency)) : null;
  return present(attribute.currency ? compared : operators).map(([operator, value]) =>
    operatorText(name, attribute, operator, value, unit, phrasing),
  );
}

function operatorText(
  name: string,
  attribute: Attribute,
  operator: string,
  value: unknown,
  unit: Label | null,
  phrasing: Phrasing,
): string {
  const { locale } = phrasing;
  if (operator === 'isNull' || operator === 'isEmpty')
    return say(
      phrasing,
      `${name}${value ? '为空' : '不为空'}`,
      `${name} is ${value ? 'empty' : 'not empty'}`,
    );
  const span = typeof value === 'string' ? durationWords(value)[locale] : '';
  if (operator === 'withinLast') return say(phrasing, `${name}在近${span}内`, `${name} in the last ${span}`);
  if (operator === 'withinNext')
    return say(phrasing, `${name}在未来${span}内`, `${name} in the next ${span}`);
  if (operator === 'anniversaryWithin')
    return say(phrasing, `${name}的周年日在未来${span}内`, `anniversary of ${name} in the next ${span}`);
  const isTime = attribute.kind === 'instant' || attribute.kind === 'date';
  const word = ((isTime && timeWords[operator]) || operatorWords[operator])?.[locale] ?? operator;
  const phrase = Array.isArray(value)
    ? listText(
        value.map((one) => valueText(attribute, one, unit, phrasing)),
        phrasing,
        false,
      )
    : valueText(attribute, value, unit, phrasing);
  return say(
    phrasing,
    `${name}${word}${/^[\d-]/.test(phrase) ? ' ' : ''}${phrase}`,
    `${name} ${word} ${phrase}`,
  );
}

function valueText(attribute: Attribute, value: unknown, unit: Label | null, phrasing: Phrasing): string {
  switch (attribute.kind) {
    case 'enum':
      return enumLabel(attribute.enumeration as object, String(value))[phrasing.locale];
    case 'decimal':
    case 'integer':
      return groupedDigits(String(value)) + (unit ? ` ${unit[phrasing.locale]}` : '');
    case 'instant':
      if (!String(value).includes('T')) return String(value);
      return new Intl.DateTimeFormat('sv-SE', {
        timeZone: phrasing.timeZone,
        dateStyle: 'short',
        timeStyle: 'medium',
      }).format(new Date(String(value)));
    case 'boolean':
      return say(phrasing, value ? '是' : '否', value ? 'yes' : 'no');
    case 'text':
    case 'json':
      return say(phrasing, `“${value}”`, `“${value}”`);
    default:
      return String(value);
  }
}

const listText = (values: string[], phrasing: Phrasing, quoted = true): string =>
  values.map((value) => (quoted ? `“${value}”` : value)).join(say(phrasing, '、', ', '));

function relationText(relation: Relation, value: Filter, phrasing: Phrasing): string[] {
  const target = relation.target();
  const name = relationLabel(relation)[phrasing.locale];
  const within = (filter: Filter) => {
    const parts = clausesText(target, filter, phrasing);
    return parts.length === 0 ? '' : ` (${parts.join(and(phrasing))})`;
  };
  if (relation.arity === 'one') {
    return [say(phrasing, `${name}${within(value) || '已指定'}`, `${name}${within(value) || ' is set'}`)];
  }
  return present(value).map(([quantifier, condition]) => {
    const filter = condition as Filter;
    if (quantifier === 'some') return someText(target, name, filter, phrasing);
    if (quantifier === 'none')
      return say(phrasing, `没有${name}${within(filter)}`, `no ${name}${within(filter)}`);
    const { where, field, ...bounds } = filter;
    const rows = within((where as Filter | null) ?? {});
    const attribute = target.attributes.get(String(field));
    const number = attribute ?? ({ kind: 'integer', currency: null } as Attribute);
    const measured = attribute ? attributeLabel(attribute)[phrasing.locale] : '';
    const aggregate = aggregateWords[quantifier]?.[phrasing.locale];
    const subject = aggregate
      ? say(
          phrasing,
          `${name}${rows}的${measured}${aggregate}`,
          `${aggregate} ${measured} of ${name}s${rows}`,
        )
      : say(phrasing, `${name}${rows}的数量`, `number of ${name}s${rows}`);
    const compared = comparisons(subject, number, bounds, phrasing);
    return compared.length > 0 ? compared.join(and(phrasing)) : subject;
  });
}

/** "近6个月有采购需求 且 预算不低于 500,000 元": the condition on when it happened comes first, without brackets. */
function someText(target: Model, name: string, filter: Filter, phrasing: Phrasing): string {
  const moment = target.moment ?? '';
  const { [moment]: time, ...rest } = filter;
  const { withinLast, ...otherTimes } = (time ?? {}) as Filter;
  const others = clausesText(
    target,
    { ...rest, ...(present(otherTimes).length > 0 && { [moment]: otherTimes }) },
    phrasing,
  );
  const span = typeof withinLast === 'string' ? durationWords(withinLast)[phrasing.locale] : null;
  const head = span
    ? say(phrasing, `近${span}有${name}`, `has ${oneOf(name)} in the last ${span}`)
    : say(phrasing, `有${name}`, `has ${oneOf(name)}`);
  if (others.length === 0) return head;
  if (span && phrasing.isAlone) return [head, ...others].join(and(phrasing));
  return `${head} (${others.join(and(phrasing))})`;
}

function historyText(model: Model, field: string, { was, changed }: Filter, phrasing: Phrasing): string[] {
  const attribute = model.attributes.get(field);
  if (!attribute) return [field];
  const name = attributeLabel(attribute)[phrasing.locale];
  const texts: string[] = [];
  if (was) {
    const past = comparisons(
      say(phrasing, `${name}曾经`, `${name} once`),
      attribute,
      was as Filter,
      phrasing,
    );
    if (past.length > 0) texts.push(past.join(and(phrasing)));
  }
  if (changed) {
    const { from, to, at, by } = changed as Record<string, Filter | null>;
    const instant = { ...attribute, kind: 'instant', currency: null } as Attribute;
    const id = { ...attribute, kind: 'id', currency: null } as Attribute;
    const about = (
      [
        [from, attribute, '原值', 'old value'],
        [to, attribute, '新值', 'new value'],
        [at, instant, '变更时间', 'time'],
        [by, id, '变更人', 'employee'],
      ] as const
    ).flatMap(([operators, of, zh, en]) =>
      operators ? comparisons(say(phrasing, zh, en), of, operators, phrasing) : [],
    );
    texts.push(
      say(phrasing, `${name}变更过`, `${name} changed`) +
        (about.length > 0 ? ` (${about.join(and(phrasing))})` : ''),
    );
  }
  return texts;
}
