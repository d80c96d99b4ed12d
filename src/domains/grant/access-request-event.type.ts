import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { DateTimeScalar } from '../../core/graphql/schema/scalars.ts';
import { Extensions } from '../../core/model/extensions.ts';

/** The steps of a request, as its trigger records them in the change log, and the feed's own notices. */
export const AccessRequestEventType = {
  REQUESTED: 'REQUESTED',
  APPROVED: 'APPROVED',
  DECLINED: 'DECLINED',
  WITHDRAWN: 'WITHDRAWN',
  LAPSED: 'LAPSED',
  GRANT_ENDED: 'GRANT_ENDED',
  GRANT_EXPIRED: 'GRANT_EXPIRED',
  BULK_CHANGED: 'BULK_CHANGED',
  BOOKMARK: 'BOOKMARK',
} as const;
export type AccessRequestEventType = (typeof AccessRequestEventType)[keyof typeof AccessRequestEventType];

registerEnumType(AccessRequestEventType, {
  name: 'AccessRequestEventType',
  description: 'What happened to a request for access. (申请事件类型)',
  valuesConfig: {
    REQUESTED: { description: 'It was made and waits for a decision. (提交)' },
    APPROVED: { description: 'It was approved: the grant is in force. (批准)' },
    DECLINED: { description: 'It was declined. (拒绝)' },
    WITHDRAWN: { description: 'Who made it took it back. (撤回)' },
    LAPSED: { description: 'Nobody decided in time. (失效)' },
    GRANT_ENDED: { description: 'Its grant was returned or recalled before its time. (授权终止)' },
    GRANT_EXPIRED: { description: 'The time of its grant is over. (授权到期)' },
    BULK_CHANGED: { description: 'Very many changes at once: load the list again. (批量变更)' },
    BOOKMARK: { description: 'Nothing happened; a newer cursor. (书签)' },
  },
});

@ObjectType({
  description:
    'One step of a request for access, as who made it, who decides it and the file’s owner see it. (访问申请事件)',
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class AccessRequestEvent {
  @Field(() => String, { description: 'Resume after this event with it. Opaque. (游标)' })
  @Extensions({ text: 'CONTROLLED' })
  cursor!: string;

  @Field(() => AccessRequestEventType, { description: 'What happened. (事件类型)' })
  type!: AccessRequestEventType;

  @Field(() => DateTimeScalar, { description: 'When it happened. (发生时间)' })
  occurredAt!: string;
}
