import { sql } from 'drizzle-orm';
import type { Role } from '../../core/access/role.ts';
import { rolesInWords } from '../../core/access/role-words.ts';
import type { Database } from '../../core/database/database.ts';
import { uuids } from '../../core/database/rows.ts';
import type { Issue } from '../../core/errors.ts';
import { enumLabel, labelOf } from '../../core/model/label.ts';
import { rootModel } from '../../core/model/registry.ts';
import { checkReason } from '../../core/settings/lost-reason.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { contract, type StageTransition } from '../../core/settings/stage-transition.ts';
import type { CustomerValues } from './customer.check.ts';
import { CustomerKind, CustomerStage } from './customer.table.ts';

type Table = readonly StageTransition[];

/** What a rule of the table looks at. */
export interface StageState {
  kind: CustomerKind;
  /** Null before the file is opened. */
  stage: CustomerStage | null;
}

/** The row of the table that holds for a way from a stage to another; undefined where it is closed. */
function transitionOf(table: Table, { kind, stage }: StageState, to: CustomerStage) {
  const fits = table.filter((row) => row.from === stage && row.to === to && (row.kind ?? kind) === kind);
  return fits.find((row) => row.kind !== null) ?? fits[0];
}

/** The ways from where a file is that are open to a role, each of the row that holds. */
export const transitionsFrom = (table: Table, state: StageState, role: Role): StageTransition[] =>
  Object.values(CustomerStage)
    .map((to) => transitionOf(table, state, to))
    .filter((row) => row !== undefined && (row.roles?.includes(role) ?? true)) as StageTransition[];

/** What a file has not of what a row requires. */
export const missingFor = (
  { requires }: StageTransition,
  file: Readonly<Record<string, unknown>>,
  hasContract: boolean,
): string[] => requires.filter((name) => (name === contract ? !hasContract : file[name] == null));

/** Whether the table has to know of a file's deals before it can have a stage. */
export const needsContract = (table: Table, to: CustomerStage): boolean =>
  table.some((row) => row.to === to && row.requires.includes(contract));

/** Which of the files (UUIDs) have a contract: a won deal with its date, and with an amount or the reason why it has none. */
export async function findContracts(tx: Database, fileIds: readonly string[]): Promise<Set<string>> {
  if (fileIds.length === 0) return new Set();
  const found = await tx.execute<{ id: string }>(
    sql`select f.id from unnest(${uuids(fileIds)}) f (id) where ${hasContract(sql`f.id`)}`,
  );
  return new Set(found.map(({ id }) => id));
}

export const hasContract = (fileId: ReturnType<typeof sql>) => sql`exists (
  select from deal where deal.customer_id = ${fileId} and deal.stage = 'WON' and deal.effective_on is not null
    and (deal.contract_amount > 0 or deal.framework_reason is not null))`;

interface StageCheck {
  path?: Issue['path'];
  settings: Pick<Settings, 'stageTransitions' | 'lostReasons'>;
  /** Null where nobody is accountable but the operator of the database. */
  role: Role | null;
  /** The file as it is; absent for one that is being opened. */
  current?: (StageState & { lostReason?: string | null }) | undefined;
  hasContract: boolean;
}

/**
 * Checks the stage of an input that has passed {@link checkCustomer}, and the reason that goes with it, and adds to its
 * violations (R41, R72, R95, R129, AC-16).
 *
 * Issues: STAGE_NOT_AVAILABLE, STAGE_NOT_YOURS, WON_NEEDS_DEAL, STAGE_NEEDS at each field that is missing, NOT_ONE_OF for a
 * reason that is not in the settings, NOT_LOST for one without a loss.
 */
export function checkStage(
  { values, issues }: { values: CustomerValues; issues: Issue[] },
  { path = [], settings, role, current, hasContract }: StageCheck,
): void {
  const refused = (field: string) => issues.some(({ path: at }) => at[path.length] === field);
  if (refused('stage') || refused('kind')) return;
  checkReasonOf(values, issues, { path, settings, current });
  const to = values.stage ?? current?.stage ?? CustomerStage.POTENTIAL;
  if (current?.stage === to) return;
  const kind = values.kind ?? current?.kind ?? CustomerKind.ORGANIZATION;
  const after = { ...current, ...values };
  const at = [...path, 'stage'];
  const from = { kind, stage: current?.stage ?? null };
  for (const issue of stageIssues(settings.stageTransitions, from, to, { role, after, hasContract })) {
    const field = String(issue.path[0]);
    if (!refused(field)) issues.push({ ...issue, path: field === 'stage' ? at : [...path, ...issue.path] });
  }
}

