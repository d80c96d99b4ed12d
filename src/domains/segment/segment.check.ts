import type { Issue } from '../../core/errors.ts';
import {
  type CheckOptions,
  checkFields,
  defaulted,
  type Fields,
  optional,
  required,
  type Values,
} from '../../core/validation/fields.ts';
import { checkFlag } from '../../core/validation/number.ts';
import { checkText } from '../../core/validation/text.ts';

const rules = {
  name: required((value: string) => checkText(value, { min: 1, max: 100 })),
  description: optional((value: string) => checkText(value, { max: 1000, multiline: true })),
  shared: defaulted(checkFlag),
};

/** The writable fields of a segment besides its rule. */
export type SegmentFields = Fields<typeof rules>;
export type SegmentValues = Values<typeof rules>;

/** Checks a segment's name, description and sharing and reports every violation. */
export const checkSegment = (
  input: SegmentFields,
  options: CheckOptions,
): { values: SegmentValues; issues: Issue[] } => checkFields(rules, input, options);
