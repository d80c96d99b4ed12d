import type { Issue } from '../../core/errors.ts';
import { checkFields, type Fields, required, type Values } from '../../core/validation/fields.ts';
import { checkText } from '../../core/validation/text.ts';

/** Longest filter as JSON, in characters: about two hundred conditions, as for a segment's rule. */
const maxFilterLength = 20_000;

const rules = {
  purpose: required((text: string) => checkText(text, { min: 2, max: 200 })),
};

/** The fields of an export's input that are checked. */
export interface ExportFields extends Fields<typeof rules> {
  columns: readonly string[];
  filter?: object | null;
}

/** Checks an export's purpose, columns and size of filter and reports every violation. */
export function checkExport(input: ExportFields): {
  values: Values<typeof rules>;
  filter: Record<string, unknown> | null;
  issues: Issue[];
} {
  const { values, issues } = checkFields(rules, input, { mode: 'create', path: ['input'] });
  const { columns } = input;
  if (columns.length === 0) {
    const message = 'Name at least one column. (请至少选择一列。)';
    issues.push({ path: ['input', 'columns'], code: 'VALUE_REQUIRED', message });
  }
  columns.forEach((column, i) => {
    if (columns.indexOf(column) === i) return;
    const message = `${column} is named twice. (列 ${column} 重复。)`;
    issues.push({ path: ['input', 'columns', i], code: 'DUPLICATE', message });
  });
  const json = input.filter ? JSON.stringify(input.filter) : null;
  if (json && json.length > maxFilterLength) {
    const message = `A filter has at most ${maxFilterLength} characters as JSON. (筛选条件过长。)`;
    issues.push({ path: ['input', 'filter'], code: 'TOO_LONG', message });
  }
  return { values, filter: json && JSON.parse(json), issues };
}
