import { listResolverOf } from '../../core/model/list-resolver.ts';
import { outgoingModel } from './outgoing.model.ts';

export const OutgoingResolver = listResolverOf(outgoingModel, {
  name: 'outgoingMails',
  description:
    'Mails to employees and customers, posts of teams’ robots, and what became of them, latest first, without what they say; for managers and administrators. (外发邮件列表)',
});
