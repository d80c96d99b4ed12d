import type { Issue } from '../../core/errors.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { checkLegalName } from '../../core/validation/legal-name.ts';
import type { CustomerRow } from '../customer/customer.table.ts';
import { verifiableFields } from './verifiable-field.ts';

type Path = Issue['path'];
type Values = Readonly<Record<string, unknown>>;

/** Fields that persons do not have. */
const ofOrganizations: readonly string[] = ['unifiedSocialCreditCode', 'legalRepresentative'];
/** Fields that customers outside of China do not have. */
const ofChina: readonly string[] = ['unifiedSocialCreditCode'];

/** Which of the settings' `verifiedFields` a file has to have and to have verified. */
export const requiredFields = (
  { kind, country }: Pick<CustomerRow, 'kind' | 'country'>,
  { verifiedFields }: Pick<Settings, 'verifiedFields'>,
): string[] =>
  verifiedFields.filter(
    (name) =>
      !(kind === 'PERSON' && ofOrganizations.includes(name)) && !(country !== 'CN' && ofChina.includes(name)),
  );

/** All that a file lacks to be submitted: the full legal name in any case (R62), and what the organisation requires. */
export function missingForSubmission(
  file: CustomerRow,
  settings: Pick<Settings, 'verifiedFields' | 'nameStandard'>,
  path: Path,
): Issue[] {
  const values = file as unknown as Values;
  const issues = [...new Set(['name', ...requiredFields(file, settings)])]
    .filter((name) => values[name] == null)
    .map((name) => needed(path, name, 'Is missing', '未填写'));
  if (file.name !== null && file.kind === 'ORGANIZATION' && settings.nameStandard === 'REFUSE') {
    const { problem } = checkLegalName(file.name, { country: file.country });
    if (problem) issues.unshift({ path: [...path, 'name'], ...problem });
  }
  return issues;
}

/** Those of the required fields that have a value and nobody has verified; `verified` are columns. */
export const unverified = (
  file: CustomerRow,
  wanted: readonly string[],
  verified: ReadonlySet<string>,
  path: Path,
): Issue[] =>
  wanted
    .filter((name) => (file as unknown as Values)[name] != null && !verified.has(columnOf(name)))
    .map((name) => ({ ...needed(path, name, 'Is not verified', '未核实'), code: 'FIELD_NOT_VERIFIED' }));

const needed = (path: Path, name: string, english: string, chinese: string): Issue => ({
  path: [...path, name],
  code: 'SUBMISSION_NEEDS',
  message: `${english}. (${chinese}。)`,
});

const columnOf = (field: string): string => verifiableFields().get(`Customer.${field}`)?.column ?? '';
