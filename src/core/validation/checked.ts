/** Why a value was refused; becomes one entry of `extensions.issues` or one line of an import report. */
export type Problem = {
  /** SCREAMING_SNAKE, stable: clients and import reports match on it. */
  readonly code: string;
  /** English, then Chinese: "Too long. (过长。)". Never repeats the value, which may be personal. */
  readonly message: string;
};

/**
 * The result of checking a raw text against an entry standard: the value in its canonical form, or the problem.
 *
 * Both keys exist on both sides, so `const { value, problem } = checkPhone(text)` narrows.
 */
export type Checked<T> =
  | { readonly value: T; readonly problem?: undefined }
  | { readonly value?: undefined; readonly problem: Problem };

/** The text meets the standard; `value` is its canonical form. */
export function accept<T>(value: T): Checked<T> {
  return { value };
}

/** The text violates the standard. Pass both sentences without their full stop. */
export function refuse(code: string, english: string, chinese: string): Checked<never> {
  return { problem: { code, message: `${english}. (${chinese}。)` } };
}
