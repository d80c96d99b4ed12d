import { ObjectType } from 'type-graphql';
import { Node } from '../../core/graphql/schema/node.type.ts';
import { Attribute } from '../../core/model/attribute.ts';
import { delegation } from './delegation.table.ts';

@ObjectType('Delegation', {
  implements: Node,
  description:
    'One employee stands in for another during a leave: for that time they read, change and decide about the files that the other owns. Visible to both, to who entered it, to the leader of the absent employee’s team, managers, data stewards and administrators. (代理)',
})
export class Delegation extends Node {
  @Attribute({
    column: delegation.startsAt,
    access: 'open',
    nullable: false,
    sortable: true,
    description: 'When it begins. (开始时间)',
  })
  startsAt!: string;

  @Attribute({
    column: delegation.endsAt,
    access: 'open',
    nullable: false,
    sortable: true,
    description: 'When it ends by itself. (结束时间)',
  })
  endsAt!: string;

  @Attribute({
    column: delegation.endedAt,
    access: 'open',
    description: 'When somebody ended it before its time; null otherwise. (提前终止时间)',
  })
  endedAt!: string | null;

  @Attribute({
    column: delegation.createdAt,
    access: 'open',
    nullable: false,
    sortable: true,
    description: 'When it was entered. (登记时间)',
  })
  createdAt!: string;
}
