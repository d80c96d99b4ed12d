import { type SQL, sql } from 'drizzle-orm';
import { policy } from '../../core/access/policy.ts';
import { asSql, isVisible } from '../../core/access/row-predicates.ts';
import type { Actor } from '../../core/access/write-policy.ts';
import { breaksConstraint } from '../../core/database/constraint.ts';
import type { Database } from '../../core/database/database.ts';
import { conflict } from '../../core/errors.ts';
import { encodeId } from '../../core/graphql/schema/type-id.ts';
import { fileColumnsOf } from '../../core/model/read-context.ts';
import { checkPremises, type Premises, premisesText, premisesUnit } from '../../core/validation/premises.ts';
import { checkSocialCreditCode } from '../../core/validation/social-credit-code.ts';
import { asLookup, hasDirectory } from '../directory/lookup-limit.ts';
import type { CustomerFields } from './customer.check.ts';

/** What the fields are called whose values one file alone can have. */
const words = {
  unifiedSocialCreditCode: ['unified social credit code', '统一社会信用代码'],
  externalKeys: ['external key', '外部编号'],
  archiveNumber: ['archive number', '档号'],
  premises: ['unit', '户址'],
} as const;
type UniqueField = keyof typeof words;
type UniqueFields = Pick<CustomerFields, 'unifiedSocialCreditCode' | 'externalKeys' | 'premises'> & {
  /** In the form in which it is stored. */
  archiveNumber?: string | null;
};

/** A value that another file has already. `holders` selects the ids of such files, each with the value. */
export class ValueTaken extends Error {
  readonly field: UniqueField;
  readonly holders: SQL;

  constructor(field: UniqueField, holders: SQL) {
    super(`Another file has this ${words[field][0]}.`);
    this.field = field;
    this.holders = holders;
  }
}

interface Holder {
  [column: string]: unknown;
  id: string;
  value: string;
  fileNumber: string;
  isVisible: boolean;
  isActive: boolean;
  companyName: string;
  ownerName: string;
}

/**
 * Runs a write and turns a value that another file has into CONFLICT, which names the file if the viewer can see it.
 *
 * Of a file they cannot see, the error shows what the directory does: company and owner. So for roles that see some files
 * only, such a write is a look-up from its beginning, counted and logged as one, and given back if it disclosed nothing.
 * Where no look-ups are left it is refused whatever the values are, since its success would disclose that nobody has
 * them.
 *
 * Errors: CONFLICT, RATE_LIMITED.
 */
export async function writeUnique<T>(
  db: Database,
  actor: Actor,
  input: UniqueFields,
  write: () => Promise<T>,
): Promise<T> {
  const { viewer, now } = actor;
  const { unifiedSocialCreditCode: code, externalKeys: keys, archiveNumber: number } = input;
  const hasUnique = [code, keys, number].some((value) => value?.length) || unitOf(input) !== null;
  if (!hasUnique) return write();
  const attempt = async (count: () => void): Promise<T> => {
    try {
      return await write();
    } catch (error) {
      const taken = takenIn(error, input);
      if (!taken) throw error;
      const holder = await findHolder(db, actor, taken);
      if (holder?.isVisible) throw namingFile(taken.field, holder);
      count();
      const hasCard = holder?.isActive === true && hasDirectory(actor);
      if (holder) noteCard(actor, taken.field, holder, hasCard);
      throw namingOwner(taken.field, hasCard ? holder : undefined);
    }
  };
  return policy[viewer.role].files === 'ALL'
    ? attempt(() => {})
    : asLookup(db, viewer.id, now, actor.settings, attempt);
}

const premisesIn = ({ premises }: UniqueFields): Premises | null =>
  premises ? (checkPremises(premises).value ?? null) : null;

/** The unit that a write gives a file; null without a room, which several files can share. */
function unitOf(input: UniqueFields): string | null {
  const premises = premisesIn(input);
  return premises && premisesUnit(premises);
}

function takenIn(error: unknown, input: UniqueFields): ValueTaken | null {
  const { unifiedSocialCreditCode, archiveNumber } = input;
  if (error instanceof ValueTaken) return error;
  const premises = premisesIn(input);
  if (premises && breaksConstraint(error, 'customer_premises_unit_key'))
    return new ValueTaken(
      'premises',
      sql`select id, ${premisesText(premises)}::text as value from customer
          where archived_at is null and premises_unit(premises) = ${unitOf(input)}::text`,
    );
  if (breaksConstraint(error, 'customer_archive_number_key'))
    return new ValueTaken(
      'archiveNumber',
      sql`select id, archive_number as value from customer where archive_number = ${archiveNumber}::text
          union all select customer_id, number from cancelled_number where number = ${archiveNumber}::text`,
    );
  if (!breaksConstraint(error, 'customer_unified_social_credit_code_key')) return null;
  const code = checkSocialCreditCode(unifiedSocialCreditCode ?? '').value ?? '';
  return new ValueTaken(
    'unifiedSocialCreditCode',
    sql`select id, unified_social_credit_code as value from customer where unified_social_credit_code = ${code}::text`,
  );
}

/** The file that has the value, one that the viewer can see if there are several; none if it has been deleted. */
async function findHolder(db: Database, { viewer }: Actor, taken: ValueTaken): Promise<Holder | undefined> {
  const [holder] = await db.execute<Holder>(sql`
    select t1.id, holder.value, t1.file_number as "fileNumber", (${asSql(isVisible(viewer, fileColumnsOf('t1')))}) as "isVisible",
           t1.archived_at is null as "isActive", coalesce(t1.name, t1.short_name) as "companyName", owner.name as "ownerName"
    from (${taken.holders}) holder join customer t1 on t1.id = holder.id join employee owner on owner.id = t1.owner_id
    order by 4 desc, 1, 2 limit 1`);
  return holder;
}

function namingFile(field: UniqueField, { id, fileNumber, value }: Holder) {
  const [english, chinese] = words[field];
  return conflict(
    `File ${fileNumber} has this ${english} already. (档案 ${fileNumber} 已使用该${chinese}。)`,
    {
      field,
      value,
      customerId: encodeId('cus', id),
    },
  );
}

/** Nothing is shown of a file that the directory would not show: one that is archived, or any to who may not use it. */
function namingOwner(field: UniqueField, holder: Holder | undefined) {
  if (!holder) return conflict('This cannot be saved; ask a data steward. (无法保存，请联系数据管理员。)');
  const { id, value, companyName, ownerName } = holder;
  const [english, chinese] = words[field];
  return conflict(
    `A colleague’s file has this ${english} already; \`card\` says whose. (同事的档案已使用该${chinese}，card 中为其对接人。)`,
    { field, value, card: { customerId: encodeId('cus', id), companyName, ownerName } },
  );
}

const noteCard = (actor: Actor, field: UniqueField, { id, value }: Holder, hasCard: boolean): void =>
  actor.noteLookup?.({
    search: value,
    customerIds: [id],
    fields: [
      ...(hasCard ? ['companyName', 'customerId', 'ownerName'].map((name) => `DirectoryCard.${name}`) : []),
      `Customer.${field}`,
    ].sort(),
  });
