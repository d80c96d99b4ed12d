import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { ExpectedVersion, IdempotencyKey } from '../../core/graphql/schema/input-field.ts';
import { DateScalar } from '../../core/graphql/schema/scalars.ts';
import { Extensions } from '../../core/model/extensions.ts';
import { Customer } from '../customer/customer.type.ts';
import { ContactRole, Gender } from './contact.table.ts';
import { Contact } from './contact.type.ts';

/** What can be said of a contact both at first and later. */
@InputType()
abstract class ContactFieldsInput {
  @Field(() => String, { nullable: true, description: 'Job title, at most 100 characters. (职务)' })
  title?: string | null;

  @Field(() => String, { nullable: true, description: 'Department, at most 100 characters. (部门)' })
  department?: string | null;

  @Field(() => ContactRole, { nullable: true, description: 'Part in a purchase, R35. (采购角色)' })
  role?: ContactRole | null;

  @Field(() => String, {
    nullable: true,
    description:
      'A complete phone number, R63: "138" is refused. Read with the customer’s country unless it begins with + or 00; stored as E.164. (电话)',
  })
  phone?: string | null;

  @Field(() => String, { nullable: true, description: 'A complete mobile number, as phone. (手机)' })
  mobile?: string | null;

  @Field(() => String, { nullable: true, description: 'E-mail address, at most 254 bytes. (邮箱)' })
  email?: string | null;

  @Field(() => String, { nullable: true, description: 'WeChat account, at most 64 characters. (微信)' })
  wechat?: string | null;

  @Field(() => DateScalar, { nullable: true, description: 'Birthday, from 1900 to today. (生日)' })
  birthday?: string | null;

  @Field(() => Gender, { nullable: true, description: 'Gender. (性别)' })
  gender?: Gender | null;

  @Field(() => String, {
    nullable: true,
    description: 'Household, at most 1,000 characters, R36. (家庭情况)',
  })
  household?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Likes and habits, at most 2,000 characters, R45. (喜好)',
  })
  preferences?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'True makes it the customer’s first contact, in place of the former. (首要联系人)',
  })
  isPrimary?: boolean | null;
}

@InputType({ description: 'A person to be added to a customer file. (新建联系人)' })
export class CreateContactInput extends ContactFieldsInput {
  @Field(() => ID, { description: 'The file. NOT_FOUND also when it is not the viewer’s. (客户编号)' })
  customerId!: string;

  @Field(() => String, { description: 'Name, 1 to 100 characters. (姓名)' })
  name!: string;

  @IdempotencyKey('contact')
  idempotencyKey?: string | null;
}

@InputType({
  description: 'A change of a contact: an absent field is left alone, null clears one. (修改联系人)',
})
export class UpdateContactInput extends ContactFieldsInput {
  @Field(() => ID, {
    description: 'The contact. NOT_FOUND also when its file is not the viewer’s. (联系人编号)',
  })
  id!: string;

  @ExpectedVersion('The contact’s')
  expectedVersion!: number;

  @Field(() => String, { nullable: true, description: 'Name, 1 to 100 characters. (姓名)' })
  name?: string | null;
}

@InputType({ description: 'A contact to be removed. (删除联系人)' })
export class DeleteContactInput {
  @Field(() => ID, {
    description: 'The contact. NOT_FOUND also when its file is not the viewer’s. (联系人编号)',
  })
  id!: string;

  @ExpectedVersion('The contact’s')
  expectedVersion!: number;
}

@ObjectType({ description: 'The contact that was added. (新建结果)' })
@Extensions({ access: 'open' })
export class CreateContactPayload {
  @Field(() => Contact, { description: 'The new contact. (联系人)' })
  contact!: Contact;
}

@ObjectType({ description: 'The contact after the change. (修改结果)' })
@Extensions({ access: 'open' })
export class UpdateContactPayload {
  @Field(() => Contact, { description: 'The contact as it is now. (联系人)' })
  contact!: Contact;
}

@ObjectType({ description: 'What remains after a contact was removed. (删除结果)' })
@Extensions({ access: 'open' })
export class DeleteContactPayload {
  @Field(() => ID, { description: 'The contact that is gone. (联系人编号)' })
  contactId!: string;

  @Field(() => Customer, { description: 'The file it was in, as it is now. (客户档案)' })
  customer!: Customer;
}
