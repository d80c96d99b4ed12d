import { type SQL, sql } from 'drizzle-orm';
import { texts } from '../../core/database/rows.ts';
import { idKindOf, uuidOf } from '../../core/graphql/schema/type-id.ts';
import { type HistoryField, historyFields } from '../../core/model/history-field.ts';
import { instantSpan } from '../../core/model/instant-condition.ts';
import { any } from '../../core/model/read-context.ts';
import { type StandardName, standardNamed } from '../../core/model/standard.ts';
import { isOneOf } from '../../core/model/text-condition.ts';
import { checkDate, checkInstant } from '../../core/validation/date.ts';

const number = /^-?\d{1,20}(\.\d{1,10})?$/;

/**
 * The condition for lines whose value, as stored in `column`, is the written one: texts by the standard of the line's
 * field, ids as TypeIDs, instants to the millisecond or by the day, amounts with any zeros. `key` is the line's column.
 */
export function hasValue(column: SQL, key: SQL, written: string, timeZone: string): SQL {
  const conditions = [sql`${column} = ${written}::text`];
  if (idKindOf(written)) conditions.push(sql`${column} = ${uuidOf(written)}::text`);
  if (number.test(written)) {
    // CASE prevents the cast of a text that is not a number.
    conditions.push(
      sql`case when ${column} ~ '^-?[0-9]+([.][0-9]+)?$' then (${column})::numeric = ${written}::numeric end`,
    );
  }
  const isOf = (fields: readonly HistoryField[]) => {
    const keys = fields.map(({ subject, column: name }) => `${subject}.${name}`);
    return sql`(c.subject || '.' || ${key}) = any(${texts(keys)})`;
  };
  for (const [standard, fields] of textsByStandard()) {
    conditions.push(sql`(${isOf(fields)} and ${isOneOf(standardNamed(standard), column, [written])})`);
  }
  const instant = checkInstant(written).value ?? dayIn(written);
  if (instant !== undefined) {
    const { from, until } = instantSpan(instant, timeZone);
    const fields = [...historyFields().values()].filter(({ value }) => value?.kind === 'instant');
    conditions.push(
      sql`case when ${isOf(fields)} then (${column})::timestamptz >= ${from} and (${column})::timestamptz < ${until} end`,
    );
  }
  return any(conditions);
}

/** A date written like those of the API. */
const dayIn = (written: string): string | undefined => {
  const { value } = checkDate(written);
  return value === written ? value : undefined;
};

function textsByStandard(): Map<StandardName, HistoryField[]> {
  const texts = new Map<StandardName, HistoryField[]>();
  for (const field of historyFields().values()) {
    if (field.value?.kind !== 'text') continue;
    const { standard } = field.value;
    texts.set(standard, [...(texts.get(standard) ?? []), field]);
  }
  return texts;
}
