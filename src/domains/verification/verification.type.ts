import { Field, ID, ObjectType } from 'type-graphql';
import { DateTimeScalar } from '../../core/graphql/schema/scalars.ts';
import { Extensions } from '../../core/model/extensions.ts';
import { VerificationState } from '../customer/customer.table.ts';
import { FieldState } from './verification.enums.ts';
import { ConfirmationChannel, ConfirmationWay, VerificationMethod } from './verification.table.ts';

// Read for each viewer from what they may read: see verification.loader.ts.

@ObjectType({
  description: 'How far one value of a file has been verified. (字段核实)',
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class FieldVerification {
  @Field(() => String, { description: 'The field, such as `mobile`. (字段)' })
  @Extensions({ text: 'CONTROLLED' })
  field!: string;

  @Field(() => ID, { description: 'The object that has it: the file, a contact or a need. (对象编号)' })
  entityId!: string;

  @Field(() => FieldState, { description: 'How far it has been verified. (核实状态)' })
  state!: FieldState;

  @Field(() => VerificationMethod, { nullable: true, description: 'By what; null if it was not. (核实方式)' })
  method!: VerificationMethod | null;

  @Field(() => String, {
    nullable: true,
    description: 'What proves it; null for nothing, and for who knows people by id only. (核实依据)',
  })
  @Extensions({ text: 'QUOTED' })
  evidence!: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When; null if it was not. (核实时间)' })
  verifiedAt!: string | null;

  @Field(() => Boolean, {
    description: 'The author of the value verified it, by a second pass. (是否本人复核)', // R88
  })
  isSecondPass!: boolean;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      'When the value changed or somebody verified it again; null for the check that holds. (失效时间)',
  })
  endedAt!: string | null;

  @Field(() => Boolean, {
    description:
      'The customer confirmed this value, and it has not changed since; of fields of the file and its contacts alone. False for a check that ended. (客户是否已确认)', // R87
  })
  isConfirmed!: boolean;
}

@ObjectType({
  description: 'What the customer answered when a file was shown or read to them. (客户答复)',
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class CustomerAnswer {
  @Field(() => VerificationState, { description: 'CONFIRMED or DISPUTED. (答复)' })
  state!: VerificationState;

  @Field(() => ConfirmationChannel, { description: 'By what it came. (确认渠道)' })
  channel!: ConfirmationChannel;

  @Field(() => ConfirmationWay, { description: 'In what form. (答复形式)' })
  way!: ConfirmationWay;

  @Field(() => String, {
    nullable: true,
    description:
      'What proves it, or what the customer wrote; null for nothing, and for who knows people by id only. (依据)',
  })
  @Extensions({ text: 'QUOTED' })
  evidence!: string | null;

  @Field(() => DateTimeScalar, { description: 'When. (答复时间)' })
  answeredAt!: string;
}

@ObjectType({
  description: 'How far a file has been verified, and by whom. (审核情况)',
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class Verification {
  @Field(() => VerificationState, { description: 'As `verificationState` of the file. (审核状态)' })
  state!: VerificationState;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was last submitted. (提交时间)' })
  submittedAt!: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it was approved; null for a file that is not verified now. (审核时间)',
  })
  verifiedAt!: string | null;

  @Field(() => Boolean, {
    description: 'Who submitted it approved it, by a second pass. (是否本人复核)', // R88
  })
  isSecondPass!: boolean;

  @Field(() => String, {
    nullable: true,
    description:
      'Why it was rejected; null in every other state, and for who knows people by id only. (驳回原因)',
  })
  @Extensions({ text: 'QUOTED' })
  rejectedReason!: string | null;
}
