import { registerEnumType } from 'type-graphql';
import { keepEnumLabels } from './label.ts';
import { registerEnumFilter } from './operators.ts';
import { keepEnum } from './published-enums.ts';

/** Registers an enumeration as a GraphQL enum with a description for each value, and makes its fields filterable. */
export function publishEnum<T extends Record<string, string>>(
  enumeration: T,
  name: string,
  description: string,
  values: Record<keyof T & string, string>,
): void {
  keepEnum(name, enumeration);
  registerEnumType(enumeration, {
    name,
    description,
    valuesConfig: Object.fromEntries(
      Object.entries(values).map(([key, text]) => [key, { description: text }]),
    ) as never,
  });
  registerEnumFilter(enumeration, name);
  keepEnumLabels(enumeration, values);
}
