import type { Role } from '../../core/access/role.ts';
import type { Issue } from '../../core/errors.ts';
import { enumValueOf } from '../../core/model/label.ts';
import { modelNamed } from '../../core/model/registry.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { localDate, localInstant } from '../../core/time/local-time.ts';
import { missing } from '../../core/validation/fields.ts';
import type { CustomerRow } from '../../domains/customer/customer.table.ts';
import { unfitRole } from '../../domains/employee/employee.reference.ts';
import { checkTagLabels, type TagLabel } from '../../domains/tag/tag.check.ts';
import type { Referent } from './external-key.write.ts';
import type { Entry } from './mapping.types.ts';
import type { Candidate } from './record.read.ts';
import type { RecordReference, RecordType } from './record-type.ts';

/** The rows that the validation of a record depends on. */
export interface LoadedReferences {
  now: Date;
  settings: Settings;
  role: Role | null;
  /** Whether the existing row has a contract; see {@link RecordType.findContracts}. */
  hasContract: boolean;
  /** The owner of records that name none. */
  ownerId: string | null;
  /** The row that an earlier import created for the record. */
  current: Record<string, unknown> | undefined;
  /** Whether that row has been deleted since. */
  isDeleted: boolean;
  referent: (reference: RecordReference, key: string) => Referent | undefined;
  /** The customer file with this id. */
  fileOf: (id: string) => CustomerRow | undefined;
}

export interface Validation {
  /** The values to write; undefined if the record is refused. */
  values: Record<string, unknown> | undefined;
  /** Why the record is refused; `droppedFields` says which of its values are left out. */
  refusals: Issue[];
  droppedFields: Issue[];
  /** What is imported although it looks wrong. */
  warnings: Issue[];
  tags: TagLabel[];
}

/**
 * Decides what is imported of a record: all values that meet the standards. An invalid value is left out; if the record
 * needs it, the record is refused.
 */
export function validateRecord(
  entry: Entry,
  recordType: RecordType,
  candidate: Candidate,
  around: LoadedReferences,
): Validation {
  const { current, isDeleted } = around;
  if (isDeleted) {
    return refuse(
      issue('key', 'DELETED', 'It was deleted here and stays so', '该记录已在本系统中删除，不再导入'),
    );
  }
  if (entry.isUpdateOnly && !current) {
    return refuse(issue('key', 'KEY_UNKNOWN', 'There is no such record here', '本系统中没有此记录'));
  }
  const initial = new Set(entry.fields.filter(([, source]) => source.isInitial).map(([name]) => name));
  const isGiven = (name: string) => !current || !initial.has(name);
  const links = validateReferences(recordType, candidate, around, isGiven);
  const file = around.fileOf(String(links.values.customerId ?? current?.customerId));
  if (file && current && file.id !== current.customerId) {
    const text = ['It belongs to another customer here', '该记录在本系统中属于其他客户'] as const;
    return refuse(issue('customer', 'CUSTOMER_CHANGED', ...text), ...links.refusals);
  }
  // Interactions are recorded on archived files too, as for a client.
  const resting = recordType.writes?.rules.recordedBy ? null : (file?.archivedAt ?? current?.archivedAt);
  if (resting) links.refusals.push(issue('key', 'ARCHIVED', 'The file is archived', '档案已封存'));

  const { input, issues } = readFields(recordType, candidate, around.settings.timeZone, isGiven);
  const fields = settle(recordType, input, issues, {
    mode: current ? 'update' : 'create',
    now: around.now,
    settings: around.settings,
    role: around.role,
    hasContract: around.hasContract,
    current,
    file,
  });
  const refusals = [...links.refusals, ...fields.refusals];
  const initialValues = current ? {} : recordType.initial?.(around);
  const labels = candidate.tags.map(({ label }) => label);
  const tags = labels.length > 0 ? checkTagLabels(labels, ['tags']) : { values: [], issues: [] };
  return {
    values: refusals.length > 0 ? undefined : { ...initialValues, ...fields.values, ...links.values },
    refusals,
    droppedFields: [...links.droppedFields, ...fields.droppedFields, ...tags.issues],
    warnings: refusals.length > 0 ? [] : fields.warnings,
    tags: tags.values,
  };
}

const refuse = (...refusals: Issue[]): Validation => ({
  values: undefined,
  refusals,
  droppedFields: [],
  warnings: [],
  tags: [],
});

const issue = (field: string, code: string, english: string, chinese: string): Issue => ({
  path: [field],
  code,
  message: `${english}. (${chinese}。)`,
});

type FieldValidation = {
  warnings: Issue[];
  values: Record<string, unknown>;
  refusals: Issue[];
  droppedFields: Issue[];
};

