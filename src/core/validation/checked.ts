/** Why a value was refused; becomes one entry of `extensions.issues` or one line of an import report. */
export type Problem = {
  /** SCREAMING_SNAKE, stable: clients and import reports match on it. */
  readonly code: string;
  /** English, then Chinese: "Too long. (过长。)". Never repeats the value, which may be personal. */
  readonly message: string;
  /** Where in the value it is, such as the number of an entry of a list. */
  readonly at?: readonly (string | number)[];
};

/**
 * The result of checking a raw text against an entry standard: the value in its canonical form, or the problem.
 *
 * Both keys exist on both sides, so `const { value, problem } = checkPhone(text)` narrows.
 */
export type Checked<T> =
  | { readonly value: T; readonly problem?: undefined; readonly warning?: Problem }
  | {
      readonly value?: undefined;
      readonly problem: Problem;
      /** More of them, of a value that has parts. */
      readonly others?: readonly Problem[];
      readonly warning?: undefined;
    };

/** The text meets the standard; `value` is its canonical form. A warning says what looks wrong all the same. */
export function accept<T>(value: T, warning?: Problem): Checked<T> {
  return warning ? { value, warning } : { value };
}

/** A problem that refuses nothing. Pass both sentences without their full stop. */
export const warn = (code: string, english: string, chinese: string): Problem => ({
  code,
  message: `${english}. (${chinese}。)`,
});

/** The text violates the standard. Pass both sentences without their full stop. */
export function refuse(code: string, english: string, chinese: string): Checked<never> {
  return { problem: { code, message: `${english}. (${chinese}。)` } };
}
