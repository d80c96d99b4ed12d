import { searchBy } from '../../core/model/attribute-search.ts';
import { defineModel } from '../../core/model/model.ts';
import type { Model } from '../../core/model/model.types.ts';
import { amongFoundFiles } from './contact.search.ts';
import { contact } from './contact.table.ts';
import { Contact } from './contact.type.ts';

export const contactModel: Model = defineModel({
  name: 'Contact',
  prefix: 'con',
  type: Contact,
  table: contact,
  kind: 'part',
  inFile: {
    field: 'contacts',
    access: 'basic',
    description: 'People at the customer, first entered first. (联系人)',
    defaultOrder: [{ field: 'createdAt', direction: 'ASC' }],
    rootDescription:
      'Contacts of all files the viewer may see, newest first; found by name, phone, mobile and e-mail. (联系人列表)',
  },
  groups: 'CONTACTS',
  search: searchBy(() => contactModel, ['name', 'phone', 'mobile', 'email'], amongFoundFiles),
});
