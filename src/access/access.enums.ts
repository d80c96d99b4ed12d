import { publishEnum } from '../model/enumeration.ts';
import type { AccessClass } from './policy.ts';

/** The access classes under the names that clients see. */
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
  CARD: 'Name, contact name and title, owner. (名片)',
  BASIC: 'Number, industry, region, size, stage, tier, tags, dates. (基本信息)',
  CONTACT: 'Phone, e-mail, address, accounts. (联系方式)',
  BUSINESS: 'Needs, budgets, interactions, deals. (业务信息)',
  CREDIT: 'Grade, limit, terms. (信用信息)',
  PERSONAL: 'Birthday, gender, household, preferences. (个人信息)',
  SPECIAL: 'Religion, health, politics: only with the recorded consent of the person. (敏感个人信息)',
});
