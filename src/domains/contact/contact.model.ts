import { searchBy } from '../../core/model/attribute-search.ts';
import { defineModel } from '../../core/model/model.ts';
import type { Model } from '../../core/model/model.types.ts';
import { customerModel } from '../customer/customer.model.ts';
import { amongFoundFiles } from './contact.search.ts';
import { contact } from './contact.table.ts';
import { Contact } from './contact.type.ts';

export const contactModel: Model = defineModel({
  name: 'Contact',
  prefix: 'con',
  type: Contact,
  table: contact,
  kind: 'part',
  groups: 'CONTACTS',
  search: searchBy(() => contactModel, ['name', 'phone', 'mobile', 'email'], amongFoundFiles),
  relations: {
    customer: {
      arity: 'one',
      target: () => customerModel,
      access: 'basic',
      description: 'The customer file it belongs to. (客户)',
      key: 'customer_id',
    },
  },
});
