import { listResolverOf } from '../../core/model/list-resolver.ts';
import { needModel } from './need.model.ts';

export const NeedResolver = listResolverOf(needModel, {
  name: 'needs',
  description: 'Needs of all files the viewer may see, newest first. (需求列表)',
});
