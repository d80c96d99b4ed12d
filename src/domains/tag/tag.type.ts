import { ObjectType } from 'type-graphql';
import { Node } from '../../core/graphql/schema/node.type.ts';
import { Attribute } from '../../core/model/attribute.ts';
import { tag } from './tag.table.ts';

@ObjectType('Tag', {
  implements: Node,
  description: 'A label on files: of a facet ("行业-制造业") or free ("高预算"). (标签)', // R70
})
export class Tag extends Node {
  @Attribute({
    column: tag.label,
    access: 'basic',
    text: 'FREE',
    standard: 'TAG',
    sortable: true,
    orderedBy: tag.labelKey,
    description:
      'Facet and value joined by "-", or the value alone. Ordered by pinyin, Latin letters without case. (标签)',
  })
  label!: string | null;

  @Attribute({
    column: tag.facet,
    access: 'basic',
    text: 'FREE',
    standard: 'TAG',
    sortable: true,
    orderedBy: tag.facetKey,
    description:
      'What the tag speaks of; null for a free tag. Ordered by pinyin, Latin letters without case. (维度)',
  })
  facet!: string | null;

  @Attribute({
    column: tag.value,
    access: 'basic',
    text: 'FREE',
    standard: 'TAG',
    description: 'What it says. (值)',
  })
  value!: string | null;
}
