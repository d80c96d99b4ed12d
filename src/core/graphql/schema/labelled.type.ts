import { Field, InputType, ObjectType } from 'type-graphql';
import { Extensions } from '../../model/extensions.ts';

// Texts of an entry are authorized by the field of the customer that holds the list.

@ObjectType('LabelledPhone', {
  description: 'A telephone number and what it is for. (电话)',
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class LabelledPhoneType {
  @Field(() => String, { nullable: true, description: 'What it is for, such as 总机. (用途)' })
  @Extensions({ text: 'QUOTED' })
  label!: string | null;

  @Field(() => String, { description: 'E.164, or a service number such as 95588. (号码)' })
  @Extensions({ text: 'QUOTED' })
  number!: string;

  @Field(() => String, { nullable: true, description: 'Extension, 1 to 8 digits. (分机号)' })
  @Extensions({ text: 'QUOTED' })
  extension!: string | null;
}

@ObjectType('LabelledEmail', {
  description: 'An e-mail address and what it is for. (邮箱)',
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class LabelledEmailType {
  @Field(() => String, { nullable: true, description: 'What it is for, such as 采购. (用途)' })
  @Extensions({ text: 'QUOTED' })
  label!: string | null;

  @Field(() => String, { description: 'The address. (邮箱地址)' })
  @Extensions({ text: 'QUOTED' })
  address!: string;
}

@ObjectType('ExternalKey', {
  description: 'The key by which another system knows the customer. (外部编号)',
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class ExternalKeyType {
  @Field(() => String, { description: 'The system. (来源系统)' })
  @Extensions({ text: 'QUOTED' })
  source!: string;

  @Field(() => String, { description: 'Its key there. (编号)' })
  @Extensions({ text: 'QUOTED' })
  key!: string;
}

@InputType({ description: 'A telephone number and what it is for. (电话)' })
export class LabelledPhoneInput {
  @Field(() => String, { nullable: true, description: 'What it is for, at most 30 characters. (用途)' })
  label?: string | null;

  @Field(() => String, {
    description:
      'A complete number, read with the country of the file; may have its extension behind it. (号码)',
  })
  number!: string;

  @Field(() => String, { nullable: true, description: 'Extension, 1 to 8 digits. (分机号)' })
  extension?: string | null;
}

@InputType({ description: 'An e-mail address and what it is for. (邮箱)' })
export class LabelledEmailInput {
  @Field(() => String, { nullable: true, description: 'What it is for, at most 30 characters. (用途)' })
  label?: string | null;

  @Field(() => String, { description: 'The address, at most 254 bytes. (邮箱地址)' })
  address!: string;
}

@InputType({ description: 'The key by which another system knows the customer. (外部编号)' })
export class ExternalKeyInput {
  @Field(() => String, {
    description: 'The system: 1 to 63 lower-case letters, digits and hyphens. (来源系统)',
  })
  source!: string;

  @Field(() => String, { description: 'Its key there, 1 to 200 characters. (编号)' })
  key!: string;
}
