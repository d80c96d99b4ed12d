import { eq, inArray, type SQL, sql } from 'drizzle-orm';
import { type Actor, originOf } from '../access/write.ts';
import { customerModel } from '../customer/customer.model.ts';
import { type Database, queryJson, writeAs } from '../database/database.ts';
import { insertedId } from '../database/idempotency.ts';
import { endBorrowing, lockOut, tellingOrphans } from '../employee/employee.leave.ts';
import { notActive } from '../employee/employee.reference.ts';
import { employee, Role } from '../employee/employee.table.ts';
import { badInput, filterAt, forbidden, type Issue, issuesOf, notFound, tellingAll } from '../errors.ts';
import { requireId } from '../graphql/input-id.ts';
import { checkId } from '../graphql/type-id.ts';
import { compileFilter, type Filter } from '../model/filter.ts';
import { aliases, fileColumnsOf, type Reading } from '../model/reading.ts';
import { withSavedFilters } from '../model/saved-filter.ts';
import { segment } from '../segment/segment.table.ts';
import { handover, type Reception } from './handover.table.ts';

const path = ['input'];
const maxRules = 20;

interface Rule {
  filter: Filter | null;
  /** UUID. */
  toId: string;
}

/** An employee whom the input names to receive something, and where it does. */
interface Receiver {
  /** UUID. */
  id: string;
  path: (string | number)[];
}

export interface HandOverFiles {
  fromEmployeeId: string;
  rules: { filter?: object | null; toEmployeeId: string }[];
  segmentsToEmployeeId?: string | null;
  disable?: boolean | null;
}

/**
 * Hands an employee's files over, archived ones too, in one transaction: owner and custodian of the files, open deals,
 * segments; ends what the employee borrowed; and, where told, locks the employee out. Returns the record's id.
 *
 * Both sides hear of it through the change log, as of any change of owner.
 *
 * Errors: NOT_FOUND for the employee, FORBIDDEN (only administrators disable, nobody themselves; a filter on a field
 * the viewer may not read), BAD_USER_INPUT naming the violations, CONFLICT when an active file would be left without
 * an active owner.
 */
export async function handOverFiles(db: Database, actor: Actor, input: HandOverFiles): Promise<string> {
  const { viewer } = actor;
  const disable = input.disable ?? false;
  const fromId = await tellingAll(
    () => requireId('emp', input.fromEmployeeId, [...path, 'fromEmployeeId']),
    () => Promise.reject(badInput(readRules(input, null, disable).issues)),
    () => receiverIn(db, actor, readRules(input, null, disable).rules),
  );
  if (disable && (viewer.role !== Role.ADMIN || fromId === viewer.id)) throw forbidden();
  const { rules, segmentsToId, receivers, issues } = readRules(input, fromId, disable);
  return tellingOrphans(() =>
    writeAs(db, originOf(actor), async (tx) => {
      await lockFilesOf(tx, fromId);
      const receiver = () => receiverIn(tx, actor, rules);
      await tellingAll(() => requireActive(tx, fromId, receivers, issues), receiver);
      const receptions = await moveFiles(tx, fromId, await receiver());
      const deals = await moveDeals(tx, fromId);
      const grants = await endBorrowing(tx, fromId, viewer.id);
      const segments = segmentsToId === null ? 0 : await moveSegments(tx, fromId, segmentsToId);
      if (disable) await lockOut(tx, fromId);
      const customers = receptions.reduce((sum, reception) => sum + reception.customers, 0);
      const record = { fromEmployeeId: fromId, performedById: viewer.id, disabled: disable, receptions };
      return insertedId(
        tx
          .insert(handover)
          .values({ ...record, customers, deals, grants, segments })
          .returning({ id: handover.id }),
      );
    }),
  );
}

/** Who receives what, and everything wrong with it but whether they are there. Not to be used where something is. */
function readRules(input: HandOverFiles, fromId: string | null, disable: boolean) {
  const receivers: Receiver[] = [];
  const issues: Issue[] = [];
  const readId = (text: string, ...at: (string | number)[]): string => {
    const place = [...path, ...at];
    const { value = '', problem } = checkId('emp', text);
    if (problem) issues.push({ path: place, ...problem });
    else receivers.push({ id: value, path: place });
    return value;
  };
  if (input.rules.length < 1 || input.rules.length > maxRules) {
    const message = `1 to ${maxRules} rules. (规则须为 1 至 ${maxRules} 条。)`;
    issues.push({ path: [...path, 'rules'], code: 'RULE_COUNT', message });
  }
  const rules = input.rules.map(({ filter, toEmployeeId }, index): Rule => {
    const toId = readId(toEmployeeId, 'rules', index, 'toEmployeeId');
    if (toId === fromId) {
      const message = 'Must be another employee. (须为其他员工。)';
      issues.push({ path: [...path, 'rules', index, 'toEmployeeId'], code: 'SAME_EMPLOYEE', message });
    }
    return { filter: (filter as Filter | undefined) ?? null, toId };
  });
  const lastId = disable ? (rules.at(-1)?.toId ?? null) : null;
  const segmentsToId = input.segmentsToEmployeeId
    ? readId(input.segmentsToEmployeeId, 'segmentsToEmployeeId')
    : lastId;
  return { rules, segmentsToId, receivers, issues };
}

