import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { Extensions } from '../../core/model/extensions.ts';
import { CustomerFilter } from '../customer/customer.model.ts';
import { HandoverReason } from './handover.table.ts';
import { Handover } from './handover.type.ts';

@InputType({ description: 'Which of the files go to whom. (移交规则)' })
export class HandoverRuleInput {
  @Field(() => CustomerFilter, {
    nullable: true,
    description:
      'Files that match this and no earlier rule; without it, all that remain. NO_CONDITION for a filter without any condition, such as `{}` or `{ region: null }`. (筛选)',
  })
  filter?: object | null;

  @Field(() => ID, {
    description:
      'The active employee who takes over as owner, custodian or both. Not the employee who hands over; EMPLOYEE_ROLE if the role cannot. (接收人编号)',
  })
  toEmployeeId!: string;
}

@InputType({ description: 'A handover of an employee’s files. (移交)' }) // R116
export class HandOverFilesInput {
  @Field(() => ID, { description: 'Whose files they are. (移交人编号)' })
  fromEmployeeId!: string;

  @Field(() => [HandoverRuleInput], {
    description: 'In this order, 1 to 20; a file that matches none stays where it is. (移交规则)',
  })
  rules!: HandoverRuleInput[];

  @Field(() => ID, {
    nullable: true,
    description:
      'Who receives the employee’s segments. Default: who the last rule names if the employee is disabled, else they stay. No ANALYST: they do not read what others wrote. (客户分群接收人编号)',
  })
  segmentsToEmployeeId?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Disables the employee with it: sessions and sockets close. For administrators. CONFLICT when an active file would be left without an active owner or custodian. Default false. (是否停用)',
  })
  disable?: boolean | null;

  @Field(() => HandoverReason, {
    nullable: true,
    description:
      'Why. Default: LEAVING where the employee is disabled with it, else CHANGE_OF_POST. (移交原因)',
  })
  reason?: HandoverReason | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The `state` of the preview that was looked at: CONFLICT (reason HANDOVER_CHANGED) where anything of it has changed since, and nothing moves. handoverPreview ignores it. Default: not checked. (预览状态)',
  })
  expectedState?: string | null;
}

@InputType({
  description:
    'Confirms what the viewer, or a receiver who has been disabled, received in a handover. (接收确认)',
})
export class ConfirmHandoverInput {
  @Field(() => ID, { description: 'The handover. (移交编号)' })
  id!: string;
}

@ObjectType({ description: 'The handover that took place. (移交结果)' })
@Extensions({ access: 'open' })
export class HandOverFilesPayload {
  @Field(() => Handover, { description: 'Its record. (移交记录)', simple: true })
  handover!: Handover;
}

@ObjectType({ description: 'The handover that was confirmed. (确认结果)' })
@Extensions({ access: 'open' })
export class ConfirmHandoverPayload {
  @Field(() => Handover, { description: 'Its record. (移交记录)', simple: true })
  handover!: Handover;
}
