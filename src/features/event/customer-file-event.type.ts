import { Field, ID, Int, ObjectType } from 'type-graphql';
import { DateTimeScalar } from '../../core/graphql/schema/scalars.ts';
import { PageInfo } from '../../core/model/connection.ts';
import { Extensions } from '../../core/model/extensions.ts';
import { CustomerFileEventType } from './customer-file-event.enums.ts';

@ObjectType({
  description: 'One change of a file, as a subscriber sees it. (客户档案事件)',
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class CustomerFileEvent {
  @Field(() => String, { description: 'Resume after this event with it. Opaque. (游标)' })
  @Extensions({ text: 'CONTROLLED' })
  cursor!: string;

  @Field(() => CustomerFileEventType, { description: 'What happened. (事件类型)' })
  type!: CustomerFileEventType;

  @Field(() => DateTimeScalar, { description: 'When it happened. (发生时间)' })
  occurredAt!: string;

  @Field(() => ID, {
    nullable: true,
    description: 'The file; null for BOOKMARK and BULK_CHANGED. (客户)',
  })
  customerId!: string | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'The file’s version after this event: it increases with every event of a file, so a client that has seen this or a higher version has seen the event. Null where no content is delivered. (版本号)',
  })
  version!: number | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'What changed: the file itself, a contact, an interaction …; null once access has ended. (变更对象编号)',
  })
  entityId!: string | null;
}

@ObjectType({ description: 'One event of a page. (列表项)', simpleResolvers: true })
@Extensions({ access: 'open' })
export class CustomerFileEventEdge {
  @Field(() => String, {
    description: 'Continue after this event with it, here or in customerFileChanged. (游标)',
  })
  @Extensions({ text: 'CONTROLLED' })
  cursor!: string;

  @Field(() => CustomerFileEvent, { description: 'The event. (事件)' })
  node!: CustomerFileEvent;
}

@ObjectType({
  description:
    'The next events of a viewer. A page may be short, or empty, while hasNextPage is true: events that the viewer may not see are passed over. (事件分页)',
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class CustomerFileEventConnection {
  @Field(() => [CustomerFileEventEdge], { description: 'The events with their cursors. (带游标的事件)' })
  edges!: CustomerFileEventEdge[];

  @Field(() => [CustomerFileEvent], { description: 'The events, oldest first. (事件)' })
  nodes!: CustomerFileEvent[];

  @Field(() => PageInfo, {
    description: 'Where to go on: endCursor is always there, on an empty page too. (分页信息)',
  })
  pageInfo!: PageInfo;
}
