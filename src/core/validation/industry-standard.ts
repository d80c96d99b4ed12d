import { industryNamed } from './industry.ts';
import { plainText } from './text.ts';
import { formsOf, plainStandard, type TextStandard } from './text-standard.ts';

/** The name in the national classification, first, and the forms of the text itself. */
const formsIn = (written: string): string[] => {
  const industry = industryNamed(written);
  return formsOf(...(industry ? [industry.name] : []), ...plainStandard.whole(written));
};

/** A code alone (C, C36) is no part of a name, where the letter may well occur. */
const isCode = (written: string): boolean => /^[A-T]\d{0,4}$/i.test(plainText(written));

/** An industry: as it is written, and as the national classification names it (制造, C, C 制造业 are 制造业). */
export const industryStandard: TextStandard = {
  ...plainStandard,
  whole: formsIn,
  beginning: (written) => (isCode(written) ? plainStandard.beginning(written) : { begins: formsIn(written) }),
  part: (written) => (isCode(written) ? plainStandard.part(written) : { contains: formsIn(written) }),
};
