import type { Attribute } from '../../core/model/attribute.ts';
import type { Filter } from '../../core/model/filter.ts';
import { enumLabel, type Locale } from '../../core/model/label.ts';
import type { Model, Relation } from '../../core/model/model.ts';
import {
  aggregateWords,
  attributeLabel,
  durationWords,
  groupedDigits,
  operatorWords,
  relationLabel,
  timeWords,
} from './rule-words.ts';

export interface Telling {
  locale: Locale;
  /** IANA name: instants are told by the organisation's clock. */
  timeZone: string;
  /** Names of segments that the rule refers to, by id. */
  segmentNames: ReadonlyMap<string, string>;
  /** The rule is this one clause, so nothing else can be taken for a part of it. */
  isAlone?: boolean;
}

/** A rule as a sentence: "近6个月有采购需求 且 预算不低于 500,000 元". */
export function ruleText(model: Model, rule: Filter, telling: Telling): string {
  const parts = clausesText(model, rule, { ...telling, isAlone: present(rule).length === 1 });
  if (parts.length === 0) return say(telling, '全部客户', 'all customers');
  return parts.join(and(telling));
}

const say = ({ locale }: Telling, zh: string, en: string): string => (locale === 'ZH' ? zh : en);
const and = (telling: Telling) => say(telling, ' 且 ', ' and ');
const present = (filter: Filter): [string, unknown][] =>
  Object.entries(filter).filter(([, value]) => value !== null && value !== undefined);

/** The clauses of a filter, each of which must hold. */
export function clausesText(model: Model, filter: Filter, telling: Telling): string[] {
  return present(filter).flatMap(([field, value]) => clauseText(model, field, value, telling));
}

/** Texts that must all hold; none where nothing is asked. */
function clauseText(model: Model, field: string, value: unknown, telling: Telling): string[] {
  const inner = value as Filter;
  if (field === 'and') return (value as Filter[]).flatMap((branch) => clausesText(model, branch, telling));
  if (field === 'or') {
    const branches = (value as Filter[]).map((branch) => together(model, branch, telling));
    if (branches.length === 0) return [say(telling, '无客户', 'no customer')];
    // A branch that asks nothing always holds, and so does the whole.
    if ((value as Filter[]).some((branch) => present(branch).length === 0)) return [];
    return [
      branches.length === 1 ? (branches[0] as string) : `(${branches.join(say(telling, ' 或 ', ' or '))})`,
    ];
  }
  if (field === 'not')
    return [
      say(telling, `不满足 (${ruleText(model, inner, telling)})`, `not (${ruleText(model, inner, telling)})`),
    ];
  if (field === 'tags' && model.specials.has('tags')) {
    return present(inner).map(
      ([operator, labels]) =>
        `${operatorWords[operator]?.[telling.locale]} ${listText(labels as string[], telling)}`,
    );
  }
  if (field === 'inSegment') {
    const name = telling.segmentNames.get(value as string) ?? (value as string);
    return [say(telling, `属于细分「${name}」`, `in the segment “${name}”`)];
  }
  if (field === 'history')
    return present(inner).flatMap(([past, asked]) => historyText(model, past, asked as Filter, telling));
  const relation = model.relations.get(field);
  if (relation) return relationText(relation, inner, telling);
  const attribute = model.attributes.get(field);
  return attribute ? attributeText(attribute, inner, telling) : [field];
}

const together = (model: Model, filter: Filter, telling: Telling): string => {
  const parts = clausesText(model, filter, telling);
  return parts.length > 1 ? `(${parts.join(and(telling))})` : (parts[0] ?? say(telling, '任意', 'any'));
};

function attributeText(attribute: Attribute, operators: Filter, telling: Telling): string[] {
  const name = attributeLabel(attribute)[telling.locale];
  return present(operators).map(([operator, value]) =>
    operatorText(name, attribute, operator, value, telling),
  );
}

function operatorText(
  name: string,
  attribute: Attribute,
  operator: string,
  value: unknown,
  telling: Telling,
): string {
  const { locale } = telling;
  if (operator === 'isNull')
    return say(telling, `${name}${value ? '为空' : '不为空'}`, `${name} is ${value ? 'empty' : 'not empty'}`);
  const span = typeof value === 'string' ? durationWords(value)[locale] : '';
  if (operator === 'withinLast') return say(telling, `${name}在近${span}内`, `${name} in the last ${span}`);
  if (operator === 'withinNext') return say(telling, `${name}在未来${span}内`, `${name} in the next ${span}`);
  if (operator === 'anniversaryWithin')
    return say(telling, `${name}的周年日在未来${span}内`, `anniversary of ${name} in the next ${span}`);
  const isTime = attribute.kind === 'instant' || attribute.kind === 'date';
  const word = ((isTime && timeWords[operator]) || operatorWords[operator])?.[locale] ?? operator;
  const told = Array.isArray(value)
    ? listText(
        value.map((one) => valueText(attribute, one, telling)),
        telling,
        false,
      )
    : valueText(attribute, value, telling);
  return say(telling, `${name}${word}${/^[\d-]/.test(told) ? ' ' : ''}${told}`, `${name} ${word} ${told}`);
}

