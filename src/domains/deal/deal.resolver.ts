import { listResolverOf } from '../../core/model/list-resolver.ts';
import { mutationsOf } from '../../core/part/part-mutations.ts';
import { dealModel } from './deal.model.ts';
import { dealWrites } from './deal.write.ts';

export const dealResolvers = [
  listResolverOf(dealModel, {
    name: 'deals',
    description: 'Deals of all files the viewer may see, newest first. (商机列表)',
  }),
  ...mutationsOf(dealWrites),
];
