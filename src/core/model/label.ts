import { registerEnumType } from 'type-graphql';

/** Languages of labels and sentences. */
export const Locale = { ZH: 'ZH', EN: 'EN' } as const;
export type Locale = (typeof Locale)[keyof typeof Locale];

registerEnumType(Locale, {
  name: 'Locale',
  description: 'Language of a label or sentence. (语言)',
  valuesConfig: { ZH: { description: 'Chinese. (中文)' }, EN: { description: 'English. (英文)' } },
});

export type Label = Record<Locale, string>;

const enumLabels = new Map<object, Map<string, Label>>();

/** Registers the labels of an enumeration's values, taken from their descriptions. */
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

/** The label of an enum value; the value itself if none is registered. */
export const enumLabel = (enumeration: object, value: string): Label =>
  enumLabels.get(enumeration)?.get(value) ?? { ZH: value, EN: value };

/** The value that a text names: by its name, or by its label in either language as an export writes it. */
export function enumValueOf(enumeration: Record<string, string>, text: string): string | undefined {
  const wanted = folded(text);
  return Object.values(enumeration).find((value) =>
    [value, ...Object.values(enumLabel(enumeration, value))].some((name) => folded(name) === wanted),
  );
}

const folded = (text: string): string => text.normalize('NFKC').trim().toLowerCase();

/** The label of a field: the Chinese term at the end of its description, "… (信用额度)", and its name in English words. */
export function labelOf(field: string, description: string): Label {
  const english = field.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return { ZH: /\(([^()]*)\)\s*$/.exec(description)?.[1] ?? english, EN: english };
}
