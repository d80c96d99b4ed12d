import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { DateTimeScalar } from '../../core/graphql/schema/scalars.ts';
import { Extensions } from '../../core/model/extensions.ts';

/** The event types that followers of a segment receive. */
export const SegmentMembershipEventType = {
  ENTERED: 'ENTERED',
  LEFT: 'LEFT',
  BULK_CHANGED: 'BULK_CHANGED',
  BOOKMARK: 'BOOKMARK',
} as const;
export type SegmentMembershipEventType =
  (typeof SegmentMembershipEventType)[keyof typeof SegmentMembershipEventType];

registerEnumType(SegmentMembershipEventType, {
  name: 'SegmentMembershipEventType',
  description: 'What happened to the members of a segment. (客户分群成员事件类型)',
  valuesConfig: {
    ENTERED: { description: 'The file came into the segment. (进入)' },
    LEFT: { description: 'The file left the segment. (离开)' },
    BULK_CHANGED: {
      description:
        'Load the members again: very many entered or left at once, or the segment was not followed for a while. (批量变更)',
    },
    BOOKMARK: { description: 'Nothing happened; a newer cursor. (书签)' },
  },
});

/** Why a file entered or left. */
export const SegmentMembershipCauseKind = {
  CHANGE: 'CHANGE',
  TIME: 'TIME',
  REDEFINED: 'REDEFINED',
  REFERENCE: 'REFERENCE',
  UNKNOWN: 'UNKNOWN',
} as const;
export type SegmentMembershipCauseKind =
  (typeof SegmentMembershipCauseKind)[keyof typeof SegmentMembershipCauseKind];

registerEnumType(SegmentMembershipCauseKind, {
  name: 'SegmentMembershipCauseKind',
  description: 'Why a file entered or left a segment. (变动原因)',
  valuesConfig: {
    CHANGE: { description: 'A change of the file. (档案变更)' },
    TIME: { description: 'Time has passed. (时间推移)' },
    REDEFINED: {
      description: 'The segment’s rule or list was changed, or that of a segment it refers to. (规则变更)',
    },
    REFERENCE: {
      description:
        'Something outside of the file changed that the rule reads: an employee, a team, a tag. (关联对象变更)',
    },
    UNKNOWN: { description: 'The log of changes was interrupted, as after a restore. (原因不明)' },
  },
});

@ObjectType({ description: 'Why a file entered or left a segment. (变动原因)', simpleResolvers: true })
@Extensions({ access: 'open' })
export class SegmentMembershipCause {
  @Field(() => SegmentMembershipCauseKind, { description: 'What kind of cause. (原因类型)' })
  kind!: SegmentMembershipCauseKind;

  @Field(() => Int, {
    nullable: true,
    description:
      'The file’s version after the change, by which it is found in the history: the last change of what the rule reads. Null for other causes. (版本号)',
  })
  version!: number | null;
}

@ObjectType({
  description: 'A file entered or left a segment, as a follower sees it. (客户分群成员事件)',
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class SegmentMembershipEvent {
  @Field(() => String, { description: 'Resume after this event with it. Opaque. (游标)' })
  @Extensions({ text: 'CONTROLLED' })
  cursor!: string;

  @Field(() => SegmentMembershipEventType, { description: 'What happened. (事件类型)' })
  type!: SegmentMembershipEventType;

  @Field(() => DateTimeScalar, { description: 'When its cause happened. (发生时间)' })
  occurredAt!: string;

  @Field(() => ID, {
    nullable: true,
    description: 'The file; null for BOOKMARK and BULK_CHANGED. (客户)',
  })
  customerId!: string | null;

  @Field(() => SegmentMembershipCause, {
    nullable: true,
    description: 'Why; null for BOOKMARK and BULK_CHANGED. (原因)',
  })
  cause!: SegmentMembershipCause | null;
}