function validateReferences(
  recordType: RecordType,
  candidate: Candidate,
  { current, ownerId, referent }: LoadedReferences,
  isGiven: (name: string) => boolean,
): FieldValidation {
  const result: FieldValidation = { values: {}, refusals: [], droppedFields: [], warnings: [] };
  for (const [name, reference] of Object.entries(recordType.references)) {
    const key = isGiven(name) ? candidate.references[name] : undefined;
    const found = key === undefined ? undefined : referent(reference, key);
    const isUnfit = found?.role && reference.roles && !reference.roles.includes(found.role);
    if (found && ((found.isActive && !isUnfit) || found.id === current?.[reference.column])) {
      result.values[reference.column] = found.id;
      continue;
    }
    const problem = key === undefined ? undefined : refusalOf(name, reference, found);
    const standIn = reference.need === 'owner' ? ownerId : null;
    const isMissed = !current && reference.need !== 'optional' && standIn === null;
    if (isMissed) result.refusals.push(problem ?? missing([name]));
    else if (problem) result.droppedFields.push(problem);
    if (!current && standIn !== null) result.values[reference.column] = standIn;
  }
  return result;
}

function refusalOf(name: string, reference: RecordReference, found: Referent | undefined): Issue {
  if (!found) return unknown(name, reference);
  return found.isActive ? unfitRole([name], reference.roles ?? []) : departed(name);
}

const departed = (name: string): Issue =>
  issue(name, 'EMPLOYEE_NOT_ACTIVE', 'Must be an active employee', '须为在职员工');

const unknown = (name: string, { to }: RecordReference): Issue =>
  issue(
    name,
    'REFERENCE_UNKNOWN',
    `No ${to} with this key was imported from this source`,
    '该来源中没有导入过此键的记录',
  );

/**
 * A cell's text as the standards read it: of an enumeration the value that it names, since an export writes labels; of a
 * date or instant what the clocks of the organisation showed.
 */
function readCell({ name }: RecordType, field: string, text: string, timeZone: string): string {
  const model = modelNamed(`${name[0]?.toUpperCase()}${name.slice(1)}`);
  const { enumeration, kind } = model?.attributes.get(field) ?? {};
  if (enumeration) return enumValueOf(enumeration, text) ?? text;
  if (kind === 'date') return localDate(text, timeZone);
  return kind === 'instant' ? localInstant(text, timeZone) : text;
}

function readFields(
  recordType: RecordType,
  { fields }: Candidate,
  timeZone: string,
  isGiven: (name: string) => boolean,
) {
  const input: Record<string, unknown> = {};
  const issues: Issue[] = [];
  for (const [name, text] of Object.entries(fields)) {
    if (!isGiven(name)) continue;
    if (!recordType.flags?.includes(name)) input[name] = readCell(recordType, name, text, timeZone);
    else if (/^(true|yes|y|1|是)$/i.test(text)) input[name] = true;
    else if (/^(false|no|n|0|否)$/i.test(text)) input[name] = false;
    else issues.push(issue(name, 'FLAG_FORMAT', 'Must be yes or no', '须为是或否'));
  }
  return { input, issues };
}

/** Leaves out invalid values until the standards accept the rest or report that a required value is missing. */
function settle(
  recordType: RecordType,
  input: Record<string, unknown>,
  droppedFields: Issue[],
  state: Parameters<RecordType['check']>[1],
): FieldValidation {
  const remaining = { ...input };
  for (;;) {
    const { values, issues, warnings } = recordType.check(remaining, state);
    if (issues.length === 0) return { values, refusals: [], droppedFields, warnings };
    const isFatal = ({ path }: Issue) =>
      remaining[fieldOf(path)] === undefined ||
      (state.mode === 'create' && recordType.decisive?.includes(fieldOf(path)) === true);
    const fatal = issues.filter(isFatal);
    if (fatal.length > 0) {
      // Why the given value was dropped is more helpful than "A value is required".
      const fields = new Set(fatal.map(({ path }) => fieldOf(path)));
      const causes = droppedFields.filter(({ path }) => fields.has(fieldOf(path)));
      const explained = new Set(causes.map(({ path }) => fieldOf(path)));
      return {
        values: {},
        warnings: [],
        refusals: [...causes, ...fatal.filter(({ path }) => !explained.has(fieldOf(path)))],
        droppedFields: [...droppedFields, ...issues.filter((found) => !isFatal(found))].filter(
          (found) => !causes.includes(found),
        ),
      };
    }
    droppedFields = [...droppedFields, ...issues];
    for (const { path } of issues) delete remaining[fieldOf(path)];
  }
}

const fieldOf = (path: Issue['path']): string => String(path[0]);
