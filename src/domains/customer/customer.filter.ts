import { compileList, ListCondition } from '../../core/model/list-condition.ts';
import { checkEmail } from '../../core/validation/email.ts';
import { externalKeyOf } from '../../core/validation/labelled-list.ts';
import { readPhone } from '../../core/validation/phone.ts';
import { plainText } from '../../core/validation/text.ts';

const type = () => ListCondition;

/** Conditions on the lists of a file; each entry is read as a write of it is. */
export const listFilters = {
  formerNames: {
    type,
    description: 'Conditions on the names it had before. (曾用名)',
    compile: compileList('former_names', plainText),
    reads: { columns: ['former_names'], tables: [] },
  },
  phones: {
    type,
    description: 'Conditions on its own numbers, without their extensions. (单位电话)',
    compile: compileList('phones', (text) => ({
      number: readPhone(text, { defaultCountry: 'CN', service: true }).value?.number ?? text,
    })),
    reads: { columns: ['phones'], tables: [] },
  },
  emails: {
    type,
    description: 'Conditions on its own e-mail addresses. (单位邮箱)',
    compile: compileList('emails', (text) => ({ address: checkEmail(text).value ?? text }), {
      caseless: true,
    }),
    reads: { columns: ['emails'], tables: [] },
  },
  externalKeys: {
    type,
    description: 'Conditions on its keys in other systems, each as "source:key". (外部编号)',
    compile: compileList('external_keys', externalKeyOf),
    reads: { columns: ['external_keys'], tables: [] },
  },
} as const;
