import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { Extensions } from '../../core/model/extensions.ts';
import { NumberFault } from './contact.table.ts';
import { Contact } from './contact.type.ts';

@InputType({ description: 'A number that reaches nobody, as whoever called it found. (号码无效上报)' }) // R93
export class MarkNumberInvalidInput {
  @Field(() => ID, { description: 'Whose number it is. (联系人编号)' })
  contactId!: string;

  @Field(() => String, {
    description:
      'The number that was called, as `phone` or `mobile` of the contact shows it: CONFLICT if the contact has another now. (号码)',
  })
  number!: string;

  @Field(() => NumberFault, { description: 'What the caller heard. (无效原因)' })
  fault!: NumberFault;
}

@ObjectType({ description: 'The contact as it is now. (号码无效上报结果)' })
@Extensions({ access: 'open' })
export class MarkNumberInvalidPayload {
  @Field(() => Contact, { description: 'The contact as it is now. (联系人)' })
  contact!: Contact;
}
