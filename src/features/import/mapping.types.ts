import type { SubjectName } from './record-type.ts';

/** Which of a file's columns make which records. Written as YAML, see `mappings/README.md`. */
export interface Mapping {
  /** Whose records these are: external keys are unique within it, and other files of the same source refer to them. */
  source: string;
  /** A label of the WHATWG Encoding Standard, such as utf-8 or gb18030. */
  encoding: string;
  delimiter: string;
  /** E-mail address of who owns what names no owner. */
  owner: string | undefined;
  entries: Entry[];
}

/** One kind of record that a row can make. */
export interface Entry {
  /** For the summary and the report; unique in its mapping. */
  name: string;
  subject: SubjectName;
  /** The file is read once for every pass: what refers to later rows belongs to a later one. From 1. */
  pass: number;
  key: Source;
  when: Condition[];
  fields: [name: string, source: Source][];
  /** Labels to put on a customer. */
  tags: Source[];
}

/** Where a text comes from, and what is done to it, in this order: replace, values, date and time, times. */
export interface Source {
  parts: Part[];
  /** The value is no longer the file's once the record exists. */
  isInitial: boolean;
  when: Condition[];
  replace: [from: string, to: string][];
  values: Map<string, string> | undefined;
  /** What `values` makes of a text it does not list; undefined leaves it as it is. */
  otherwise: string | undefined;
  /** How the file writes dates: yyyy, mm and dd with what stands between. */
  date: string | undefined;
  /** Makes an instant of the date: "00:00:00Z". */
  time: string | undefined;
  /** A decimal to multiply by. */
  times: string | undefined;
}

/** A piece of a text: as it stands, or a column's cell. */
export type Part = { literal: string } | { column: string; isOptional: boolean; form: 'plain' | 'mailbox' };

/** Holds where the column's cell is one of the texts; with none listed, where it holds anything. */
export interface Condition {
  column: string;
  texts: string[];
}

/** How a column is looked up: spaces and full-width forms in headers vary from export to export. */
export const columnKey = (header: string): string => header.normalize('NFKC').replace(/\s+/g, '');

/** Every column a mapping reads, as it writes them. */
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
