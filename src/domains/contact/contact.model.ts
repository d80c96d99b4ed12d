import { defineModel } from '../../core/model/model.ts';
import { customerModel } from '../customer/customer.model.ts';
import { contact } from './contact.table.ts';
import { Contact } from './contact.type.ts';

export const contactModel = defineModel({
  name: 'Contact',
  prefix: 'con',
  type: Contact,
  table: contact,
  kind: 'part',
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
