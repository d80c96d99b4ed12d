import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { Extensions } from '../../core/model/extensions.ts';
import { Task } from '../../domains/task/task.type.ts';

@InputType({ description: 'Something that has changed at the customer, as somebody heard of it. (变更上报)' }) // R93
export class ReportChangeInput {
  @Field(() => ID, { description: 'The file. NOT_FOUND for one the viewer cannot see. (客户编号)' })
  customerId!: string;

  @Field(() => ID, {
    nullable: true,
    description: 'Whose detail it is: a contact of this customer; absent, the customer’s own. (联系人编号)',
  })
  contactId?: string | null;

  @Field(() => String, {
    description:
      'The field that is not right any more, as Customer or Contact names it: one that is written, of no class credit or special. (字段)',
  })
  field!: string;

  @Field(() => String, {
    description:
      'What is known of the change, 1 to 1,000 characters. Sent again by the same employee it is not added twice; REPORTS_TOO_LONG when a task holds 20,000 characters. (上报内容)',
  })
  what!: string;
}

@ObjectType({ description: 'The task that the report opened, or was added to. (变更上报结果)' })
@Extensions({ access: 'open' })
export class ReportChangePayload {
  @Field(() => Task, { description: 'The task of the file’s owner to enter the change. (待办)' })
  task!: Task;
}