/** What keeps a file from a stage. */
export function stageIssues(
  table: Table,
  from: StageState,
  to: CustomerStage,
  { role, after, hasContract }: { role: Role | null; after: object; hasContract: boolean },
): Issue[] {
  const row = transitionOf(table, from, to);
  // A new file has no deal yet: that is what it lacks.
  if (!row)
    return [from.stage === null && needsContract(table, to) ? wonWithoutDeal : notAvailable(from, to)];
  if (role && row.roles && !row.roles.includes(role)) return [notYours(row.roles)];
  return missingFor(row, after as Record<string, unknown>, hasContract)
    .filter((name) => !(name === 'name' && to === CustomerStage.WON))
    .map((name) => missingIssue(name, to));
}

const label = (stage: string) => enumLabel(CustomerStage, stage);

const notAvailable = ({ stage }: StageState, to: CustomerStage): Issue => ({
  path: ['stage'],
  code: 'STAGE_NOT_AVAILABLE',
  message: stage
    ? `A file does not go from ${label(stage).EN} to ${label(to).EN}. (不能由${label(stage).ZH}改为${label(to).ZH}。)`
    : `A new file cannot be ${label(to).EN}. (新建档案不能为${label(to).ZH}。)`,
});

const notYours = (roles: readonly Role[]): Issue => {
  const { english, chinese } = rolesInWords(roles);
  return {
    path: ['stage'],
    code: 'STAGE_NOT_YOURS',
    message: `This stage is set by ${english} only. (仅${chinese}可设置此阶段。)`,
  };
};

/** What is missing for a stage, at the field where it can be filled in. */
export function missingIssue(name: string, to: CustomerStage): Issue {
  if (name === contract) return wonWithoutDeal;
  const field = rootModel().attributes.get(name);
  const words = field ? labelOf(name, field.description) : { EN: name, ZH: name };
  return {
    path: [name],
    code: 'STAGE_NEEDS',
    message: `${label(to).EN} needs the ${words.EN}. (${label(to).ZH}须填写${words.ZH}。)`,
  };
}

const wonWithoutDeal: Issue = {
  path: ['stage'],
  code: 'WON_NEEDS_DEAL',
  message:
    'A customer is won by a won deal with its effective date, and a contract amount above 0 or a framework agreement. (成交客户须有赢单商机，并填写生效日期及大于0的合同金额，或框架协议说明。)',
};

/** A reason is one of those in the settings, belongs to a loss, and stays while the loss does. */
function checkReasonOf(
  values: CustomerValues,
  issues: Issue[],
  { path = [], settings, current }: Pick<StageCheck, 'path' | 'settings' | 'current'>,
): void {
  const { lostReason } = values;
  if (lostReason === undefined || lostReason === (current?.lostReason ?? null)) return;
  const at = [...path, 'lostReason'];
  const stage = values.stage ?? current?.stage;
  if (lostReason === null) {
    const isRequired = settings.stageTransitions.some(
      ({ to, requires }) => to === CustomerStage.LOST && requires.includes('lostReason'),
    );
    if (stage === CustomerStage.LOST && current?.stage === CustomerStage.LOST && isRequired)
      issues.push({ ...missingIssue('lostReason', CustomerStage.LOST), path: at });
  } else if (stage !== CustomerStage.LOST) {
    issues.push({ path: at, code: 'NOT_LOST', message: notLost });
  } else {
    const { value, problem } = checkReason(lostReason, settings.lostReasons);
    if (problem) issues.push({ path: at, ...problem });
    else values.lostReason = value;
  }
}

const notLost = 'Only a lost file has a reason for the loss. (仅流失客户可填写流失原因。)';
