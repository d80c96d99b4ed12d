import { publishEnum } from '../../core/model/enumeration.ts';
import { type CompletenessFieldName, completenessFields } from './completeness-field.ts';

const upperSnake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

/** What can be required of a file: INDUSTRY is `industry`. */
export const CompletenessField: Readonly<Record<string, CompletenessFieldName>> = Object.fromEntries(
  (Object.keys(completenessFields) as CompletenessFieldName[]).map((name) => [upperSnake(name), name]),
);
export type CompletenessField = CompletenessFieldName;

publishEnum(
  CompletenessField,
  'CompletenessField',
  'What can be required of a file, under the name of the field that is written for it. (完整度项目)',
  Object.fromEntries(
    Object.entries(CompletenessField).map(([name, field]) => [name, completenessFields[field].description]),
  ) as Record<keyof typeof CompletenessField, string>,
);
