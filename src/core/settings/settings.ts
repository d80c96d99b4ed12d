import type { GraphQLScalarType } from 'graphql';
import { Int } from 'type-graphql';
import { cardReaders, type OutputTextKind } from '../access/policy.ts';
import { Role } from '../access/role.ts';
import { DurationScalar } from '../graphql/schema/scalars.ts';
import { Locale } from '../model/label.ts';
import { enumNamed } from '../model/published-enums.ts';
import type { ArchiveCategory } from '../validation/archive-number.ts';
import { accept, type Checked, refuse } from '../validation/checked.ts';
import { checkClock } from '../validation/clock.ts';
import { checkCurrency, checkOneOf } from '../validation/code.ts';
import { checkDuration } from '../validation/duration.ts';
import { checkWhole } from '../validation/number.ts';
import { checkTimeZone } from '../validation/time-zone.ts';
import { checkArchiveCategories, initialCategories } from './archive-category.ts';
import { checkFollowUps, type FollowUp, initialFollowUps } from './follow-up.ts';
import { checkReasons, initialReasons } from './lost-reason.ts';
import { checkRequirements, defaultRequirements, type Requirement } from './requirement.ts';
import { NameStandard, SecondCheck } from './settings.enums.ts';
import { checkTransitions, initialTransitions, type StageTransition } from './stage-transition.ts';
import { checkTiers, type TierRules } from './tier-rules.ts';
import { checkVerifiedFields } from './verified-field.ts';

/** One thing that the organisation decides, declared once: the query, its update and its history follow from it. */
interface Setting<Value> {
  /** What holds until somebody decides otherwise; part of the description. */
  initial: Value;
  check: (value: never) => Checked<Value>;
  /** Absent for what has parts, whose types are in settings-schema.ts. */
  type?: () => StringConstructor | GraphQLScalarType | object;
  /** What it holds, if its type is a text or a duration. */
  text?: OutputTextKind;
  /** "English: bounds, default. (中文)" */
  description: string;
}

const setting = <Value>(declared: Setting<Value>): Setting<Value> => declared;

const duration = (
  initial: string,
  bounds: { min: string; max: string; isExact?: boolean },
  [english, chinese]: readonly [string, string],
) =>
  setting<string>({
    initial,
    check: (text: string) => checkDuration(text, bounds),
    type: () => DurationScalar,
    text: 'CONTROLLED',
    description: `${english}: ${bounds.min} to ${bounds.max}${bounds.isExact ? ', without months' : ''}; ${initial} by default. (${chinese})`,
  });

/**
 * The organisation's settings. A value is stored once somebody has set it; until then `initial` holds. To add one, add a
 * line here and `npm run schema`.
 */
