import { publishEnum } from '../../core/model/enumeration.ts';
import { ConfirmationChannel, ConfirmationWay, VerificationMethod } from './verification.table.ts';

publishEnum(VerificationMethod, 'VerificationMethod', 'By what a value was verified. (核实方式)', {
  // R88
  WEBSITE: 'The customer’s own website. (官网)',
  REGISTER: 'A public register. (公开登记信息)',
  PHONE: 'A telephone call. (电话)',
  DOCUMENT: 'A document that was seen. (证件资料)',
  VISIT: 'A visit. (实地走访)',
});

/** How far a value has been verified. */
export const FieldState = { UNVERIFIED: 'UNVERIFIED', NOTED: 'NOTED', VERIFIED: 'VERIFIED' } as const;
export type FieldState = (typeof FieldState)[keyof typeof FieldState];

publishEnum(FieldState, 'FieldVerificationState', 'How far a value has been verified. (字段核实状态)', {
  // R92
  UNVERIFIED: 'Not since it was last changed. (未核实)',
  NOTED: 'Once, by its own author: a second pass is to follow. (已初核)',
  VERIFIED: 'Verified. (已核实)',
});

publishEnum(
  ConfirmationChannel,
  'ConfirmationChannel',
  'By what way a customer’s answer comes. There are no SMS and WECOM: they are added with the gateways that send them. (确认渠道)',
  {
    // R87
    LINK: 'A link, which the employee sends by any app. (链接)',
    QR: 'The same link as a QR code. (二维码)',
    EMAIL: 'A mail with the link, to a contact. (邮件)',
    RECORDED:
      'An employee records it: what the customer said, wrote in WeChat or signed, with what proves it. (人工登记)',
  },
);

publishEnum(ConfirmationWay, 'ConfirmationWay', 'In what form a customer answered. (答复形式)', {
  // R87
  SPOKEN: 'By telephone or in person. (口头)',
  WECHAT: 'In WeChat. (微信)',
  SIGNED: 'In a signed document. (书面签字)',
  PAGE: 'By themselves, on the page that a link led them to. (确认页面)',
});
