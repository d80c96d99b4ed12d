import { listResolverOf } from '../../core/model/list-resolver.ts';
import { accessLogModel } from './access-log.model.ts';

export const AccessLogResolver = listResolverOf(accessLogModel, {
  name: 'accessLog',
  description:
    'The access log, newest first: for managers, data stewards and administrators. Reads of contact, business and credit fields and look-ups in the directory are in it within a second, all others before their answer was sent. (访问日志)',
});
