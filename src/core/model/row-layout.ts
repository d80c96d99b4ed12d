import type { SQL } from 'drizzle-orm';
import { instantText } from '../validation/date.ts';
import type { Attribute } from './attribute.ts';
import type { RawPage } from './connection.ts';
import type { Arity } from './extensions.ts';
import type { Model, Row } from './model.types.ts';

/**
 * The encoding of rows. A statement returns arrays, not objects, because building objects cost PostgreSQL a third of a
 * dashboard's statement and repeated every name in every row. The names stay here, in the layout created with the
 * statement.
 *
 * A row is `[text, text, …]`, or `[[text, text, …], relation, …]` if it has relations; each attribute is in
 * PostgreSQL's own text form.
 */
export interface RowLayout {
  model: Model;
  /** Fields whose values the cursor of each row holds. */
  inCursor: readonly string[];
  texts: TextColumn[];
  relations: RelationLayout[];
}

export interface TextColumn {
  /** Key in the row: an attribute's field, the flag of an access class, or `$key`. */
  name: string;
  form: TextForm;
}

/** How a text is decoded: as itself, or to a value. */
export type TextForm = 'text' | 'instant' | 'number' | 'boolean' | 'json';

export interface RelationLayout {
  /** Key in the row; see `rowKeyOf`. */
  name: string;
  arity: Arity;
  /** A page for `many`, otherwise just the rows. */
  page: PageLayout;
}

/** A page is encoded as its rows, or as `[rows, total, head]` if more than rows is requested. */
export interface PageLayout {
  /** Null if no rows are requested. */
  row: RowLayout | null;
  rowsOnly: boolean;
}

/** A statement that returns one JSON value, and how to read it. */
export interface RowQuery<T> {
  statement: SQL;
  /** `many` for a page, `list` for rows; a field that returns one object takes the first. */
  arity: 'many' | 'list';
  layout: PageLayout;
  read: (answer: never) => T;
}

export const formOf = ({ kind, list }: Attribute): TextForm => {
  if (list || kind === 'json') return 'json';
  if (kind === 'integer') return 'number';
  return kind === 'instant' || kind === 'boolean' ? kind : 'text';
};

export type EncodedRow = (string | null)[] | [(string | null)[], ...unknown[]];
export type EncodedPage = EncodedRow[] | [EncodedRow[] | null, number | null, RawPage<Row>['head']];

const readers: Record<TextForm, (text: string) => unknown> = {
  text: (text) => text,
  instant: instantText,
  number: Number,
  boolean: (text) => text === 'true',
  json: (text) => JSON.parse(text),
};

/** Decodes a row for its resolvers. */
export function readRow({ texts, relations }: RowLayout, encoded: EncodedRow): Row {
  const values = (relations.length > 0 ? encoded[0] : encoded) as (string | null)[];
  const row: Record<string, unknown> = {};
  for (let i = 0; i < texts.length; i += 1) {
    const { name, form } = texts[i] as TextColumn;
    const text = values[i] as string | null;
    row[name] = text === null || form === 'text' ? text : readers[form](text);
  }
  for (let i = 0; i < relations.length; i += 1) {
    const { name, arity, page } = relations[i] as RelationLayout;
    row[name] = readRelation(arity, page, encoded[i + 1]);
  }
  return row as Row;
}

function readRelation(arity: Arity, page: PageLayout, encoded: unknown): unknown {
  if (encoded === null) return null;
  if (arity === 'many') return readRawPage(page, encoded as EncodedPage);
  const layout = page.row as RowLayout;
  return arity === 'one' ? readRow(layout, encoded as EncodedRow) : readRows(layout, encoded as EncodedRow[]);
}

export const readRows = (layout: RowLayout, encoded: EncodedRow[]): Row[] =>
  encoded.map((row) => readRow(layout, row));

export function readRawPage({ row, rowsOnly }: PageLayout, encoded: EncodedPage): RawPage<Row> {
  if (rowsOnly) return { rows: readRows(row as RowLayout, encoded as EncodedRow[]), total: null, head: null };
  const [rows, total, head] = encoded as Exclude<EncodedPage, EncodedRow[]>;
  return { rows: row && rows ? readRows(row, rows) : null, total, head };
}
