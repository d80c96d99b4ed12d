import type { GraphQLScalarType } from 'graphql';
import { Int } from 'type-graphql';
import { cardReaders, type OutputTextKind } from '../access/policy.ts';
import { Role } from '../access/role.ts';
import { DurationScalar } from '../graphql/schema/scalars.ts';
import { accept, type Checked, refuse } from '../validation/checked.ts';
import { checkCurrency, checkOneOf } from '../validation/code.ts';
import { checkDuration } from '../validation/duration.ts';
import { checkWhole } from '../validation/number.ts';
import { checkTimeZone } from '../validation/time-zone.ts';
import { NameStandard } from './settings.enums.ts';

/** One thing that the organisation decides, declared once: the query, its update and its history follow from it. */
interface Setting<Value> {
  /** What holds until somebody decides otherwise; part of the description. */
  initial: Value;
  check: (value: never) => Checked<Value>;
  type: () => StringConstructor | GraphQLScalarType | object;
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
    description: 'The day of the month of the completeness audit: 1 to 28; 1 by default. (月度核查日)',
  }),
  inactiveAfter: duration('P12M', { min: 'P1M', max: 'P10Y' }, [
    'How long nothing may happen in a file before it is proposed as inactive',
    '不活跃判定期限', // R99
  ]),
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
