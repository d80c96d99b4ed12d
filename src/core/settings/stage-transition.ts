import { Role } from '../access/role.ts';
import { enumNamed } from '../model/published-enums.ts';
import { accept, type Checked, type Problem, refuse } from '../validation/checked.ts';
import { checkOneOf } from '../validation/code.ts';
import { StageOpens } from './settings.enums.ts';

/** One way from a stage to another: a row of the table. Stages and kinds are those of the customer file. */
export interface StageTransition {
  /** Null for a file that is being opened. */
  from: string | null;
  to: string;
  /** Null for customers of any kind. */
  kind: string | null;
  /** Null for all who may change the stage. */
  roles: readonly Role[] | null;
  /** Fields of the file that must have a value, and {@link contract}. */
  requires: readonly string[];
  opens: StageOpens | null;
}

/** What can be required beside fields: a won deal with all that it needs. */
export const contract = 'contract';

const row = (
  from: string | null,
  to: string,
  requires: readonly string[] = [],
  rest: Partial<StageTransition> = {},
): StageTransition => ({ from, to, kind: null, roles: null, requires, opens: null, ...rest });

const managers: readonly Role[] = [Role.MANAGER, Role.DATA_STEWARD, Role.ADMIN];
const lost = { opens: StageOpens.CALL_BACK };

/** R41, R72, R95, R129, AC-16. A new file cannot be won: its deals come after it. */
export const initialTransitions: readonly StageTransition[] = [
  row(null, 'POTENTIAL'),
  row(null, 'INTENT'),
  row(null, 'LOST', ['lostReason']),
  row('POTENTIAL', 'INTENT'),
  row('POTENTIAL', 'WON', ['name', 'contract']),
  row('POTENTIAL', 'LOST', ['lostReason'], lost),
  row('INTENT', 'POTENTIAL'),
  row('INTENT', 'WON', ['name', 'contract']),
  row('INTENT', 'LOST', ['lostReason'], lost),
  // Entered by mistake, or the contract came to nothing: sales reopen its deal.
  row('WON', 'INTENT', [], { roles: managers }),
  row('WON', 'LOST', ['lostReason'], lost),
  row('LOST', 'POTENTIAL'),
  row('LOST', 'INTENT'),
  row('LOST', 'WON', ['name', 'contract']),
];

const mostRows = 100;
const mostRequired = 10;

/** The table as it is stored. Each problem is at its row. */
export function checkTransitions(given: readonly Partial<StageTransition>[]): Checked<StageTransition[]> {
  if (given.length > mostRows)
    return refuse('OUT_OF_BOUNDS', `At most ${mostRows} rows`, `最多${mostRows}行`);
  const rows: StageTransition[] = [];
  const problems: Problem[] = [];
  const keys = new Set<string>();
  for (const [i, one] of given.entries()) {
    const { kind = null, roles = null, opens = null, requires = [] } = one;
    const from = one.from ?? null;
    const to = one.to as string;
    const note = (at: (string | number)[], { problem }: Checked<unknown>) => {
      if (problem) problems.push({ ...problem, at: [i, ...at] });
    };
    const stages = checkOneOf(enumNamed('CustomerStage'));
    if (from !== null) note(['from'], stages(from));
    note(['to'], stages(to));
    if (kind !== null) note(['kind'], checkOneOf(enumNamed('CustomerKind'))(kind));
    if (from === to) note(['to'], refuse('NO_TRANSITION', 'Must be another stage', '须为另一阶段'));
    if (opens === StageOpens.CALL_BACK && to !== 'LOST')
      note(['opens'], refuse('CALL_BACK_NEEDS_LOSS', 'Is for lost files only', '仅用于流失客户'));
    if (opens !== null && from === null)
      note(['opens'], refuse('NO_TRANSITION', 'Opening a file is no change of stage', '新建档案不触发待办'));
    const key = `${from} ${to} ${kind}`;
    if (keys.has(key))
      note([], refuse('TRANSITION_REPEATED', 'There is such a row already', '该行与前面的行重复'));
    keys.add(key);
    if (roles?.length === 0)
      note(['roles'], refuse('OUT_OF_BOUNDS', 'Name a role, or leave it out', '请至少指定一个角色，或留空'));
    if (requires.length > mostRequired)
      note(['requires'], refuse('OUT_OF_BOUNDS', `At most ${mostRequired}`, `最多${mostRequired}项`));
    for (const [n, name] of requires.entries()) {
      if (!isRequirement(name)) note(['requires', n], refuse('REQUIREMENT_UNKNOWN', ...wordsOfRequirements));
    }
    rows.push({
      from,
      to,
      kind,
      roles: roles && [...new Set(roles)],
      requires: [...new Set(requires)],
      opens,
    });
  }
  const opensFor = (kind: string) => rows.some((row) => row.from === null && (row.kind ?? kind) === kind);
  if (!Object.values(enumNamed('CustomerKind')).every((kind) => opensFor(String(kind))))
    problems.push(noOpening);
  const [problem, ...others] = problems;
  return problem ? { problem, others } : accept(rows);
}

const noOpening: Problem = {
  code: 'OPENING_MISSING',
  message:
    'Name a first stage (from: null) for customers of each kind, or no file can be opened. (请为每类客户至少指定一个初始阶段（from为空），否则无法建档。)',
};

const wordsOfRequirements = [
  `Must be a field of the file that can be written, of class card or basic, or ${contract}`,
  `须为档案中可填写的名片类或基本类字段，或${contract}`,
] as const;

const fields = new Set<string>();

/** Names fields of the file that a stage can require: those that can be filled in, of class card or basic. */
export const declareStageFields = (names: readonly string[]): void => {
  for (const name of names) fields.add(name);
};

/** Whether it is a field of the file that can be filled in, of class card or basic: shown to whoever works on the file. */
export const isOpenField = (name: string): boolean => fields.has(name);

const isRequirement = (name: string): boolean => name === contract || isOpenField(name);
