import { listResolverOf } from '../../core/model/list-resolver.ts';
import { delegationModel } from './delegation.model.ts';

export const DelegationResolver = listResolverOf(delegationModel, {
  name: 'delegations',
  description:
    'Who stands in for whom: what concerns the viewer or the team they lead; all for managers, data stewards and administrators. Latest first. (代理列表)',
});
