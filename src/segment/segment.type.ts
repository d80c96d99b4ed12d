import { ObjectType } from 'type-graphql';
import { Node } from '../graphql/node.type.ts';
import { Attribute } from '../model/attribute.ts';
import { segment } from './segment.table.ts';

@ObjectType('Segment', {
  implements: Node,
  description:
    'A saved question about customers, answered anew each time with the reader’s own rights. (客户细分)',
})
export class Segment extends Node {
  @Attribute({
    column: segment.name,
    access: 'open',
    nullable: false,
    sortable: true,
    description: 'Name, 1 to 100 characters. (名称)',
  })
  name!: string;

  @Attribute({ column: segment.description, access: 'open', description: 'What it is for. (说明)' })
  description!: string | null;

  @Attribute({
    column: segment.rule,
    access: 'open',
    nullable: false,
    description: 'The question: a CustomerFilter as JSON, exactly as it was saved. (规则)',
  })
  rule!: Record<string, unknown>;

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
