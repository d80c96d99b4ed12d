import type { Issue } from '../errors.ts';
import { accept, type Checked } from './checked.ts';
import { checkText, type TextOptions } from './text.ts';

/**
 * When a field must hold a value.
 *
 * - REQUIRED: at creation, and it is never cleared
 * - DEFAULTED: may be left out at creation, and is never cleared
 * - OPTIONAL: may be empty; null and a blank text clear it
 */
export type Presence = 'REQUIRED' | 'DEFAULTED' | 'OPTIONAL';

/** What one field must meet, and the form it is stored in. */
export interface FieldRule<In, Out> {
  readonly presence: Presence;
  readonly check: (value: In) => Checked<Out>;
}

export type FieldRules = Readonly<Record<string, FieldRule<never, unknown>>>;

/** What a writer hands in for such rules: an absent field is left alone, null clears it. */
export type Fields<R extends FieldRules> = {
  [K in keyof R]?: (R[K] extends FieldRule<infer In, unknown> ? In : never) | null;
};

/** What is stored: only the fields that were handed in, each in its canonical form. */
export type Values<R extends FieldRules> = {
  [K in keyof R]?: R[K] extends FieldRule<never, infer Out> ? Out : never;
};

export interface CheckOptions {
  mode: 'create' | 'update';
  /** Where the fields stand in the writer's input; begins each issue's path. Default: nowhere. */
  path?: readonly (string | number)[];
}

export const required = <In, Out>(check: (value: In) => Checked<Out>): FieldRule<In, Out> => ({
  presence: 'REQUIRED',
  check,
});

export const defaulted = <In, Out>(check: (value: In) => Checked<Out>): FieldRule<In, Out> => ({
  presence: 'DEFAULTED',
  check,
});

/** A blank text is no value: forms and exports send it where nothing was entered. */
export const optional = <In, Out>(check: (value: In) => Checked<Out>): FieldRule<In, Out | null> => ({
  presence: 'OPTIONAL',
  check: (value) => (typeof value === 'string' && value.trim() === '' ? accept(null) : check(value)),
});

type Lines = Pick<TextOptions, 'multiline'>;

/** A text that may be empty, of at most `max` characters. */
export const optionalText = (max: number, lines: Lines = {}): FieldRule<string, string | null> =>
  optional((value: string) => checkText(value, { ...lines, max }));

/** A text that must be there, of 1 to `max` characters. */
export const requiredText = (max: number, lines: Lines = {}): FieldRule<string, string> =>
  required((value: string) => checkText(value, { ...lines, min: 1, max }));

/**
 * Holds every field handed in against its rule and names all violations, not only the first. Fields without a
 * rule are not looked at.
 *
 * Problems: those of the rules, and VALUE_REQUIRED.
 */
export function checkFields<R extends FieldRules>(
  rules: R,
  input: Fields<R>,
  { mode, path = [] }: CheckOptions,
): { values: Values<R>; issues: Issue[] } {
  const values: Record<string, unknown> = {};
  const issues: Issue[] = [];
  for (const [field, rule] of Object.entries(rules)) {
    const given = input[field];
    if (given === undefined) {
      if (mode === 'create' && rule.presence === 'REQUIRED') issues.push(missing([...path, field]));
    } else if (given === null) {
      if (rule.presence === 'OPTIONAL') values[field] = null;
      else issues.push(missing([...path, field]));
    } else {
      const { value, problem } = rule.check(given as never);
      if (problem) issues.push({ path: [...path, field], ...problem });
      else values[field] = value;
    }
  }
  return { values: values as Values<R>, issues };
}

/** The issue of a field that must hold a value and does not. */
export const missing = (path: (string | number)[]): Issue => ({
  path,
  code: 'VALUE_REQUIRED',
  message: 'A value is required. (此项必填。)',
});
