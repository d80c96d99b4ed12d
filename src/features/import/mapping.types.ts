import { plainText } from '../../core/validation/text.ts';
import type { RecordTypeName } from './record-type.ts';

/** Which of a file's columns make which records. Written as YAML, see `mappings/README.md`. */
export interface Mapping {
  /** The system that the records come from. External keys are unique within it; other files of it can refer to them. */
  source: string;
  /** A label of the WHATWG Encoding Standard, such as utf-8 or gb18030. */
  encoding: string;
  delimiter: string;
  /** E-mail address of the owner of records that name none. */
  owner: string | undefined;
  entries: Entry[];
}

/** One kind of record to create from a row. */
export interface Entry {
  /** For the summary and the report; unique in its mapping. */
  name: string;
  subject: RecordTypeName;
  /** The file is read once per pass, from 1. Records that refer to later rows belong in a later pass. */
  pass: number;
  key: Source;
  /** Only changes records that are here, and refuses others. */
  isUpdateOnly: boolean;
  when: Condition[];
  fields: [name: string, source: Source][];
  /** Labels of the tags to add to a customer. */
  tags: Source[];
}

/** Where a text comes from, and what is applied to it, in this order: replace, values, date and time, times. */
export interface Source {
  parts: Part[];
  /** The value is only used to create the record, not to update it. */
  isInitial: boolean;
  when: Condition[];
  replace: [from: string, to: string][];
  values: Map<string, string> | undefined;
  /** The result for a text that `values` does not list; undefined keeps the text. */
  otherwise: string | undefined;
  /** The file's date format: yyyy, mm and dd with the separators between them. */
  date: string | undefined;
  /** The time that makes the date an instant, e.g. "00:00:00Z". */
  time: string | undefined;
  /** A decimal to multiply by. */
  times: string | undefined;
}

/** A part of a text: a literal, or the cell of a column. */
export type Part = { literal: string } | { column: string; isOptional: boolean; form: 'plain' | 'mailbox' };

/** Holds if the column's cell is one of the texts; without texts, if the cell is not blank. */
export interface Condition {
  column: string;
  texts: string[];
}

/** The form in which columns are looked up, since spaces, invisible marks and full-width forms in headers vary
 * between exports. */
export const columnKey = (header: string): string => plainText(header).replaceAll(' ', '');

/** Every column that a mapping reads, as written there. */
export function columnsOf({ entries }: Mapping): string[] {
  const sources = entries.flatMap((entry) => [
    entry.key,
    ...entry.fields.map(([, source]) => source),
    ...entry.tags,
  ]);
  const conditions = [...entries, ...sources].flatMap(({ when }) => when);
  return [...new Set([...sources.flatMap(columnsOfSource), ...conditions.map(({ column }) => column)])];
}

export const columnsOfSource = ({ parts }: Source): string[] =>
  parts.flatMap((part) => ('column' in part ? part.column : []));
