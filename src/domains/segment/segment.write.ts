import { isDeepStrictEqual } from 'node:util';
import { and, eq, or, sql } from 'drizzle-orm';
import type { LogUses } from '../../core/access/access-log-port.ts';
import { segmentAdministrators } from '../../core/access/policy.ts';
import type { Viewer } from '../../core/access/viewer.ts';
import { type Actor, originOf } from '../../core/access/write-policy.ts';
import { type Database, queryJson, writeAs } from '../../core/database/database.ts';
import { insertedId, once } from '../../core/database/idempotency.ts';
import {
  badInput,
  collectIssues,
  filterAt,
  forbidden,
  type Issue,
  notFound,
  violationsOf,
} from '../../core/errors.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { checkFilter } from '../../core/model/filter.ts';
import { withCurrencies } from '../../core/model/money-condition.ts';
import { newShape } from '../../core/model/query-cost.ts';
import { requireVersion } from '../../core/part/version-conflict.ts';
import { missing } from '../../core/validation/fields.ts';
import { customerModel } from '../customer/customer.model.ts';
import { checkSegment, type SegmentFields, type SegmentValues } from './segment.check.ts';
import { type SegmentKind, type SegmentRow, segment } from './segment.table.ts';
import {
  checkChange,
  checkCustomerIds,
  checkMembership,
  freezeMembers,
  hasMembers,
  listRule,
  replaceMembers,
} from './segment-member.write.ts';
import { lockNamed, requireUnused } from './segment-use.service.ts';

const path = ['input'];
/** Longest rule as JSON, in characters: about two hundred conditions. */
const maxRuleLength = 20_000;

export interface CreateSegment extends SegmentFields {
  kind: SegmentKind;
  /** A `CustomerFilter`; null for a STATIC segment. */
  rule?: object | null;
  /** TypeIDs; for a STATIC segment only. */
  customerIds?: string[] | null;
  idempotencyKey?: string | null;
}

/**
 * Creates a segment that the viewer owns and returns its id (a UUID).
 *
 * Errors: FORBIDDEN for a rule on a field the viewer may not read, BAD_USER_INPUT naming every violation.
 */
export function createSegment(db: Database, actor: Actor, input: CreateSegment): Promise<string> {
  const { viewer } = actor;
  const attempt = { viewerId: viewer.id, operation: 'createSegment', key: input.idempotencyKey, input };
  return writeAs(db, originOf(actor), async (tx) => {
    const { id, replayed } = await once(tx, attempt, async (newId) => {
      const { values, issues } = checkSegment(input, { mode: 'create', path });
      const { kind } = input;
      const membership = checkMembership(kind, input, issues);
      await lockNamed(tx, membership.rule);
      const rule = membership.rule ? await storedRule(tx, actor, membership.rule, issues) : null;
      if (issues.length > 0) throw badInput(issues);
      const id =
        newId ??
        (kind === 'DYNAMIC' ? undefined : await queryJson<string>(tx, sql`select to_json(new_id())`));
      const created = await insertedId(
        tx
          .insert(segment)
          .values({
            ...(values as SegmentValues & { name: string }),
            id,
            kind,
            rule: kind === 'DYNAMIC' && rule ? rule : listRule(id as string, rule),
            listedAt: kind === 'DYNAMIC' ? null : actor.now.toISOString(),
            ownerId: viewer.id,
          })
          .returning({ id: segment.id }),
      );
      if (kind === 'SNAPSHOT' && rule) await freezeMembers(tx, actor, created, rule);
      if (membership.customerIds) await replaceMembers(tx, actor, created, membership.customerIds);
      return created;
    });
    if (replayed) await lockSegment(tx, viewer, id);
    return id;
  });
}

export interface UpdateSegment extends SegmentFields {
  id: string;
  expectedVersion: number;
  rule?: object | null;
  /** TypeIDs; for a STATIC segment only. */
  customerIds?: string[] | null;
}

/**
 * Changes a segment and returns its id; for its owner, and for administrators if it is shared. An absent field stays as
 * it is, null clears it; an update that changes nothing succeeds and leaves no trace.
 *
 * Errors: NOT_FOUND, FORBIDDEN for a colleague's shared segment and for a rule on a field the viewer may not read,
 * CONFLICT for any change since the version the client has read, unless it is the same one, and for making a segment
 * private that colleagues use, BAD_USER_INPUT naming every violation.
 */
