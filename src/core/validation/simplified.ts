import { simplifiedLetters } from './chinese-letters.ts';

const pairs = simplifiedLetters.match(/../gu) ?? [];
const lettersOf = (pair: string): [string, string] => [...pair] as [string, string];
const toSimplified = new Map(pairs.map(lettersOf));
// Of several traditional letters with one simplified form, the first.
const toTraditional = new Map(
  pairs.toReversed().map((pair) => lettersOf(pair).reverse() as [string, string]),
);

const converted = (text: string, letters: ReadonlyMap<string, string>): string =>
  text.replace(/./gu, (letter) => letters.get(letter) ?? letter);

/** A text in simplified letters. */
export const simplified = (text: string): string => converted(text, toSimplified);

/** A text in traditional letters: for each simplified letter that several share, the first. */
export const traditional = (text: string): string => converted(text, toTraditional);
