import { defineModel } from '../../core/model/model.ts';
import { tag } from './tag.table.ts';
import { Tag } from './tag.type.ts';

export const tagModel = defineModel({
  name: 'Tag',
  prefix: 'tag',
  type: Tag,
  table: tag,
  kind: 'scoped',
  defaultOrder: [{ field: 'label', direction: 'ASC' }],
});
