import { Extensions, Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { DateTimeScalar } from '../graphql/scalars.ts';
import { PageInfo } from '../model/connection.ts';

/** Every kind of event a client can see. Those of the log come from the capture triggers. */
export const CustomerFileEventType = {
  CREATED: 'CREATED',
  UPDATED: 'UPDATED',
  OWNER_CHANGED: 'OWNER_CHANGED',
  ARCHIVED: 'ARCHIVED',
  RESTORED: 'RESTORED',
  REMOVED: 'REMOVED',
  CONTACT_ADDED: 'CONTACT_ADDED',
  CONTACT_CHANGED: 'CONTACT_CHANGED',
  CONTACT_REMOVED: 'CONTACT_REMOVED',
  INTERACTION_LOGGED: 'INTERACTION_LOGGED',
  INTERACTION_CHANGED: 'INTERACTION_CHANGED',
  INTERACTION_REMOVED: 'INTERACTION_REMOVED',
  NEED_ADDED: 'NEED_ADDED',
  NEED_CHANGED: 'NEED_CHANGED',
  NEED_REMOVED: 'NEED_REMOVED',
  DEAL_ADDED: 'DEAL_ADDED',
  DEAL_CHANGED: 'DEAL_CHANGED',
  DEAL_REMOVED: 'DEAL_REMOVED',
  TAGGED: 'TAGGED',
  UNTAGGED: 'UNTAGGED',
  ACCESS_GAINED: 'ACCESS_GAINED',
  ACCESS_CHANGED: 'ACCESS_CHANGED',
  ACCESS_ENDED: 'ACCESS_ENDED',
  BULK_CHANGED: 'BULK_CHANGED',
  BOOKMARK: 'BOOKMARK',
} as const;
export type CustomerFileEventType = (typeof CustomerFileEventType)[keyof typeof CustomerFileEventType];

registerEnumType(CustomerFileEventType, {
  name: 'CustomerFileEventType',
  description: 'What happened to a file. (事件类型)',
  valuesConfig: {
    CREATED: { description: 'The file was opened. (建档)' },
    UPDATED: { description: 'Fields of the file changed. (更新)' },
    OWNER_CHANGED: { description: 'The file has another owner. (更换对接人)' },
    ARCHIVED: { description: 'The file was archived. (归档)' },
    RESTORED: { description: 'The file was taken out of the archive. (恢复)' },
    REMOVED: { description: 'The file was deleted. (删除)' },
    CONTACT_ADDED: { description: 'A contact was added. (新增联系人)' },
    CONTACT_CHANGED: { description: 'A contact changed. (联系人变更)' },
    CONTACT_REMOVED: { description: 'A contact was removed. (删除联系人)' },
    INTERACTION_LOGGED: { description: 'An interaction was recorded. (新增互动)' },
    INTERACTION_CHANGED: { description: 'An interaction changed. (互动变更)' },
    INTERACTION_REMOVED: { description: 'An interaction was removed. (删除互动)' },
    NEED_ADDED: { description: 'A need was recorded. (新增需求)' },
    NEED_CHANGED: { description: 'A need changed. (需求变更)' },
    NEED_REMOVED: { description: 'A need was removed. (删除需求)' },
    DEAL_ADDED: { description: 'A deal was entered. (新增商机)' },
    DEAL_CHANGED: { description: 'A deal changed. (商机变更)' },
    DEAL_REMOVED: { description: 'A deal was removed. (删除商机)' },
    TAGGED: { description: 'A tag was put on. (添加标签)' },
    UNTAGGED: { description: 'A tag was taken off. (移除标签)' },
    ACCESS_GAINED: { description: 'The file became the viewer’s, or was lent to them: load it. (获得权限)' },
    ACCESS_CHANGED: {
      description: 'What the viewer may read of the file has changed: load it again. (权限变更)',
    },
    ACCESS_ENDED: {
      description:
        'The file is no longer the viewer’s, or no longer lent to them: drop it. Nothing else is told. (权限终止)',
    },
    BULK_CHANGED: { description: 'Very many changes at once: load the list again. (批量变更)' },
    BOOKMARK: { description: 'Nothing happened; a younger cursor. (书签)' },
  },
});

@ObjectType({
  description: 'One change of a file, as a subscriber sees it. (客户档案事件)',
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class CustomerFileEvent {
  @Field(() => String, { description: 'Resume after this event with it. Opaque. (游标)' })
  cursor!: string;

  @Field(() => CustomerFileEventType, { description: 'What happened. (事件类型)' })
  type!: CustomerFileEventType;

  @Field(() => DateTimeScalar, { description: 'When it happened. (发生时间)' })
  occurredAt!: string;

  @Field(() => ID, {
    nullable: true,
    description: 'The file; null for BOOKMARK and BULK_CHANGED. (客户编号)',
  })
  customerId!: string | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'The file’s version after this event: it grows from event to event of a file, so whoever has seen this or a higher one has seen the event. Null where nothing of the file is told. (版本号)',
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
