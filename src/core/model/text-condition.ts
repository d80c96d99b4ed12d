import { type SQL, sql } from 'drizzle-orm';
import { type TextStandard, wideForm } from '../validation/text-standard.ts';
import type { Attribute } from './attribute.ts';
import { escapeLike } from './like-pattern.ts';
import { standardNamed } from './standard.ts';

// Conditions on a text, which is compared with what was written by the standard of its field.

/** `array[$1, $2]::type[]`. */
export const arrayOf = (values: readonly unknown[], type: SQL): SQL =>
  sql`array[${sql.join(
    values.map((value) => sql`${value}`),
    sql`, `,
  )}]::${type}[]`;

/** Holds for texts equal to one of these, at least one. Null for no text. */
export function isOneOf(standard: TextStandard, column: SQL, written: readonly string[]): SQL {
  const forms = [...new Set(written.flatMap((one) => standard.whole(one)))];
  const { compared, value } = folded(standard, column, forms);
  return forms.length === 1
    ? sql`${compared} = ${value(forms[0] as string)}`
    : sql`${compared} = any(array[${sql.join(forms.map(value), sql`, `)}])`;
}

/** Holds for texts of which this is a part, by the standard of their field. Null for no text. */
export const contains = ({ standard }: Pick<Attribute, 'standard'>, column: SQL, written: string): SQL =>
  fits(standardNamed(standard), column, 'part', written);

/** Holds for texts that begin with this. Null for no text. */
export const startsWith = ({ standard }: Pick<Attribute, 'standard'>, column: SQL, written: string): SQL =>
  fits(standardNamed(standard), column, 'beginning', written);

function fits(standard: TextStandard, column: SQL, where: 'beginning' | 'part', written: string): SQL {
  const { begins = [], contains: parts = [], matches } = standard[where](written);
  const likes = [
    ...begins.map((form) => `${escapeLike(form)}%`),
    ...parts.map((form) => `%${escapeLike(form)}%`),
  ];
  const { compared, value } = folded(standard, column, likes);
  const conditions = likes.map((like) => sql`${compared} like ${value(like)}`);
  if (matches !== undefined) conditions.push(sql`${column} ~ ${matches}::text`);
  return conditions.length === 1 ? (conditions[0] as SQL) : sql`(${sql.join(conditions, sql` or `)})`;
}

/**
 * How a column is compared with these forms: without regard to case, and to width where it is stored as written. Only
 * what the forms hold is folded: where none has a letter with case or a character of two widths, as in Chinese, the
 * column is compared as it is, in half the time and by plain indexes. Case is folded by the database on both sides, for
 * its letters differ from JavaScript's.
 */
function folded(
  { stored }: TextStandard,
  column: SQL,
  forms: readonly string[],
): { compared: SQL; value: (form: string) => SQL } {
  const hasCase = stored !== 'ONE_CASE' && forms.some((form) => form.toLowerCase() !== form.toUpperCase());
  const compared = hasCase ? sql`lower(${column})` : column;
  return {
    compared: stored === 'FREE' ? inHalfWidth(compared, forms) : compared,
    value: (form) => (hasCase ? sql`lower(${form}::text)` : sql`${form}::text`),
  };
}

/** A text with the full-width forms of these characters in half width. */
function inHalfWidth(column: SQL, forms: readonly string[]): SQL {
  const narrow = [...new Set(forms.join('').toLowerCase())].filter(wideForm);
  if (narrow.length === 0) return column;
  const wide = narrow.map(wideForm).join('');
  return sql`translate(${column}, ${wide}::text, ${narrow.join('')}::text)`;
}
