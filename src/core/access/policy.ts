/**
 * The policy page: who may do what. Roles are named here and nowhere else.
 *
 * Reading: every output field belongs to one access class, and a role may read a class on all files, on its own files,
 * through a grant, or not at all. Output, filter, sort, group, search, segment, history, event and export all follow
 * this page. A grant names classes; it always includes card and basic (R107-R110).
 */
import { Role } from './role.ts';

/**
 * Access classes of a customer file's fields.
 *
 * - card: name, contact name and title
 * - basic: number, owner, industry, region, size, stage, tier, tags, dates
 * - contact: phone, e-mail, address, accounts
 * - business: needs, budgets, interactions, deals
 * - credit: grade, limit, terms
 * - personal: birthday, gender, household, preferences
 * - special: religion, health, politics (PIPL: separate consent; off by default)
 */
export const accessClasses = [
  'card',
  'basic',
  'contact',
  'business',
  'credit',
  'personal',
  'special',
] as const;
export type AccessClass = (typeof accessClasses)[number];

/**
 * How far a role's right to a class reaches.
 *
 * - ALL: on every file
 * - OWN: on files the viewer owns or co-owns or whose owner they stand in for, and on files whose grant names the class
 * - GRANTED: only where a grant names the class
 * - NONE: nowhere
 */
export type Reach = 'ALL' | 'OWN' | 'GRANTED' | 'NONE';

/** A class, or `open` for fields that reveal nothing about a customer: ids, versions, dates of staff. */
export type FieldAccess = AccessClass | 'open';

/**
 * What a text holds, independent of its class. The table in docs/access.md assigns each field and gives the reasons.
 *
 * - FREE: free text; it may name anybody
 * - IDENTIFYING: a name, or something that leads to one: a job title, a telephone number
 * - CONTROLLED: a code, a validated format or a vocabulary; it names nobody
 */
export type TextKind = 'FREE' | 'IDENTIFYING' | 'CONTROLLED';

/**
 * What a text in the output holds if it is not a column.
 *
 * - QUOTED: words that were authorized at their origin: a value of a field that declares itself what it holds, or
 *   something the reader has just sent. The code that produces the text omits what the reader may not see
 */
export const outputTextKinds = ['FREE', 'IDENTIFYING', 'CONTROLLED', 'QUOTED'] as const;
export type OutputTextKind = (typeof outputTextKinds)[number];

/** On whose files a role may change a class; OWN means those the viewer owns, co-owns, or stands in for. */
export type WriteReach = 'ALL' | 'OWN' | 'NONE';

interface RolePolicy {
  /** Which files are visible to the role at all; OWN means owned, co-owned, delegated and granted ones. */
  files: 'ALL' | 'OWN';
  read: Record<AccessClass, Reach>;
  /** Which classes the role may change, and on whose files. Default: nothing. */
  write: Partial<Record<AccessClass, 'ALL' | 'OWN'>>;
}

const reads = (
  card: Reach,
  basic: Reach,
  contact: Reach,
  business: Reach,
  credit: Reach,
  personal: Reach,
  special: Reach,
): Record<AccessClass, Reach> => ({ card, basic, contact, business, credit, personal, special });

const everything = { card: 'ALL', basic: 'ALL', contact: 'ALL', business: 'ALL', personal: 'ALL' } as const;
const ownFile = { card: 'OWN', basic: 'OWN', contact: 'OWN', business: 'OWN', personal: 'OWN' } as const;

// biome-ignore format: one line per role reads as the table it is
export const policy: Record<Role, RolePolicy> = {
  //                                     card    basic   contact business credit  personal special
  SALES:            { files: 'OWN', read: reads('ALL',  'OWN',  'OWN',  'OWN',  'OWN',  'OWN',  'GRANTED'), write: ownFile },
  CUSTOMER_SERVICE: { files: 'ALL', read: reads('ALL',  'ALL',  'ALL',  'ALL',  'NONE', 'ALL',  'GRANTED'), write: {} },
  MARKETING:        { files: 'ALL', read: reads('ALL',  'ALL',  'NONE', 'ALL',  'NONE', 'NONE', 'NONE'),    write: {} },
  FINANCE:          { files: 'ALL', read: reads('ALL',  'ALL',  'ALL',  'ALL',  'ALL',  'NONE', 'NONE'),    write: { credit: 'ALL' } },
  MANAGER:          { files: 'ALL', read: reads('ALL',  'ALL',  'ALL',  'ALL',  'ALL',  'ALL',  'GRANTED'), write: { ...everything, credit: 'ALL' } },
  DATA_STEWARD:     { files: 'ALL', read: reads('ALL',  'ALL',  'ALL',  'ALL',  'ALL',  'ALL',  'GRANTED'), write: { ...everything, credit: 'ALL' } },
  ANALYST:          { files: 'ALL', read: reads('NONE', 'ALL',  'NONE', 'ALL',  'ALL',  'NONE', 'NONE'),    write: {} },
  ADMIN:            { files: 'ALL', read: reads('ALL',  'ALL',  'ALL',  'ALL',  'ALL',  'ALL',  'GRANTED'), write: { ...everything, credit: 'ALL' } },
};

/** Roles that may assign files to another owner, and set the tier, which sales may not (R73). */
export const assigners: readonly Role[] = [Role.MANAGER, Role.DATA_STEWARD, Role.ADMIN];

/** Roles whose new files are their own unless they say otherwise: those that open files and assign none. */
export const selfAssigners: readonly Role[] = [Role.SALES];

/** Roles that an import may be attributed to: it sets owners. */
export const importers: readonly Role[] = [...assigners];

