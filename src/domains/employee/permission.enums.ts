import type { AccessClass, Reach as PolicyReach } from '../../core/access/policy.ts';
import type { WithheldReason as Reason } from '../../core/errors.ts';
import { publishEnum } from '../../core/model/enumeration.ts';

/** The access classes, by their GraphQL names. */
export const AccessClassName = {
  CARD: 'card',
  BASIC: 'basic',
  CONTACT: 'contact',
  BUSINESS: 'business',
  CREDIT: 'credit',
  PERSONAL: 'personal',
  SPECIAL: 'special',
} as const satisfies Record<Uppercase<AccessClass>, AccessClass>;
export type AccessClassName = AccessClass;

publishEnum(AccessClassName, 'AccessClass', 'What kind of fields of a file a right covers. (信息类别)', {
  CARD: 'Name, contact name and title. (名片)',
  BASIC: 'Number, owner, industry, region, size, stage, tier, tags, dates. (基本信息)',
  CONTACT: 'Phone, e-mail, address, accounts. (联系方式)',
  BUSINESS: 'Needs, budgets, interactions, deals. (业务信息)',
  CREDIT: 'Grade, limit, terms. (信用信息)',
  PERSONAL: 'Birthday, gender, household, preferences. (个人信息)',
  SPECIAL: 'Religion, health, politics: only with the recorded consent of the person. (敏感个人信息)',
});

/** How far a right reaches, by its GraphQL names. */
export const Reach = {
  ALL: 'ALL',
  OWN: 'OWN',
  GRANTED: 'GRANTED',
  NONE: 'NONE',
} as const satisfies Record<PolicyReach, PolicyReach>;
export type Reach = PolicyReach;

publishEnum(Reach, 'Reach', 'On which files a right holds. (权限范围)', {
  ALL: 'On every file. (全部)',
  OWN: 'On files the viewer owns; reading also where a grant names the class. (本人负责)',
  GRANTED: 'Only where a grant names the class. (经授权)',
  NONE: 'Nowhere. (无)',
});

/** Why a field is withheld, by its GraphQL names. */
export const WithheldReason = {
  ROLE: 'ROLE',
  NOT_OWNER: 'NOT_OWNER',
  APPROVAL_REQUIRED: 'APPROVAL_REQUIRED',
} as const satisfies Record<Reason, Reason>;
export type WithheldReason = Reason;

publishEnum(WithheldReason, 'WithheldReason', 'Why a field is withheld. (不可见原因)', {
  ROLE: 'The role never reads it; access cannot be requested. (角色无权)',
  NOT_OWNER: 'The file is a colleague’s; access can be requested. (非本人负责)',
  APPROVAL_REQUIRED: 'Only with an approved grant; access can be requested. (需审批)',
});
