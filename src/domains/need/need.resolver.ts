import { listResolverOf } from '../../core/model/list-resolver.ts';
import { mutationsOf } from '../../core/part/part-mutations.ts';
import { needModel } from './need.model.ts';
import { needWrites } from './need.write.ts';

export const needResolvers = [
  listResolverOf(needModel, {
    name: 'needs',
    description: 'Needs of all files the viewer may see, newest first. (需求列表)',
  }),
  ...mutationsOf(needWrites),
];
