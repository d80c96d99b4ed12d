import { ObjectType } from 'type-graphql';
import { Node } from '../../core/graphql/schema/node.type.ts';
import { Attribute } from '../../core/model/attribute.ts';
import { publishEnum } from '../../core/model/enumeration.ts';
import { ContactRole, contact, Gender, NumberFault } from './contact.table.ts';

publishEnum(ContactRole, 'ContactRole', 'Part a contact plays in a purchase. (采购角色)', {
  // R35
  BUYER: 'Carries out the purchase. (采购人)',
  DECISION_MAKER: 'Decides. (决策者)',
  INFLUENCER: 'Is listened to. (影响者)',
  USER: 'Uses what is bought. (使用者)',
  EXTERNAL_LIAISON: 'Deals with outsiders. (对外联络人)',
});

publishEnum(NumberFault, 'NumberFault', 'Why a telephone number is invalid. (号码无效原因)', {
  // R93
  VACANT: 'There is no such number. (空号)',
  SUSPENDED: 'It is out of service. (停机)',
});

publishEnum(Gender, 'Gender', 'Gender, as far as known. (性别)', {
  FEMALE: 'Female. (女)',
  MALE: 'Male. (男)',
  OTHER: 'Another, or not given. (其他)',
});

@ObjectType('Contact', { implements: Node, description: 'A person at a customer. (联系人)' })
export class Contact extends Node {
  @Attribute({
    column: contact.name,
    access: 'card',
    text: 'IDENTIFYING',
    standard: 'NAME',
    sortable: true,
    orderedBy: contact.nameKey,
    description: 'Name, 1 to 100 characters. (姓名)',
  })
  name!: string | null;

  @Attribute({
    column: contact.title,
    access: 'card',
    text: 'IDENTIFYING',
    description: 'Job title, at most 100 characters. (职务)',
  })
  title!: string | null;

  @Attribute({
    column: contact.department,
    access: 'basic',
    text: 'CONTROLLED',
    description: 'Department, at most 100 characters. (部门)',
  })
  department!: string | null;

  @Attribute({
    column: contact.role,
    access: 'basic',
    enumeration: ContactRole,
    description: 'Part in a purchase. (采购角色)', // R35
  })
  role!: ContactRole | null;

  @Attribute({
    column: contact.phone,
    access: 'contact',
    text: 'IDENTIFYING',
    standard: 'PHONE',
    description:
      'A complete phone number: "138" is refused. Read with the customer’s country unless it begins with + or 00; stored as E.164. An extension written behind it (转801, -801, *8001, ext. 801) becomes phoneExtension. Of an organization also a Chinese service number such as 95588, stored as dialled. (电话)', // R63
  })
  phone!: string | null;

  @Attribute({
    column: contact.phoneExtension,
    access: 'contact',
    text: 'IDENTIFYING',
    description:
      'Extension of phone, 1 to 8 digits. Cleared by a new phone without one; refused without a phone. (分机号)',
  })
  phoneExtension!: string | null;

  @Attribute({
    column: contact.mobile,
    access: 'contact',
    text: 'IDENTIFYING',
    standard: 'PHONE',
    description:
      'A complete mobile number, as phone, but without an extension. A landline number is refused (MOBILE_LANDLINE); in a new contact without a phone it becomes that, with a warning. (手机)',
  })
  mobile!: string | null;

  @Attribute({
    column: contact.phoneFault,
    access: 'contact',
    enumeration: NumberFault,
    description:
      'The phone is invalid, as somebody found who called it; null unless that was reported, and again when the phone changes. (电话无效)', // R93
  })
  phoneFault!: NumberFault | null;

  @Attribute({
    column: contact.mobileFault,
    access: 'contact',
    enumeration: NumberFault,
    description:
      'The mobile number is invalid, as somebody found who called it; null unless that was reported, and again when it changes. (手机无效)', // R93
  })
  mobileFault!: NumberFault | null;

  @Attribute({
    column: contact.email,
    access: 'contact',
    text: 'IDENTIFYING',
    standard: 'EMAIL',
    description: 'E-mail address, at most 254 bytes. (邮箱)',
  })
  email!: string | null;

  @Attribute({
    column: contact.wechat,
    access: 'contact',
    text: 'IDENTIFYING',
    description: 'WeChat account, at most 64 characters. (微信)',
  })
  wechat!: string | null;

  @Attribute({
    column: contact.birthday,
    access: 'personal',
    description: 'Birthday, from 1900 to today. (生日)',
  })
  birthday!: string | null;

  @Attribute({
    column: contact.gender,
    access: 'personal',
    enumeration: Gender,
    description: 'Gender. (性别)',
  })
  gender!: Gender | null;

  @Attribute({
    column: contact.household,
    access: 'personal',
    text: 'FREE',
    history: 'OVERWRITE',
    description: 'Household, at most 1,000 characters. (家庭情况)', // R36
  })
  household!: string | null;

  @Attribute({
    column: contact.preferences,
    access: 'personal',
    text: 'FREE',
    description: 'Likes and habits, at most 2,000 characters. (喜好)', // R45
  })
  preferences!: string | null;

  @Attribute({
    column: contact.notes,
    access: 'personal',
    text: 'FREE',
    description: 'Whatever else is worth knowing, at most 2,000 characters. (备注)',
  })
  notes!: string | null;

  @Attribute({
    column: contact.religion,
    access: 'special',
    text: 'FREE',
    history: 'OVERWRITE',
    description: 'Religion; readable only by grant. (宗教信仰)', // R30
  })
  religion!: string | null;

  @Attribute({
    column: contact.health,
    access: 'special',
    text: 'FREE',
    history: 'OVERWRITE',
    description: 'Health; readable only by grant. (健康状况)', // R31
  })
  health!: string | null;

  @Attribute({
    column: contact.politicalStatus,
    access: 'special',
    text: 'FREE',
    history: 'OVERWRITE',
    description: 'Political status; readable only by grant. (政治面貌)', // R26
  })
  politicalStatus!: string | null;

  @Attribute({
    column: contact.isPrimary,
    access: 'basic',
    nullable: false,
    description:
      'The customer’s first contact, at most one per file: true puts it in the place of the former. The contact entered first is it unless this says otherwise; after its deletion, the one entered next. (首要联系人)',
  })
  isPrimary!: boolean;

  @Attribute({
    column: contact.version,
    access: 'basic',
    nullable: false,
    filterable: false,
    description: 'Grows by one with each change. (版本号)',
  })
  version!: number;

  @Attribute({
    column: contact.createdAt,
    access: 'basic',
    nullable: false,
    sortable: true,
    description: 'When the contact was entered. (创建时间)',
  })
  createdAt!: string;

  @Attribute({
    column: contact.updatedAt,
    access: 'basic',
    nullable: false,
    sortable: true,
    description: 'When the contact last changed. (更新时间)',
  })
  updatedAt!: string;
}