/** Files first and in id order, as with every write of files; employees after them. */
const lockFilesOf = (tx: Database, fromId: string) =>
  tx.execute(sql`select 1 from customer where owner_id = ${fromId} order by id for no key update`);

/**
 * Locks everybody concerned, so that nobody is disabled on the way. Errors: NOT_FOUND, BAD_USER_INPUT with the issues
 * of the input and of whoever is no active employee.
 */
async function requireActive(
  tx: Database,
  fromId: string,
  receivers: readonly Receiver[],
  issues: readonly Issue[],
): Promise<void> {
  const found = await tx
    .select({ id: employee.id, disabledAt: employee.disabledAt })
    .from(employee)
    .where(inArray(employee.id, [fromId, ...receivers.map(({ id }) => id)]))
    .orderBy(employee.id)
    .for('no key update');
  if (!found.some(({ id }) => id === fromId)) throw notFound();
  const active = new Set(found.filter(({ disabledAt }) => disabledAt === null).map(({ id }) => id));
  const inactive = receivers.filter(({ id }) => !active.has(id)).map(({ path: place }) => notActive(place));
  if (issues.length + inactive.length > 0) throw badInput([...issues, ...inactive]);
}

/** One statement for all rules: the first that a file meets names its new owner. */
async function moveFiles(tx: Database, fromId: string, receiver: SQL): Promise<Reception[]> {
  return tx.execute<{ [column: string]: unknown } & Reception>(sql`
    with moved as (
      update customer f
      set owner_id = target.to_id,
          custodian_id = case when f.custodian_id = ${fromId}::uuid then target.to_id else f.custodian_id end
      from (select t1.id, ${receiver} as to_id from customer t1 where t1.owner_id = ${fromId}::uuid) target
      where f.id = target.id and target.to_id is not null
      returning f.owner_id
    )
    select owner_id as "employeeId", count(*)::int as customers from moved group by owner_id`);
}

/**
 * The first rule's receiver whose filter the file `t1` meets, as SQL; null where it meets none. Errors: FORBIDDEN for a
 * filter, BAD_USER_INPUT naming the violations of all.
 */
const receiverIn = (db: Database, actor: Actor, rules: Rule[]): Promise<SQL> =>
  withSavedFilters(
    (statement) => queryJson(db, statement),
    actor,
    (reading) => receiverOf(reading, rules),
  );

function receiverOf(reading: Reading, rules: Rule[]): SQL {
  const next = aliases();
  const file = next();
  const issues: Issue[] = [];
  const compiled = (filter: Filter, index: number): SQL => {
    try {
      return compileFilter(reading, customerModel, filter, file, fileColumnsOf(file), next);
    } catch (error) {
      const found = issuesOf(error);
      if (!found) throw error;
      issues.push(...filterAt([...path, 'rules', index, 'filter'], found));
      return sql`false`;
    }
  };
  const branches = rules.map(
    ({ filter, toId }, index) => sql`when ${filter ? compiled(filter, index) : sql`true`} then ${toId}::uuid`,
  );
  if (issues.length > 0) throw badInput(issues);
  return sql`case ${sql.join(branches, sql` `)} end`;
}

/** Open deals follow their file, and files that others own keep no custodian who left. Returns how many deals. */
async function moveDeals(tx: Database, fromId: string): Promise<number> {
  await tx.execute(sql`
    update customer set custodian_id = owner_id where custodian_id = ${fromId}::uuid and owner_id <> ${fromId}::uuid`);
  const moved = await tx.execute(sql`
    update deal d set owner_id = f.owner_id from customer f
    where f.id = d.customer_id and d.owner_id = ${fromId}::uuid and d.stage = 'OPEN' and f.owner_id <> ${fromId}::uuid
    returning 1`);
  return moved.length;
}

async function moveSegments(tx: Database, fromId: string, toId: string): Promise<number> {
  const moved = await tx
    .update(segment)
    .set({ ownerId: toId })
    .where(eq(segment.ownerId, fromId))
    .returning({ id: segment.id });
  return moved.length;
}
