import { ObjectType } from 'type-graphql';
import { Node } from '../../core/graphql/schema/node.type.ts';
import { Attribute } from '../../core/model/attribute.ts';
import { publishEnum } from '../../core/model/enumeration.ts';
import { SegmentKind, segment } from './segment.table.ts';

publishEnum(SegmentKind, 'SegmentKind', 'How a segment knows its members. (客户分群类型)', {
  DYNAMIC: 'By its rule, evaluated each time. (动态)',
  STATIC: 'By a list that its owner keeps. (静态)',
  SNAPSHOT: 'By a list that was written down once, from a rule. (快照)',
});

@ObjectType('Segment', {
  implements: Node,
  description: 'A saved filter on customers, evaluated each time with the reader’s own rights. (客户分群)',
})
export class Segment extends Node {
  @Attribute({
    column: segment.name,
    access: 'open',
    text: 'FREE',
    sortable: true,
    orderedBy: segment.nameKey,
    description: 'Name, 1 to 100 characters. Ordered by pinyin, Latin letters without case. (名称)',
  })
  name!: string | null;

  @Attribute({
    column: segment.description,
    access: 'open',
    text: 'FREE',
    description: 'What it is for. (说明)',
  })
  description!: string | null;

  @Attribute({
    column: segment.kind,
    access: 'open',
    nullable: false,
    enumeration: SegmentKind,
    description: 'How it knows its members. (客户分群类型)',
  })
  kind!: SegmentKind;

  @Attribute({
    column: segment.listedAt,
    access: 'open',
    description:
      'When the list of a SNAPSHOT or STATIC segment was written; null for a DYNAMIC one. (名单时间)',
  })
  listedAt!: string | null;

  @Attribute({
    column: segment.rule,
    access: 'open',
    text: 'FREE',
    description:
      'The rule: a CustomerFilter as JSON, as it was saved; for a list { inSegment: its own id }. (规则)',
  })
  rule!: Record<string, unknown> | null;

  @Attribute({
    column: segment.shared,
    access: 'open',
    nullable: false,
    description: 'Shown to all staff, or to its owner only. (是否共享)',
  })
  shared!: boolean;

  @Attribute({
    column: segment.version,
    access: 'open',
    nullable: false,
    filterable: false,
    description: 'Grows by one with each change. (版本号)',
  })
  version!: number;

  @Attribute({
    column: segment.createdAt,
    access: 'open',
    nullable: false,
    sortable: true,
    description: 'When it was saved. (创建时间)',
  })
  createdAt!: string;

  @Attribute({
    column: segment.updatedAt,
    access: 'open',
    nullable: false,
    sortable: true,
    description: 'When it last changed. (更新时间)',
  })
  updatedAt!: string;
}
