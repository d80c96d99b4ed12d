import { Field, ObjectType } from 'type-graphql';
import { EnumeratedValue } from '../../core/model/enumerated-value.type.ts';
import { publishEnum } from '../../core/model/enumeration.ts';
import { Extensions } from '../../core/model/extensions.ts';
import { CustomerKind } from '../../domains/customer/customer.table.ts';

export const EntryFieldType = {
  TEXT: 'TEXT',
  BOOLEAN: 'BOOLEAN',
  INTEGER: 'INTEGER',
  DECIMAL: 'DECIMAL',
  DATE: 'DATE',
  INSTANT: 'INSTANT',
  ENUM: 'ENUM',
  PHONE_LIST: 'PHONE_LIST',
  EMAIL_LIST: 'EMAIL_LIST',
  KEY_LIST: 'KEY_LIST',
  TEXT_LIST: 'TEXT_LIST',
  PREMISES: 'PREMISES',
} as const;
export type EntryFieldType = (typeof EntryFieldType)[keyof typeof EntryFieldType];

publishEnum(EntryFieldType, 'EntryFieldType', 'What is entered into a field. (录入类型)', {
  TEXT: 'A text. (文本)',
  BOOLEAN: 'Yes or no. (是否)',
  INTEGER: 'A whole number. (整数)',
  DECIMAL: 'A decimal number as text. (小数)',
  DATE: 'A day. (日期)',
  INSTANT: 'A day and a time. (时间)',
  ENUM: 'One of `values`. (选项)',
  PHONE_LIST: 'Several LabelledPhoneInput. (电话列表)',
  EMAIL_LIST: 'Several LabelledEmailInput. (邮箱列表)',
  KEY_LIST: 'Several ExternalKeyInput. (编号列表)',
  TEXT_LIST: 'Several texts. (文本列表)',
  PREMISES: 'A PremisesInput. (户址)',
});

@ObjectType({ description: 'A field of a form. (录入字段)', simpleResolvers: true })
@Extensions({ access: 'open' })
export class EntryField {
  @Field(() => String, { description: 'Its name in the mutation’s input. (字段)' })
  @Extensions({ text: 'CONTROLLED' })
  name!: string;

  @Field(() => String, { description: 'Its name in Chinese. (中文名称)' })
  @Extensions({ text: 'CONTROLLED' })
  label!: string;

  @Field(() => String, { description: 'Its name in English. (英文名称)' })
  @Extensions({ text: 'CONTROLLED' })
  labelEn!: string;

  @Field(() => EntryFieldType, { description: 'What is entered. (录入类型)' })
  type!: EntryFieldType;

  @Field(() => [EnumeratedValue], { description: 'What an ENUM can be; else empty. (选项列表)' })
  values!: EnumeratedValue[];

  @Field(() => Boolean, { description: 'It must be filled in. (是否必填)' })
  isRequired!: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'The field that may be filled in instead: one of the two is required. (可替代字段)',
  })
  @Extensions({ text: 'CONTROLLED' })
  requiredUnless!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'What to mind when entering it, in Chinese. (填写说明)',
  })
  @Extensions({ text: 'CONTROLLED' })
  help!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'What to mind when entering it, in English. (英文填写说明)',
  })
  @Extensions({ text: 'CONTROLLED' })
  helpEn!: string | null;
}

@ObjectType({ description: 'One record that a form collects. (录入单)', simpleResolvers: true })
@Extensions({ access: 'open' })
export class EntryRecord {
  @Field(() => String, {
    description: 'The mutation whose input its fields are, such as createContact. (写入操作)',
  })
  @Extensions({ text: 'CONTROLLED' })
  mutation!: string;

  @Field(() => [EntryField], {
    description: 'In the order of the form; only what the viewer may set on files of their own. (字段列表)',
  })
  fields!: EntryField[];
}

@ObjectType({
  description: 'What to collect of a new customer, for a client to draw a form from. (录入模板)', // R65
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class EntryTemplate {
  @Field(() => CustomerKind, { description: 'The kind of customer. (客户类别)' })
  kind!: CustomerKind;

  @Field(() => [EntryRecord], {
    description: 'In the order of entry; none for roles that open no files. (录入单列表)',
  })
  records!: EntryRecord[];
}
