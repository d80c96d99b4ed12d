import { getTableName, type SQL, sql } from 'drizzle-orm';
import { jsonb, pgTable } from 'drizzle-orm/pg-core';
import type { AccessClass } from '../../core/access/policy.ts';
import { type Alias, columnOf } from '../../core/model/alias.ts';
import type { AttributeReader, ComputedValue } from '../../core/model/attribute.ts';
import { fileColumnsOf, readableOn } from '../../core/model/read-context.ts';
import { completenessFields, completenessShares } from './completeness-field.ts';
import { completenessEpoch, fileFigure } from './file-figure.table.ts';

/** The column type of `completenessValue`, which is computed and stored nowhere. */
export const completenessJson = pgTable('file_figure', { completeness: jsonb('completeness') }).completeness;

const everyShare = 2 ** completenessShares.length - 1;

/** The shares of a file's completeness that its reader may know, a bit each: a number, or an expression by row. */
function readableShares(reader: AttributeReader, alias: Alias): number | SQL {
  const file = fileColumnsOf(alias);
  const rights = completenessShares.map((share) => readableOn(reader, share, file));
  const always = rights.reduce<number>((bits, right, i) => bits + (right === true ? 2 ** i : 0), 0);
  const byRow = rights.flatMap((right, i) =>
    typeof right === 'object' ? sql` + case when ${right} then ${sql.raw(String(2 ** i))} else 0 end` : [],
  );
  return byRow.length === 0 ? always : sql`(${sql.raw(String(always))}${sql.join(byRow)})`;
}

const asNumber = (shares: number | SQL): SQL =>
  typeof shares === 'number' ? sql.raw(String(shares)) : shares;

const figureOf = (alias: Alias, value: SQL): SQL =>
  sql`(select ${value} from ${fileFigure} fig where fig.customer_id = ${columnOf(alias, 'id')})`;

const conditions = ['kind', 'customer_type', 'nature', 'tier', 'importance'] as const;

const followed: Omit<ComputedValue, 'value'> = {
  counts: [...new Set<AccessClass>(completenessShares.map(({ access }) => access))],
  follows: {
    columns: [
      ...Object.values(completenessFields)
        .filter(({ fills: [type] }) => type === 'Customer')
        .map(({ fills: [, field] }) => snake(field)),
      ...conditions,
    ],
    tables: ['contact', 'need', getTableName(completenessEpoch)],
  },
};

function snake(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The score that lists find and order a file by. */
export const scoreValue: ComputedValue = {
  ...followed,
  value: (reader, alias) => {
    const shares = readableShares(reader, alias);
    return figureOf(
      alias,
      shares === everyShare
        ? sql.raw('fig.completeness_score')
        : sql`completeness_of(fig.due, fig.met, ${asNumber(shares)})`,
    );
  },
};

/** What its reader sees of a file's completeness, as JSON. */
export const completenessValue: ComputedValue = {
  ...followed,
  value: (reader, alias) => {
    const of = conditions.map((column) => sql`${columnOf(alias, column)}::text`);
    return figureOf(
      alias,
      sql`completeness_seen(fig, ${sql.join(of, sql`, `)}, ${asNumber(readableShares(reader, alias))})`,
    );
  },
};
