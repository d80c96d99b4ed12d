import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { IdempotencyKey } from '../../core/graphql/schema/input-field.ts';
import { Extensions } from '../../core/model/extensions.ts';
import { CustomerOutcome } from '../customer/customer.input.ts';
import { VerificationState } from '../customer/customer.table.ts';
import { FileDecisionInput } from '../verification/verification.input.ts';
import { ConfirmationChannel, ConfirmationWay } from '../verification/verification.table.ts';

@InputType({ description: 'A verified file, and how its customer is heard about it. (客户确认)' })
export class RequestConfirmationInput extends FileDecisionInput {
  @Field(() => ConfirmationChannel, { description: 'By what the answer comes, or came. (确认渠道)' })
  channel!: ConfirmationChannel;

  @Field(() => ID, {
    nullable: true,
    description:
      'Of LINK, QR and EMAIL, and required for EMAIL, which goes to its address: the contact of the file who is to confirm. They see the fields of the file and their own; without one the fields of the file are shown, and those of the contact whose number the reader types, if it is of one contact alone. NOT_IN_FILE, NO_EMAIL. (联系人)',
  })
  contactId?: string | null;

  @Field(() => VerificationState, {
    nullable: true,
    description:
      'Of RECORDED, and required there: CONFIRMED or DISPUTED; any other state is ANSWER_STATE. (答复)',
  })
  answer?: VerificationState | null;

  @Field(() => ConfirmationWay, {
    nullable: true,
    description:
      'Of RECORDED, and required there: in what form, but for PAGE, which is NOT_RECORDED. (答复形式)',
  })
  way?: ConfirmationWay | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Of RECORDED, and required there: what proves it, 1 to 1,000 characters, such as who said it when. (依据)',
  })
  evidence?: string | null;

  @IdempotencyKey('request, with another link in place of the first, and no second mail')
  idempotencyKey?: string | null;
}

@ObjectType({ description: 'The file whose customer is heard, or was. (客户确认结果)' })
@Extensions({ access: 'open' })
export class RequestConfirmationPayload extends CustomerOutcome {
  @Field(() => String, {
    nullable: true,
    description:
      'Of LINK and QR: the page of the customer, shown this once. Whoever has it and the last four digits of a telephone number in the file can read and answer. (确认链接)',
  })
  @Extensions({ text: 'QUOTED' })
  url!: string | null;

  @Field(() => String, { nullable: true, description: 'Of QR: the same as a QR code, in SVG. (二维码)' })
  @Extensions({ text: 'QUOTED' })
  qrCode!: string | null;
}

@InputType({ description: 'The file whose link is to lead nowhere any more. (撤回确认请求)' })
export class RevokeConfirmationInput {
  @Field(() => ID, { description: 'The file. NOT_FOUND also when it is not the viewer’s. (客户)' })
  id!: string;
}

@ObjectType({ description: 'The file whose link was revoked. (撤回结果)' })
@Extensions({ access: 'open' })
export class RevokeConfirmationPayload extends CustomerOutcome {}

@InputType({ description: 'A correction of the customer to be written. (采纳更正)' })
export class AcceptProposedChangeInput {
  @Field(() => ID, {
    description: 'The correction. NOT_FOUND also when its file is not the viewer’s. (更正)',
  })
  id!: string;
}

@ObjectType({ description: 'The file with the correction. (采纳结果)' })
@Extensions({ access: 'open' })
export class AcceptProposedChangePayload extends CustomerOutcome {}

@InputType({ description: 'A correction of the customer that is not written. (不采纳更正)' })
export class DeclineProposedChangeInput extends AcceptProposedChangeInput {
  @Field(() => String, { nullable: true, description: 'Why, at most 500 characters. (原因)' })
  reason?: string | null;
}

@ObjectType({ description: 'The file without the correction. (不采纳结果)' })
@Extensions({ access: 'open' })
export class DeclineProposedChangePayload extends CustomerOutcome {}
