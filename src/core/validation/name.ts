import type { Checked } from './checked.ts';
import { checkText, plainText, type TextOptions } from './text.ts';

const spaceBetweenHanPattern = /(?<=\p{Script=Han}) (?=\p{Script=Han})/gu;

/** A name in half width on one line, without the spaces that lists put between Chinese characters: 张　三. */
export const tidyName = (text: string): string => plainText(text).replace(spaceBetweenHanPattern, '');

/** The name of a person or the short name of an organisation, stored as {@link tidyName}. Problems: those of checkText. */
export const checkName = (text: string, limits: Pick<TextOptions, 'min' | 'max'>): Checked<string> =>
  checkText(tidyName(text), limits);