/** Roles that keep the staff: employees, teams, departments, passwords. */
export const staffAdministrators: readonly Role[] = [Role.ADMIN];

/** Roles that may change the shared segments of others. */
export const segmentAdministrators: readonly Role[] = [Role.ADMIN];

/**
 * How long, in hours, whoever recorded what happened may correct or remove the record, as long as they may record on the
 * file. Any other time, and whatever colleagues recorded, it takes the right to change all its fields on every file.
 */
export const ownRecordHours = 24;

/** Fields that only assigners may set, whatever their class, so that nobody can promote their own files. */
export const assignerFields: readonly string[] = ['Customer.owner', 'Customer.tier', 'Deal.owner'];

/**
 * Fields by which somebody decides about a file instead of working on it: of the roles that write their own files only,
 * its owner sets them, or who stands in for the owner, and no co-owner.
 */
export const keptFields: readonly string[] = ['Customer.archivedAt', 'Customer.coOwners'];

/**
 * Who decides an access request besides the leader of the owner's team. Nobody decides their own.
 *
 * - special: the only approvers for special classes, and only with the customer's recorded consent
 * - standIn: where a file has no active team leader, or the leader is the requester
 */
export const approvers = {
  special: [Role.MANAGER, Role.ADMIN],
  standIn: [Role.ADMIN],
} as const satisfies Record<string, readonly Role[]>;

/** Roles that see every request and every grant, including overdue ones, and that read the access log. */
export const overseers: readonly Role[] = [Role.MANAGER, Role.DATA_STEWARD, Role.ADMIN];

/** Roles that verify what others have entered, and are drawn to check files by sample (R86, R102). */
export const verifiers: readonly Role[] = [Role.MANAGER, Role.DATA_STEWARD, Role.ADMIN];

/** Roles that verify credit, which nobody else does (R47). */
export const creditVerifiers: readonly Role[] = [Role.FINANCE];

/** Roles that change the organisation's settings. */
export const settingsWriters: readonly Role[] = [Role.ADMIN];

/** Roles that enter monthly exchange rates (R73). */
export const rateWriters: readonly Role[] = [Role.FINANCE, Role.ADMIN];
/** Roles that read them. */
export const rateReaders: readonly Role[] = [Role.FINANCE, Role.MANAGER, Role.ADMIN];

/** Roles that read all settings of the organisation and who changed them. */
export const settingsReaders: readonly Role[] = [Role.MANAGER, Role.ADMIN];

/** Classes of a colleague's file whose reading is logged (R106). */
export const loggedClasses: readonly AccessClass[] = ['contact', 'business', 'credit', 'personal', 'special'];

/** The logged classes that are returned only if the log entry is written: no log, no response. */
export const strictlyLoggedClasses: readonly AccessClass[] = ['personal', 'special'];

/** Classes that can be granted to a role: those it may not always read and is not barred from altogether. */
export const requestableClasses = (role: Role): AccessClass[] =>
  accessClasses.filter((access) => ['OWN', 'GRANTED'].includes(policy[role].read[access]));

/**
 * Roles that know people by id only: they may not read, filter, sort, group or search by a text that can identify a
 * person, whatever its class, except texts about themselves or written by nobody but themselves.
 */
export const pseudonymousRoles: readonly Role[] = [Role.ANALYST];

/**
 * Roles that may have a task: those that see customers by name, for a title may name anybody. They open tasks, too, on
 * files that they see, and for themselves and each other.
 */
export const taskHolders: readonly Role[] = Object.values(Role).filter(
  (role) => !pseudonymousRoles.includes(role),
);

/** Roles that may receive segments written by somebody else: the owner of a segment can read its texts. */
export const segmentReceivers: readonly Role[] = Object.values(Role).filter(
  (role) => !pseudonymousRoles.includes(role),
);

/**
 * Roles whose queries run separately: read-only, on a few connections of their own, within a budget of database time.
 */
export const analysts: readonly Role[] = [Role.ANALYST];

/** Roles that may own or co-own a file, stand in for an owner, or own a deal: those that do the work on their own files. */
export const fileOwners: readonly Role[] = Object.values(Role).filter(
  (role) => policy[role].write.basic !== undefined && policy[role].write.business !== undefined,
);
/**
 * Roles that may be the custodian of a file: those that may own one, and customer service, which records on every file
 * (R9).
 */
export const custodians: readonly Role[] = [...fileOwners, Role.CUSTOMER_SERVICE];

/** Roles that open files, and change those that they own or all. */
export const fileWriters: readonly Role[] = [Role.SALES, Role.MANAGER, Role.DATA_STEWARD, Role.ADMIN];
/** Roles that change files, be it their credit alone. */
export const creditWriters: readonly Role[] = [...fileWriters, Role.FINANCE];
/** Roles that record what happened. */
export const recorders: readonly Role[] = [
  ...fileWriters,
  Role.CUSTOMER_SERVICE,
  Role.MARKETING,
  Role.FINANCE,
];

/** Roles that can read telephone numbers, and so find that one is invalid (R93). */
export const numberReaders: readonly Role[] = Object.values(Role).filter(
  (role) => policy[role].read.contact !== 'NONE',
);

/** Which records a role may make, correct and remove, where not all: only these values of a field, by type and field. */
export const recordsOnly: Partial<Record<Role, Record<string, Record<string, readonly string[]>>>> = {
  // Reports on markets and finances (R11).
  MARKETING: { Interaction: { kind: ['REPORT'] } },
  FINANCE: { Interaction: { kind: ['REPORT'] } },
};

/** Roles that may read the card of any file, and so use the directory (R110). */
export const cardReaders: readonly Role[] = Object.values(Role).filter(
  (role) => policy[role].read.card !== 'NONE',
);