export async function updateSegment(
  db: Database,
  actor: Actor,
  input: UpdateSegment,
  logUses: LogUses,
): Promise<string> {
  const { customerIds, rule } = input;
  const id = await collectIssues(
    () => requireId('seg', input.id, [...path, 'id']),
    async () => {
      const { issues } = checkSegment(input, { mode: 'update', path });
      if (customerIds) checkCustomerIds(customerIds, issues);
      if (rule) await storedRule(db, actor, rule, issues);
      throw badInput(issues);
    },
  );
  return writeAs(db, originOf(actor), async (tx) => {
    await lockNamed(tx, rule, id);
    const row = await lockSegment(tx, actor.viewer, id);
    requireEditor(actor.viewer, row);
    const { values, issues } = checkSegment(input, { mode: 'update', path });
    const isStale = row.version !== input.expectedVersion;
    if (isStale)
      requireVersion(row, input.expectedVersion, await isHeld(tx, row, values, input, actor.currency));
    // Other kinds have none to be cleared: forms send null for it.
    if (input.rule === null && row.kind === 'DYNAMIC') issues.push(missing([...path, 'rule']));
    const membership = checkChange(row.kind, input, issues);
    const shape = newShape();
    const changedRule = rule ? { rule: await storedRule(tx, { ...actor, shape }, rule, issues, id) } : {};
    if (issues.length > 0) throw badInput(issues);
    // An event, or its absence, shows followers of the segment which files meet the new rule.
    await logUses(shape.uses);
    if (row.shared && values.shared === false) await requireUnused(tx, actor.viewer, id, row.ownerId);
    const { customerIds } = membership;
    const isListed = customerIds === null || (await hasMembers(tx, id, customerIds));
    // The list is in a table of its own; setting its timestamp on the segment raises the version.
    const listed = isListed ? {} : { listedAt: actor.now.toISOString() };
    const changed = { ...values, ...changedRule, ...listed };
    if (!isListed) await replaceMembers(tx, actor, id, customerIds);
    if (Object.keys(changed).length > 0) await tx.update(segment).set(changed).where(eq(segment.id, id));
    return id;
  });
}

export interface DeleteSegment {
  id: string;
  expectedVersion: number;
}

/**
 * Deletes a segment and returns its id; its members are not changed. For the same viewers as {@link updateSegment}.
 *
 * Errors: NOT_FOUND, FORBIDDEN for a colleague's shared segment, CONFLICT for any change since the version the client has read
 * and for a segment in use.
 */
export function deleteSegment(db: Database, actor: Actor, input: DeleteSegment): Promise<string> {
  const id = requireId('seg', input.id, [...path, 'id']);
  return writeAs(db, originOf(actor), async (tx) => {
    const row = await lockSegment(tx, actor.viewer, id);
    requireEditor(actor.viewer, row);
    requireVersion(row, input.expectedVersion);
    await requireUnused(tx, actor.viewer, id);
    await tx.delete(segment).where(eq(segment.id, id));
    return id;
  });
}

/** Whether a segment is already as an update would make it, so that nothing is written: the update was sent twice. */
async function isHeld(
  tx: Database,
  row: SegmentRow,
  values: SegmentValues,
  { rule, customerIds }: Pick<UpdateSegment, 'rule' | 'customerIds'>,
  currency: string,
): Promise<boolean> {
  const isSame = ([field, value]: [string, unknown]) =>
    isDeepStrictEqual(row[field as keyof SegmentRow], value);
  const given = { ...values, ...(rule && { rule: withCurrencies(customerModel, asJson(rule), currency) }) };
  if (!Object.entries(given).every(isSame)) return false;
  return !customerIds || hasMembers(tx, row.id, checkCustomerIds(customerIds, []));
}

/** Locks a segment. Errors: NOT_FOUND, also for a private segment of another employee. */
async function lockSegment(tx: Database, viewer: Viewer, id: string): Promise<SegmentRow> {
  const [row] = await tx
    .select()
    .from(segment)
    .where(and(eq(segment.id, id), or(segment.shared, eq(segment.ownerId, viewer.id))))
    .for('update');
  if (!row) throw notFound();
  return row;
}

function requireEditor(viewer: Viewer, row: SegmentRow): void {
  if (row.ownerId !== viewer.id && !segmentAdministrators.includes(viewer.role)) throw forbidden();
}

/**
 * Checks a rule and returns it to be stored, with the currencies of its amounts; its violations are added to `issues`.
 * Errors: FORBIDDEN.
 */
async function storedRule(
  tx: Database,
  actor: Actor,
  rule: object,
  issues: Issue[],
  self?: string,
): Promise<Record<string, unknown>> {
  const stored = asJson(rule);
  if (JSON.stringify(stored).length > maxRuleLength) {
    const message = `A rule has at most ${maxRuleLength} characters as JSON. (规则过长。)`;
    issues.push({ path: [...path, 'rule'], code: 'RULE_TOO_LONG', message });
    return stored;
  }
  const found = await violationsOf(() =>
    checkFilter((statement) => queryJson(tx, statement), actor, customerModel, stored, self),
  );
  issues.push(...filterAt([...path, 'rule'], found));
  return issues.length > 0 ? stored : withCurrencies(customerModel, stored, actor.currency);
}

/** A rule without what JSON leaves out: fields that the client did not set. */
const asJson = (rule: object): Record<string, unknown> => JSON.parse(JSON.stringify(rule));
