import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { DateTimeScalar } from '../../core/graphql/schema/scalars.ts';
import { Extensions } from '../../core/model/extensions.ts';
import { AccessClassName } from '../employee/permission.enums.ts';
import { AccessGrant } from './access-grant.type.ts';
import { AccessRequest } from './access-request.type.ts';

@InputType({ description: 'A request to read a colleague’s file. (访问申请)' }) // R107
export class RequestAccessInput {
  @Field(() => ID, { description: 'The file, as the directory names it. (客户)' })
  customerId!: string;

  @Field(() => [AccessClassName], {
    description:
      'What is needed beyond card and basic, which every grant includes; may be empty for roles that see only their own files. BAD_USER_INPUT for classes that the viewer can read anyway, FORBIDDEN for those that the role may never read. (信息类别)',
  })
  classes!: AccessClassName[];

  @Field(() => String, { description: 'What the file is needed for, 2 to 500 characters. (用途)' })
  purpose!: string;

  @Field(() => DateTimeScalar, {
    description:
      'When the access ends and the file is due back, at most `Settings.grantLongest` ahead, 90 days by default. (截止时间)',
  })
  until!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'Chosen by the client, 1 to 64 characters: the same key again returns the first request. BAD_USER_INPUT with another input. (幂等键)',
  })
  idempotencyKey?: string | null;
}

@InputType({ description: 'Approval of a request. (批准申请)' })
export class ApproveAccessInput {
  @Field(() => ID, { description: 'The request. (申请编号)' })
  requestId!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'Where the person’s separate consent is recorded, 1 to 200 characters: BAD_USER_INPUT without it for special classes. (单独同意凭证)',
  })
  consentReference?: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'An earlier end of the access than requested. (截止时间)',
  })
  until?: string | null;
}

@InputType({ description: 'Refusal of a request. (拒绝申请)' })
export class DeclineAccessInput {
  @Field(() => ID, { description: 'The request. (申请编号)' })
  requestId!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The reason, for the requester; at most 500 characters. (审批意见)',
  })
  reason?: string | null;
}

@InputType({ description: 'Withdrawal of one’s own request. (撤回申请)' })
export class WithdrawAccessInput {
  @Field(() => ID, { description: 'The request. (申请编号)' })
  requestId!: string;
}

@InputType({ description: 'Return of a file by the grantee. (归还档案)' }) // R108
export class ReturnFileInput {
  @Field(() => ID, { description: 'The grant that opens it. (授权编号)' })
  grantId!: string;
}

@InputType({ description: 'A later end of a grant, requested by its grantee. (续借申请)' }) // R108
export class RenewGrantInput {
  @Field(() => ID, { description: 'The grant, in force. (授权编号)' })
  grantId!: string;

  @Field(() => DateTimeScalar, {
    description:
      'The new end: later than the present one, and no further ahead than a new grant may last. (续借至)',
  })
  until!: string;
}

@InputType({ description: 'Recall of a grant. (收回授权)' })
export class RecallGrantInput {
  @Field(() => ID, { description: 'The grant. (授权编号)' })
  grantId!: string;
}

@ObjectType()
abstract class RequestOutcome {
  @Field(() => AccessRequest, { description: 'The request as it is now. (访问申请)', simple: true })
  request!: AccessRequest;
}

@ObjectType({ description: 'The request that was made. (申请结果)' })
@Extensions({ access: 'open' })
export class RequestAccessPayload extends RequestOutcome {}

@ObjectType({ description: 'The request after it was approved, with its grant. (批准结果)' })
@Extensions({ access: 'open' })
export class ApproveAccessPayload extends RequestOutcome {}

@ObjectType({ description: 'The request after it was declined. (拒绝结果)' })
@Extensions({ access: 'open' })
export class DeclineAccessPayload extends RequestOutcome {}

@ObjectType({ description: 'The request after it was withdrawn. (撤回结果)' })
@Extensions({ access: 'open' })
export class WithdrawAccessPayload extends RequestOutcome {}

@ObjectType({ description: 'The renewal that was requested. (续借申请结果)' })
@Extensions({ access: 'open' })
export class RenewGrantPayload extends RequestOutcome {}

@ObjectType()
abstract class GrantOutcome {
  @Field(() => AccessGrant, { description: 'The grant as it is now. (访问授权)', simple: true })
  grant!: AccessGrant;
}

@ObjectType({ description: 'The grant after the file was returned. (归还结果)' })
@Extensions({ access: 'open' })
export class ReturnFilePayload extends GrantOutcome {}

@ObjectType({ description: 'The grant after it was recalled. (收回结果)' })
@Extensions({ access: 'open' })
export class RecallGrantPayload extends GrantOutcome {}
