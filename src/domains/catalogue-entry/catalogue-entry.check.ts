import { checkOneOf } from '../../core/validation/code.ts';
import { checkDate } from '../../core/validation/date.ts';
import { defaulted, optional, optionalText, requiredText } from '../../core/validation/fields.ts';
import { checkWhole } from '../../core/validation/number.ts';
import { CatalogueForm } from './catalogue-entry.table.ts';

/** The entry standards of what a catalogue says of a document. */
export const catalogueEntryRules = {
  volume: defaulted((value: number | string) => checkWhole(value, { min: 1, max: 9_999 })),
  title: requiredText(200),
  kind: optionalText(40),
  documentDate: optional((text: string) => checkDate(text)),
  form: defaulted(checkOneOf(CatalogueForm)),
  place: optionalText(100),
  pages: optional((value: number | string) => checkWhole(value, { min: 1, max: 100_000 })),
  notes: optionalText(1000, { multiline: true }),
};
