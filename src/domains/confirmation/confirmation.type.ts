import { Field, ID, Int, ObjectType } from 'type-graphql';
import { DateTimeScalar } from '../../core/graphql/schema/scalars.ts';
import { publishEnum } from '../../core/model/enumeration.ts';
import { Extensions } from '../../core/model/extensions.ts';
import { ConfirmationChannel } from '../verification/verification.table.ts';
import { ProposalState, RequestOutcome } from './confirmation.table.ts';

publishEnum(RequestOutcome, 'ConfirmationOutcome', 'How a request for confirmation ended. (确认请求结果)', {
  // R87
  ANSWERED: 'The customer answered on the page. (已答复)',
  REVOKED: 'Somebody revoked it. (已撤回)',
  REPLACED: 'Another request took its place. (已被替代)',
  LOCKED: 'Wrong digits were typed ten times. (已锁定)',
});

publishEnum(ProposalState, 'ProposalState', 'What became of a customer’s correction. (更正状态)', {
  // R87
  OPEN: 'Nobody has dealt with it yet. (待处理)',
  ACCEPTED: 'It was written into the file. (已采纳)',
  DECLINED: 'It was not. (未采纳)',
  REPLACED: 'The customer answered again before anybody dealt with it. (已被替代)',
});

@ObjectType({
  description: 'A link by which a customer confirms their file; not the link itself. (确认请求)',
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class ConfirmationRequest {
  @Field(() => ConfirmationChannel, { description: 'How the link reaches the customer. (确认渠道)' })
  channel!: ConfirmationChannel;

  @Field(() => ID, {
    nullable: true,
    description:
      'The contact to whom it is sent or given, who sees no other’s data; null for a link for whoever has a number in the file. (联系人)',
  })
  contactId!: string | null;

  @Field(() => DateTimeScalar, { description: 'When. (请求时间)' })
  requestedAt!: string;

  @Field(() => Int, { description: 'How often wrong digits were typed, 0 to 10. (输错次数)' })
  wrongTries!: number;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      'When it was answered, revoked, replaced or locked; null until then, also while an archived or resubmitted file keeps the link from working. (结束时间)',
  })
  endedAt!: string | null;

  @Field(() => RequestOutcome, {
    nullable: true,
    description: 'How it ended; null until then. (结果)',
  })
  outcome!: RequestOutcome | null;
}

@ObjectType({
  description:
    'A value that the customer corrected on the page. It is written only when somebody accepts it. (客户更正)',
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class ProposedChange {
  @Field(() => ID, { description: 'For `acceptProposedChange` and `declineProposedChange`. (编号)' })
  id!: string;

  @Field(() => String, { description: 'The field, such as `mobile`. (字段)' })
  @Extensions({ text: 'CONTROLLED' })
  field!: string;

  @Field(() => ID, { description: 'The object that has it: the file or a contact. (对象编号)' })
  entityId!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'What the customer was shown, as a text, of a list one item a line; null for who knows people by id only. (原值)',
  })
  @Extensions({ text: 'QUOTED' })
  shownText!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'What they wrote in its place; null for nothing, and for who knows people by id only. (更正为)',
  })
  @Extensions({ text: 'QUOTED' })
  proposedText!: string | null;

  @Field(() => Boolean, {
    description:
      'The value is not what the customer was shown any more; accepting an open proposal is CONFLICT then. (原值是否已变)',
  })
  hasChanged!: boolean;

  @Field(() => ProposalState, { description: 'What became of it. (状态)' })
  state!: ProposalState;

  @Field(() => DateTimeScalar, { description: 'When the customer sent it. (提出时间)' })
  proposedAt!: string;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When somebody dealt with it. (处理时间)' })
  decidedAt!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Why it was declined; null for nothing, and for who knows people by id only. (未采纳原因)',
  })
  @Extensions({ text: 'QUOTED' })
  reason!: string | null;
}
