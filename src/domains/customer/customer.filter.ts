import { compileList, ListCondition } from '../../core/model/list-condition.ts';
import { emailStandard } from '../../core/validation/address-standard.ts';
import { externalKeyOf } from '../../core/validation/labelled-list.ts';
import { phoneStandard } from '../../core/validation/phone-standard.ts';
import { plainText } from '../../core/validation/text.ts';

const type = () => ListCondition;

/** Conditions on the lists of a file; each entry is read as a write of it is. */
export const listFilters = {
  formerNames: {
    type,
    description: 'Conditions on the names it had before. (曾用名)',
    isHeavy: true,
    compile: compileList('former_names', (text) => [plainText(text)]),
    reads: { columns: ['former_names'], tables: [] },
  },
  phones: {
    type,
    description: 'Conditions on its own numbers, without their extensions. (单位电话)',
    isHeavy: true,
    compile: compileList('phones', (text) => phoneStandard.whole(text).map((number) => ({ number }))),
    reads: { columns: ['phones'], tables: [] },
  },
  emails: {
    type,
    description: 'Conditions on its own e-mail addresses. (单位邮箱)',
    isHeavy: true,
    compile: compileList('emails', (text) => emailStandard.whole(text).map((address) => ({ address })), {
      caseless: true,
    }),
    reads: { columns: ['emails'], tables: [] },
  },
  externalKeys: {
    type,
    description: 'Conditions on its keys in other systems, each as "source:key". (外部编号)',
    isHeavy: true,
    compile: compileList('external_keys', (text) => [externalKeyOf(text)]),
    reads: { columns: ['external_keys'], tables: [] },
  },
} as const;
