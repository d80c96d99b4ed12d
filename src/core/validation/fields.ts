import type { Issue } from '../errors.ts';
import { accept, type Checked } from './checked.ts';
import { checkName } from './name.ts';
import { checkText, type TextOptions, withoutMarks } from './text.ts';

/**
 * When a field must have a value.
 *
 * - REQUIRED: on creation, and it can never be cleared
 * - DEFAULTED: may be omitted or null on creation, and can never be cleared
 * - OPTIONAL: may be empty; null and a blank text clear it
 */
export type Presence = 'REQUIRED' | 'DEFAULTED' | 'OPTIONAL';

/** The check of one field, which also determines its stored form. */
export interface FieldRule<In, Out> {
  readonly presence: Presence;
  readonly check: (value: In) => Checked<Out>;
  /** Line breaks of the text are kept: a form has room for several. */
  readonly isMultiline?: boolean | undefined;
}

export type FieldRules = Readonly<Record<string, FieldRule<never, unknown>>>;

/**
 * The input for these rules: an absent field is left unchanged, null clears it. On creation, null is as good as absent:
 * forms send it for what nobody has filled in.
 */
export type Fields<R extends FieldRules> = {
  [K in keyof R]?: (R[K] extends FieldRule<infer In, unknown> ? In : never) | null;
};

/** The values to store: only the fields in the input, each in its canonical form. */
export type Values<R extends FieldRules> = {
  [K in keyof R]?: R[K] extends FieldRule<never, infer Out> ? Out : never;
};

/** The values of an input, every violation, and what looks wrong but is taken. */
export interface Checks<R extends FieldRules> {
  values: Values<R>;
  issues: Issue[];
  warnings: Issue[];
}

export interface CheckOptions {
  mode: 'create' | 'update';
  /** Path of the fields in the input; prefix of each issue's path. Default: empty. */
  path?: readonly (string | number)[];
  /** What came of the fields of this same input by these same rules, for an input that is held against many rows. */
  known?: Map<string, Checked<unknown>>;
}

export const required = <In, Out>(check: (value: In) => Checked<Out>): FieldRule<In, Out> => ({
  presence: 'REQUIRED',
  check,
});

export const defaulted = <In, Out>(check: (value: In) => Checked<Out>): FieldRule<In, Out> => ({
  presence: 'DEFAULTED',
  check,
});

/** A blank text counts as no value: forms and exports send it where nothing was entered. */
export const optional = <In, Out>(check: (value: In) => Checked<Out>): FieldRule<In, Out | null> => ({
  presence: 'OPTIONAL',
  check: (value) => (typeof value === 'string' && withoutMarks(value) === '' ? accept(null) : check(value)),
});

type Lines = Pick<TextOptions, 'multiline'>;

const withLines = <Rule extends object>({ multiline }: Lines, rule: Rule) => ({
  ...rule,
  isMultiline: multiline,
});

/** An optional text of at most `max` characters. */
export const optionalText = (max: number, lines: Lines = {}): FieldRule<string, string | null> =>
  withLines(
    lines,
    optional((value: string) => checkText(value, { ...lines, max })),
  );

/** An optional name of at most `max` characters. */
export const optionalName = (max: number): FieldRule<string, string | null> =>
  optional((value: string) => checkName(value, { max }));

/** A required name of 1 to `max` characters. */
export const requiredName = (max: number): FieldRule<string, string> =>
  required((value: string) => checkName(value, { min: 1, max }));

/** A required text of 1 to `max` characters. */
export const requiredText = (max: number, lines: Lines = {}): FieldRule<string, string> =>
  withLines(
    lines,
    required((value: string) => checkText(value, { ...lines, min: 1, max })),
  );

/**
 * Checks every field of the input against its rule and reports all violations, not only the first. Fields without a
 * rule are ignored. Warnings are of values that are taken all the same.
 *
 * Problems: those of the rules, and VALUE_REQUIRED.
 */
export function checkFields<R extends FieldRules>(
  rules: R,
  input: Fields<R>,
  { mode, path = [], known }: CheckOptions,
): Checks<R> {
  const values: Record<string, unknown> = {};
  const issues: Issue[] = [];
  const warnings: Issue[] = [];
  for (const [field, rule] of Object.entries(rules)) {
    const given = input[field];
    if (given === undefined) {
      if (mode === 'create' && rule.presence === 'REQUIRED') issues.push(missing([...path, field]));
    } else if (given === null) {
      if (rule.presence === 'OPTIONAL') values[field] = null;
      else if (mode === 'update' || rule.presence === 'REQUIRED') issues.push(missing([...path, field]));
    } else {
      const checked = known?.get(field) ?? rule.check(given as never);
      known?.set(field, checked);
      const { value, problem, warning, ...rest } = checked;
      if (problem) {
        const others = 'others' in rest ? (rest.others ?? []) : [];
        for (const { at = [], code, message } of [problem, ...others])
          issues.push({ path: [...path, field, ...at], code, message });
      } else values[field] = value;
      if (warning) warnings.push({ path: [...path, field], ...warning });
    }
  }
  return { values: values as Values<R>, issues, warnings };
}

/** The issue for a field that must have a value but has none. */
export const missing = (path: (string | number)[]): Issue => ({
  path,
  code: 'VALUE_REQUIRED',
  message: 'A value is required. (此项必填。)',
});
