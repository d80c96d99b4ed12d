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
  const labels = Object.entries(descriptions).map(([value, text]): [string, Label] => {
    const words = value.toLowerCase().replaceAll('_', ' ');
    return [
      value,
      { ...labelOf(value, text), EN: words.replace(/\b[a-z]/g, (letter) => letter.toUpperCase()) },
    ];
  });
  enumLabels.set(enumeration, new Map(labels));
}

/** What people call a value of an enumeration; the value itself where nobody said. */
export const enumLabel = (enumeration: object, value: string): Label =>
  enumLabels.get(enumeration)?.get(value) ?? { ZH: value, EN: value };

/** What people call a field: the Chinese term that ends its description, "… (信用限度)", and its name in English words. */
export function labelOf(field: string, description: string): Label {
  const english = field.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return { ZH: /\(([^()]*)\)\s*$/.exec(description)?.[1] ?? english, EN: english };
}
