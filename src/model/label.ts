import { registerEnumType } from 'type-graphql';

/** Languages a label or sentence can be had in. */
export const Locale = { ZH: 'ZH', EN: 'EN' } as const;
export type Locale = (typeof Locale)[keyof typeof Locale];

registerEnumType(Locale, {
  name: 'Locale',
  description: 'Language of a label or sentence. (语言)',
  valuesConfig: { ZH: { description: 'Chinese. (中文)' }, EN: { description: 'English. (英文)' } },
});

export type Label = Record<Locale, string>;

const enumLabels = new Map<object, Map<string, Label>>();

/** Keeps the names of an enumeration's values, from their descriptions. */
export function keepEnumLabels(enumeration: object, descriptions: Record<string, string>): void {
  const labels = Object.entries(descriptions).map(([value, text]): [string, Label] => [value, labelOf(text)]);
  enumLabels.set(enumeration, new Map(labels));
}

/** What people call a value of an enumeration; the value itself where nobody said. */
export const enumLabel = (enumeration: object, value: string): Label =>
  enumLabels.get(enumeration)?.get(value) ?? { ZH: value, EN: value };

/** The two names at the head and the end of a description: "Credit limit in CNY, at least 0. (信用限度)". */
export function labelOf(description: string): Label {
  const chinese = /\(([^()]*)\)\s*$/.exec(description)?.[1];
  const english = (/^[^.,;(:]+/.exec(description)?.[0] ?? description).trim();
  return { ZH: chinese ?? english, EN: english };
}
