import { listResolverOf } from '../../core/model/list-resolver.ts';
import { dealModel } from './deal.model.ts';

export const DealResolver = listResolverOf(dealModel, {
  name: 'deals',
  description: 'Deals of all files the viewer may see, newest first. (商机列表)',
});
