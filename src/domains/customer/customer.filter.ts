import { compileList, ListCondition } from '../../core/model/list-condition.ts';
import { objectFilter } from '../../core/model/object-condition.ts';
import { emailStandard } from '../../core/validation/address-standard.ts';
import { externalKeyOf } from '../../core/validation/labelled-list.ts';
import { phoneStandard } from '../../core/validation/phone-standard.ts';
import { plainText } from '../../core/validation/text.ts';
import './customer.enums.ts';
import { customer, PremisesCategory } from './customer.table.ts';

const type = () => ListCondition;

/** Conditions on the lists and objects of a file; each entry and part is read as a write of it is. */
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
  premises: objectFilter({
    name: 'PremisesFilter',
    description: 'Conditions on the unit of a property that the customer has. (户址)',
    column: customer.premises,
    access: 'contact',
    text: 'IDENTIFYING',
    parts: {
      category: { enumeration: PremisesCategory, description: 'What it is for. (户址类别)' },
      building: { standard: 'BUILDING', description: 'The building. (楼幢)' },
      unit: { standard: 'UNIT', description: 'The entrance. (单元)' },
      floor: { standard: 'FLOOR', description: 'The floor. (楼层)' },
      room: { standard: 'ROOM', description: 'The room. (房号)' },
    },
  }),
} as const;