function valueText(attribute: Attribute, value: unknown, telling: Telling): string {
  switch (attribute.kind) {
    case 'enum':
      return enumLabel(attribute.enumeration as object, String(value))[telling.locale];
    case 'decimal':
    case 'integer':
      return groupedDigits(String(value)) + (isMoney(attribute) ? say(telling, ' 元', ' CNY') : '');
    case 'instant':
      return new Intl.DateTimeFormat('sv-SE', {
        timeZone: telling.timeZone,
        dateStyle: 'short',
        timeStyle: 'medium',
      }).format(new Date(String(value)));
    case 'boolean':
      return say(telling, value ? '是' : '否', value ? 'yes' : 'no');
    case 'text':
      return say(telling, `“${value}”`, `“${value}”`);
    default:
      return String(value);
  }
}

/** Amounts of money have two decimals and sixteen digits before them. */
export const isMoney = ({ kind, column }: Attribute): boolean =>
  kind === 'decimal' && /^numeric\(18, ?2\)$/.test(column.getSQLType());

const listText = (values: string[], telling: Telling, quoted = true): string =>
  values.map((value) => (quoted ? `“${value}”` : value)).join(say(telling, '、', ', '));

function relationText(relation: Relation, value: Filter, telling: Telling): string[] {
  const target = relation.target();
  const name = relationLabel(relation)[telling.locale];
  const within = (filter: Filter) => {
    const parts = clausesText(target, filter, telling);
    return parts.length === 0 ? '' : ` (${parts.join(and(telling))})`;
  };
  if (relation.arity === 'one') {
    return [say(telling, `${name}${within(value) || '已指定'}`, `${name}${within(value) || ' is set'}`)];
  }
  return present(value).map(([quantifier, asked]) => {
    const filter = asked as Filter;
    if (quantifier === 'some') return someText(target, name, filter, telling);
    if (quantifier === 'none')
      return say(telling, `没有${name}${within(filter)}`, `no ${name}${within(filter)}`);
    const { where, field, ...bounds } = filter;
    const rows = within((where as Filter | null) ?? {});
    const attribute = target.attributes.get(String(field));
    const number = attribute ?? ({ kind: 'integer' } as Attribute);
    const measured = attribute ? attributeLabel(attribute)[telling.locale] : '';
    const aggregate = aggregateWords[quantifier]?.[telling.locale];
    const subject = aggregate
      ? say(telling, `${name}${rows}的${measured}${aggregate}`, `${aggregate} ${measured} of ${name}s${rows}`)
      : say(telling, `${name}${rows}的数量`, `number of ${name}s${rows}`);
    const compared = present(bounds).map(([operator, bound]) =>
      operatorText(subject, number, operator, bound, telling),
    );
    return compared.length > 0 ? compared.join(and(telling)) : subject;
  });
}

/** "近6个月有采购需求 且 预算不低于 500,000 元": when it came about is said first, without a bracket. */
function someText(target: Model, name: string, filter: Filter, telling: Telling): string {
  const moment = target.moment ?? '';
  const { [moment]: time, ...rest } = filter;
  const { withinLast, ...otherTimes } = (time ?? {}) as Filter;
  const others = clausesText(
    target,
    { ...rest, ...(present(otherTimes).length > 0 && { [moment]: otherTimes }) },
    telling,
  );
  const span = typeof withinLast === 'string' ? durationWords(withinLast)[telling.locale] : null;
  const head = span
    ? say(telling, `近${span}有${name}`, `has a ${name} in the last ${span}`)
    : say(telling, `有${name}`, `has a ${name}`);
  if (others.length === 0) return head;
  if (span && telling.isAlone) return [head, ...others].join(and(telling));
  return `${head} (${others.join(and(telling))})`;
}

function historyText(model: Model, field: string, { was, changed }: Filter, telling: Telling): string[] {
  const attribute = model.attributes.get(field);
  if (!attribute) return [field];
  const name = attributeLabel(attribute)[telling.locale];
  const texts: string[] = [];
  if (was) {
    const past = present(was as Filter).map(([operator, value]) =>
      operatorText(say(telling, `${name}曾经`, `${name} once`), attribute, operator, value, telling),
    );
    if (past.length > 0) texts.push(past.join(and(telling)));
  }
  if (changed) {
    const { from, to, at, by } = changed as Record<string, Filter | null>;
    const instant = { ...attribute, kind: 'instant' } as Attribute;
    const id = { ...attribute, kind: 'id' } as Attribute;
    const about = (
      [
        [from, attribute, '原值', 'old value'],
        [to, attribute, '新值', 'new value'],
        [at, instant, '变更时间', 'time'],
        [by, id, '变更人', 'employee'],
      ] as const
    ).flatMap(([operators, of, zh, en]) =>
      operators
        ? present(operators).map(([operator, value]) =>
            operatorText(say(telling, zh, en), of, operator, value, telling),
          )
        : [],
    );
    texts.push(
      say(telling, `${name}变更过`, `${name} changed`) +
        (about.length > 0 ? ` (${about.join(and(telling))})` : ''),
    );
  }
  return texts;
}
