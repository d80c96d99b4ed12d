import { listResolverOf } from '../../core/model/list-resolver.ts';
import { contactModel } from './contact.model.ts';

export const ContactResolver = listResolverOf(contactModel, {
  name: 'contacts',
  description: 'Contacts of all files the viewer may see, newest first. (联系人列表)',
});
