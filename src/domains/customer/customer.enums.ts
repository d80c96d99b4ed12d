import { publishEnum } from '../../core/model/enumeration.ts';
import {
  CompanySize,
  CreditGrade,
  CustomerImportance,
  CustomerKind,
  CustomerNature,
  CustomerSource,
  CustomerStage,
  CustomerTier,
  CustomerType,
  LostAs,
  PremisesCategory,
  Region,
  TierSource,
  VerificationState,
} from './customer.table.ts';

publishEnum(CustomerKind, 'CustomerKind', 'What kind of customer it is. (客户类别)', {
  ORGANIZATION: 'A company, institution or public body. (单位)',
  PERSON: 'A natural person. (个人)',
});

publishEnum(CustomerType, 'CustomerType', 'What the customer is to us. (客户类型)', {
  // R71
  PROSPECT: 'Prospect. (潜在客户)',
  EXISTING: 'Existing customer. (现有客户)',
  VIP: 'VIP customer. (VIP客户)',
});

publishEnum(CustomerImportance, 'CustomerImportance', 'How much the customer matters. (重要程度)', {
  // R75
  KEY: 'Important. (重要)',
  SPECIAL: 'Special. (特殊)',
  GENERAL: 'General. (一般)',
});

publishEnum(CustomerNature, 'CustomerNature', 'Who owns the business, or what body it is. (客户性质)', {
  // R74
  STATE_OWNED: 'State-owned enterprise. (国企)',
  PRIVATE: 'Private enterprise. (民企)',
  FOREIGN_INVESTED: 'Foreign-invested enterprise. (外资)',
  GOVERNMENT: 'Government body. (机关)',
  PUBLIC_INSTITUTION: 'Public institution. (事业单位)',
  SOLE_PROPRIETOR: 'Individually owned business. (个体工商户)',
});

publishEnum(Region, 'Region', 'Where the customer is. (区域)', {
  EAST_CHINA: 'East China. (华东)',
  NORTH_CHINA: 'North China. (华北)',
  SOUTH_CHINA: 'South China. (华南)',
  CENTRAL_CHINA: 'Central China. (华中)',
  NORTHEAST: 'Northeast China. (东北)',
  NORTHWEST: 'Northwest China. (西北)',
  SOUTHWEST: 'Southwest China. (西南)',
  HONG_KONG_MACAO_TAIWAN: 'Hong Kong, Macao and Taiwan. (港澳台)',
  OVERSEAS: 'Anywhere else. (海外)',
});

publishEnum(CompanySize, 'CompanySize', 'Size of the customer’s business. (规模)', {
  MICRO: 'Micro enterprise. (微型企业)',
  SMALL: 'Small enterprise. (小型企业)',
  MEDIUM: 'Medium enterprise. (中型企业)',
  LARGE: 'Large enterprise. (大型企业)',
});

publishEnum(CustomerStage, 'CustomerStage', 'Stage in the customer life cycle. (生命周期阶段)', {
  // R72
  POTENTIAL: 'Not yet interested. (潜在客户)',
  INTENT: 'Has shown interest. (意向客户)',
  WON: 'Has a contract; needs its amount and effective date. (成交客户)', // AC-16
  LOST: 'Has turned away; `lostAs` says whether it ever was a customer. (流失客户)',
});

publishEnum(LostAs, 'LostAs', 'What a lost file was to us. (流失类别)', {
  PROSPECT: 'It never bought. (战败)',
  CUSTOMER: 'It was a customer: won before, with a won deal, or of type EXISTING or VIP. (流失)',
});

publishEnum(
  CustomerTier,
  'CustomerTier',
  'Importance by yearly spend; thresholds are configuration. (客户等级)', // R73
  {
    A: 'Big customer. (大客户)',
    B: 'Ordinary customer. (普通客户)',
    C: 'Walk-in or newly developed customer. (散客)',
  },
);

publishEnum(TierSource, 'TierSource', 'Who says what tier a file has. (等级来源)', {
  RULE: 'The organisation’s rule. (按规则)',
  PERSON: 'A person, until `tierUntil` or until further notice. (人工设定)',
});

publishEnum(CreditGrade, 'CreditGrade', 'How far the customer’s word is good. (信用等级)', {
  // R47
  AAA: 'Excellent. (优秀)',
  AA: 'Very good. (良好)',
  A: 'Good. (较好)',
  B: 'Fair. (一般)',
  C: 'Weak. (较差)',
  D: 'No credit. (不予授信)',
});

publishEnum(CustomerSource, 'CustomerSource', 'How the customer came to us. (客户来源)', {
  // R48, R51, R52
  IN_PERSON: 'Face to face. (面对面)',
  PHONE: 'By phone. (电话)',
  WEB_FORM: 'Online form. (在线表单)',
  WECHAT: 'WeChat. (微信)',
  WEIBO: 'Weibo. (微博)',
  SALES: 'Found by sales. (销售开发)',
  EXPO: 'Trade fair. (展会)',
  PROMOTION: 'Promotion. (促销活动)',
  ADVERTISING: 'Advertisement. (广告)',
  SERVICE_DESK: 'Service desk. (客服)',
  PARTNER: 'Shared by a partner. (合作伙伴)',
  REFERRAL: 'Named by another customer. (客户介绍)',
  SURVEY: 'Survey. (调研)',
  PUBLIC_RECORD: 'Public record. (公开信息)',
  IMPORT: 'Imported from another system. (数据导入)',
  OTHER: 'Another way. (其他)',
});

publishEnum(VerificationState, 'VerificationState', 'How far a file has been verified. (审核状态)', {
  // R86, R87
  DRAFT: 'Not yet submitted. (草稿)',
  SUBMITTED: 'Waits for somebody to verify it. (待审核)',
  VERIFIED: 'Verified. (已审核)',
  REJECTED: 'Sent back to who submitted it, with the reason. (已驳回)',
  CONFIRMED: 'Verified, and the customer says that it is right. (客户已确认)',
  DISPUTED: 'Verified, and the customer says that something is wrong. (客户有异议)',
});

publishEnum(PremisesCategory, 'PremisesCategory', 'What a unit of a property is for. (户址类别)', {
  RESIDENTIAL: 'A dwelling. (住宅)',
  COMMERCIAL: 'A shop or an office. (商业)',
});
