import { type SQL, sql } from 'drizzle-orm';
import { texts } from '../../core/database/rows.ts';
import { type VerifiableField, verifiableFields } from '../verification/verifiable-field.ts';

/** Classes that a customer is shown of their own file. What else it holds is not for everybody who answers for a company. */
const shownClasses: readonly string[] = ['card', 'basic', 'contact'];
/** Types that hold what the customer knows: their organization and its people. */
const shownTypes: readonly string[] = ['Customer', 'Contact'];

/** The fields that a customer can confirm, in the order in which a file lists them. */
export const confirmableFields = (): VerifiableField[] =>
  [...verifiableFields().values()].filter(
    ({ access, entityType }) => shownClasses.includes(access) && shownTypes.includes(entityType),
  );

/** Rows `subject`, `id`, `key`, `value` of all that the customer can confirm of a file (a UUID). */
export function confirmableValues(fileId: string): SQL {
  const of = (subject: string, belongs: SQL) => {
    const columns = confirmableFields().flatMap((one) => (one.subject === subject ? one.column : []));
    return sql`select ${subject}::text as subject, r.id, e.key, e.value from ${sql.raw(subject)} r, jsonb_each(to_jsonb(r)) e
      where ${belongs} and e.value <> 'null' and e.key = any(${texts(columns)})`;
  };
  const file = sql`${fileId}::uuid`;
  return sql`(${of('customer', sql`r.id = ${file}`)} union all ${of('contact', sql`r.customer_id = ${file}`)})`;
}