export const settings = {
  timeZone: setting<string>({
    initial: 'Asia/Shanghai',
    check: checkTimeZone,
    type: () => String,
    text: 'CONTROLLED',
    description:
      'The organisation’s time zone, an IANA name: whose days, months and working hours are meant. Asia/Shanghai by default, or what the server was first started with. (时区)',
  }),
  currency: setting<string>({
    initial: 'CNY',
    check: checkCurrency,
    type: () => String,
    text: 'CONTROLLED',
    description:
      'The organisation’s currency, ISO 4217: of amounts that name none, in new rows, conditions and sums. Saved rules keep the one they were saved with. CNY by default. (本位币)',
  }),
  language: setting<Locale>({
    initial: Locale.ZH,
    check: checkOneOf(Locale),
    type: () => Locale,
    description:
      'The language of what the system writes into files by itself, such as the titles of tasks that rules open, and of mails to who has chosen none: ZH by default. What was written stays as it is. (系统文字语言)',
  }),
  nameStandard: setting<NameStandard>({
    initial: NameStandard.REFUSE,
    check: checkOneOf(NameStandard),
    type: () => NameStandard,
    description:
      'What becomes of a name that is no full legal name, where one is needed: REFUSE by default. (命名规则)', // R66
  }),
  changeDueWithin: duration('PT24H', { min: 'PT5M', max: 'P30D', isExact: true }, [
    'How soon a change that was reported has to be entered',
    '信息变更更新时限', // R93
  ]),
  needDueWithin: duration('PT1H', { min: 'PT5M', max: 'P30D', isExact: true }, [
    'How soon a changed need has to be entered after the conversation',
    '需求变更录入时限', // R94
  ]),
  escalateAfter: duration('PT24H', { min: 'PT5M', max: 'P30D', isExact: true }, [
    'How long a task may be overdue before it goes to the next leader',
    '督办时限',
  ]),
  revisionEvery: duration('P2M', { min: 'P7D', max: 'P10Y' }, [
    'How often files are revised in full',
    '修订核查周期', // R97
  ]),
  auditDay: setting<number>({
    initial: 1,
    check: (value: number) => checkWhole(value, { min: 1, max: 28 }),
    type: () => Int,
    description:
      'The day of the month of the completeness audit and of the accuracy sample: 1 to 28; 1 by default. The first are those of the day after the system was installed. (月度核查日)',
  }),
  requirements: setting<readonly Requirement[]>({
    initial: defaultRequirements,
    check: checkRequirements,
    description:
      'What is required of files and how much it counts, at most 100; of several for one field the heaviest counts. By default names, registration, industry, size, place, a contact with title and number, and a need with budget and pain point. Files are measured again when it changes. (必采字段及完整度要求)', // R21
  }),
  revisionTiers: setting<readonly string[]>({
    initial: ['A', 'B'],
    check: (tiers: readonly string[]) => accept(['A', 'B', 'C'].filter((tier) => tiers.includes(tier))),
    type: () => [enumNamed('CustomerTier')],
    description:
      'The tiers of the files that are revised in full every revisionEvery; A and B by default, none for no revision. (修订核查的客户等级)', // R98
  }),
  auditTasksPerPerson: setting<number>({
    initial: 20,
    check: (value: number) => checkWhole(value, { min: 1, max: 500 }),
    type: () => Int,
    description:
      'How many tasks of one kind the audits give one person to have open at a time: 1 to 500; 20 by default. (核查待办上限/人)',
  }),
  accuracySample: setting<number>({
    initial: 1,
    check: (value: number) => checkWhole(value, { min: 0, max: 50 }),
    type: () => Int,
    description:
      'How many files of each owner are drawn every month to be checked for accuracy by somebody else: 0 to 50; 1 by default. (每月准确性抽查数)', // R102
  }),
  digestAt: setting<string>({
    initial: '08:30',
    check: checkClock,
    type: () => String,
    text: 'CONTROLLED',
    description:
      'When the mail with the day’s tasks goes out on working days, HH:MM in the organisation’s time zone; 08:30 by default. (今日待办发送时刻)',
  }),
  inactiveAfter: duration('P12M', { min: 'P1M', max: 'P10Y' }, [
    'How long nothing may happen in a file before it is proposed as inactive',
    '不活跃判定期限', // R99
  ]),
  stageTransitions: setting<readonly StageTransition[]>({
    initial: initialTransitions,
    check: checkTransitions,
    description:
      'Which stage a file can have after which, by whose choice, and what that takes: at most 100 rows, with a first stage for each kind of customer (OPENING_MISSING); a way that is not among them is closed. By default a new file is POTENTIAL, INTENT or LOST; every stage leads to every other but WON to POTENTIAL, and WON to INTENT for MANAGER, DATA_STEWARD and ADMIN only; WON takes the name and a contract, LOST a reason; the loss of a file opens a CALL_BACK. (阶段流转规则)', // R41, R72, R95, AC-16
  }),
  secondCheck: setting<SecondCheck>({
    initial: SecondCheck.REQUIRED,
    check: checkOneOf(SecondCheck),
    type: () => SecondCheck,
    description:
      'Who verifies: REQUIRED, by default, always another person than wrote the value or submitted the file; for credit always so. (二次核对)', // R88
  }),
  secondPassAfter: duration('PT12H', { min: 'PT1M', max: 'P30D', isExact: true }, [
    'How long after their first check of their own value, or after submitting a file, somebody may make the second where secondCheck is SECOND_PASS',
    '二次核对间隔', // R88
  ]),
  verifiedFields: setting<readonly string[]>({
    initial: ['name', 'unifiedSocialCreditCode', 'legalRepresentative'],
    check: checkVerifiedFields,
    type: () => [String],
    text: 'CONTROLLED',
    description:
      'The fields that a file must have to be submitted, and each of which is verified before the file is approved: at most 20 that can be verified, of class card or basic (FIELD_UNKNOWN). Persons have no code and no legal representative, customers outside of China no code. name, unifiedSocialCreditCode and legalRepresentative by default. (必核字段)', // R86
  }),
  archiveCategories: setting<readonly ArchiveCategory[]>({
    initial: initialCategories,
    check: checkArchiveCategories,
    description:
      'The categories in which verified files are put away, 1 to 100, each behind the one that it is part of, and how their archive numbers are made. Running numbers have no gap, by category and, where the pattern has them, year and unit. Numbers that were given stay as they are. By default KH, 客户, {category}-{year}-{seq:5}. (档案类别与档号规则)', // R79, R81
  }),
  followUps: setting<readonly FollowUp[]>({
    initial: initialFollowUps,
    check: checkFollowUps,
    description:
      'How long files may be without contact before their owners get a FOLLOW_UP, by stage and tier; a row for a tier holds before the one for all. By default POTENTIAL 30 days, INTENT 14, WON 60 and of tier A 30. (跟进周期)', // R72, R73
  }),
  tiers: setting<TierRules | null>({
    initial: null,
    check: checkTiers,
    description:
      'What customers’ tiers follow from: the spend of the trailing twelve months that A and B take, in which currency, when tiers go down, and what natures have at least. Null by default: then people alone set tiers. A change is held against all files at once. (客户等级规则)', // R73
  }),
  lostReasons: setting<readonly string[]>({
    initial: initialReasons,
    check: checkReasons,
    type: () => [String],
    text: 'CONTROLLED',
    description: `Why a file can be lost, in the organisation’s own words: 1 to 50, each at most 60 characters. Files keep a reason that is no longer among them. ${initialReasons.join('、')} by default. (流失原因)`, // R129
  }),
  grantLongest: duration('P90D', { min: 'PT1H', max: 'P365D', isExact: true }, [
    'The longest time for which access to a file is granted',
    '最长借阅期限', // R108, R110
  ]),
  directoryRoles: setting<readonly Role[]>({
    initial: cardReaders,
    check: (roles: readonly Role[]) => {
      const isOutside = roles.some((role) => !cardReaders.includes(role));
      const [english, chinese] = ['Must be roles that may read cards', '须为可查看名片的角色'];
      if (isOutside) return refuse('NO_CARD_READER', english, chinese);
      return accept(cardReaders.filter((role) => roles.includes(role)));
    },
    type: () => [Role],
    description:
      'The roles that may look up in the directory whether a customer has a file, and ask for access to it: none to all of those that may read cards; all by default. (可查询客户名录的角色)', // R7
  }),
  lookupsPerMinute: setting<number>({
    initial: 30,
    check: (value: number) => checkWhole(value, { min: 1, max: 1_000 }),
    type: () => Int,
    description:
      'How often one employee may look up in the directory within a minute: 1 to 1,000; 30 by default. (每分钟名录查询次数)',
  }),
  lookupsPerDay: setting<number>({
    initial: 200,
    check: (value: number) => checkWhole(value, { min: 1, max: 10_000 }),
    type: () => Int,
    description:
      'How often one employee may look up in the directory within a day: 1 to 10,000; 200 by default. (每日名录查询次数)',
  }),
  accessLogRetention: duration('P1095D', { min: 'P184D', max: 'P3650D', isExact: true }, [
    'How long the access log is kept, or what the server was first started with',
    '访问日志保留期限', // 网络安全法, article 21: six months at least
  ]),
};

export type DeclaredSetting = Pick<Setting<unknown>, 'type' | 'text' | 'description'>;
export type SettingName = keyof typeof settings;
export const settingNames = Object.keys(settings) as SettingName[];

/** The settings as an operation reads them: all of one version. */
export type Settings = {
  readonly [Name in SettingName]: (typeof settings)[Name]['initial'];
} & { readonly version: number };

/** The stored values, and what holds where none is stored. */
export const settingsFrom = (version: number, content: Partial<Settings>): Settings =>
  Object.freeze({
    ...(Object.fromEntries(
      settingNames.map((name) => [name, settings[name].initial]),
    ) as unknown as Settings),
    ...content,
    version,
  });

/** What holds where nobody has decided anything. */
export const initialSettings: Settings = settingsFrom(1, {});
