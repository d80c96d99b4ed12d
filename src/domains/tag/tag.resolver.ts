import { listResolverOf } from '../../core/model/list-resolver.ts';
import { tagModel } from './tag.model.ts';

export const TagResolver = listResolverOf(tagModel, {
  name: 'tags',
  description: 'All tags, by label. (标签列表)',
});
