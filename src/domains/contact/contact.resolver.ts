import { listResolverOf } from '../../core/model/list-resolver.ts';
import { mutationsOf } from '../../core/part/part-mutations.ts';
import { contactModel } from './contact.model.ts';
import { contactWrites } from './contact.write.ts';

export const contactResolvers = [
  listResolverOf(contactModel, {
    name: 'contacts',
    description:
      'Contacts of all files the viewer may see, newest first; found by name, phone, mobile and e-mail. (联系人列表)',
  }),
  ...mutationsOf(contactWrites),
];
