import { sql } from 'drizzle-orm';
import { actorOf, originOf, ownFile, requireWritable } from '../../core/access/write-policy.ts';
import type { Context } from '../../core/context.ts';
import { type Database, writeAs } from '../../core/database/database.ts';
import { digestOf, onceAnswered } from '../../core/database/idempotency.ts';
import { uuids } from '../../core/database/rows.ts';
import { badInput, conflict, type Issue, notFound } from '../../core/errors.ts';
import { type LockedFile, lockVisible } from '../../core/part/file-lock.ts';
import { type CustomerRow, customer } from '../../domains/customer/customer.table.ts';
import { type FileSelection, readSelection, type SelectedFiles } from './bulk-selection.service.ts';

/** What every call about many files has. */
export interface BulkInput extends FileSelection {
  dryRun?: boolean | null;
  expectedState?: string | null;
  idempotencyKey?: string | null;
}

/** A change of many files. */
export interface BulkChange {
  /** Name of the mutation. */
  operation: string;
  /** Fields of a file that it sets: each takes the right to change it. */
  fields: readonly string[];
  /** What is wrong with the input, whichever files it is about. */
  issues: Issue[];
  /** The same, as far as only the database knows it. */
  verify?(tx: Database): Promise<Issue[]>;
  /** What is in the way of changing these files, by id; they may be changed otherwise. */
  hindrances(tx: Database, files: readonly CustomerRow[]): Promise<ReadonlyMap<string, readonly Issue[]>>;
  /** Ids of those of the files that it makes a difference to. */
  changed(tx: Database, files: readonly CustomerRow[]): Promise<ReadonlySet<string>>;
  apply(tx: Database, files: readonly CustomerRow[]): Promise<void>;
}

/** Files that are refused for the same reasons. */
export interface Refused {
  code: 'NOT_FOUND' | 'FORBIDDEN' | 'CONFLICT' | 'BAD_USER_INPUT';
  /** Messages in both languages. */
  reasons: Issue[];
  count: number;
  /** UUIDs, at most {@link maxNamed}. */
  ids: string[];
}

/** What has happened, or would. */
export interface BulkOutcome {
  matched: number;
  changed: number;
  unchanged: number;
  refused: number;
  refusals: Refused[];
  state: string;
}

/** Most files that a refusal names. */
export const maxNamed = 100;

/**
 * Changes many files as single writes would: each one that may be changed, and none that may not; what is refused is
 * returned with its reasons. In one transaction, so that all of them have changed or none, with as many statements for
 * ten thousand as for one. With `dryRun` nothing is locked or written.
 *
 * Errors: FORBIDDEN naming every field that the viewer may change on no file, those of {@link readSelection}, NOT_FOUND
 * if the viewer sees none of the files named, CONFLICT (SELECTION_CHANGED) if what would happen is no longer
 * `expectedState`.
 */
export async function changeFiles(ctx: Context, input: BulkInput, change: BulkChange): Promise<BulkOutcome> {
  const actor = actorOf(ctx);
  const { viewer } = actor;
  // What they may not do to a file of their own they may do to none.
  requireWritable(viewer, ownFile, 'Customer', change.fields);
  const selection = await readSelection(ctx, input, change.issues);
  const isDryRun = input.dryRun ?? false;
  const work = (tx: Database) => changeSelected(tx, ctx, { input, change, selection, isDryRun });
  if (isDryRun) return ctx.db.transaction(work);
  const { operation } = change;
  const attempt = { viewerId: viewer.id, operation, key: input.idempotencyKey, input };
  return writeAs(ctx.db, originOf(actor), (tx) => onceAnswered(tx, attempt, () => work(tx)));
}

interface Call {
  input: BulkInput;
  change: BulkChange;
  selection: SelectedFiles;
  isDryRun: boolean;
}

async function changeSelected(tx: Database, ctx: Context, call: Call): Promise<BulkOutcome> {
  const { input, change, selection, isDryRun } = call;
  const { viewer } = actorOf(ctx);
  const wanted = await selection.find(tx);
  const found = await lockVisible(tx, viewer, customer, uuids(wanted), { lock: !isDryRun });
  if (selection.named && found.size === 0) throw notFound();
  // While this waited for a lock, a file may have stopped matching the filter.
  const ids = selection.named || isDryRun ? wanted : await selection.find(tx, [...found.keys()]);
  const issues = (await change.verify?.(tx)) ?? [];
  if (issues.length > 0) throw badInput(issues);

  const refusals = new Map<string, Refused>();
  const refuse = (id: string, code: Refused['code'], reasons: readonly Issue[]): void => {
    const key = JSON.stringify([code, reasons]);
    const refused = refusals.get(key) ?? { code, reasons: [...reasons], count: 0, ids: [] };
    refused.count += 1;
    if (refused.ids.length < maxNamed) refused.ids.push(id);
    refusals.set(key, refused);
    verdicts.push([id, key]);
  };
  const verdicts: [id: string, verdict: string][] = [];
  const writable: CustomerRow[] = [];
  for (const id of ids) {
    const file = found.get(id);
    if (!file) {
      if (selection.named) refuse(id, 'NOT_FOUND', [reasonOf(notFound(), 'NOT_FOUND')]);
      continue;
    }
    const forbidden = forbiddenOn(file);
    if (forbidden) refuse(id, 'FORBIDDEN', forbidden);
    else if (file.archivedAt !== null) refuse(id, 'CONFLICT', [archived]);
    else writable.push(file);
  }
  const hindrances = await change.hindrances(tx, writable);
  const free = writable.filter(({ id }) => {
    const reasons = hindrances.get(id) ?? [];
    if (reasons.length > 0) refuse(id, 'BAD_USER_INPUT', reasons);
    return reasons.length === 0;
  });
  const changedIds = await change.changed(tx, free);
  const changed = free.filter(({ id }) => changedIds.has(id));
  for (const { id } of free) verdicts.push([id, changedIds.has(id) ? 'changed' : 'unchanged']);

  const state = stateOf(call, found, verdicts);
  if (input.expectedState != null && input.expectedState !== state) throw changedSinceShown();
  if (!isDryRun && changed.length > 0) await change.apply(tx, changed);
  const refused = verdicts.length - free.length;
  return {
    matched: verdicts.length,
    changed: changed.length,
    unchanged: free.length - changed.length,
    refused,
    refusals: [...refusals.values()].sort((a, b) => b.count - a.count || (a.code < b.code ? 1 : -1)),
    state,
  };

  /** Why the viewer may not change a file; undefined if they may. */
  function forbiddenOn(file: LockedFile): Issue[] | undefined {
    try {
      requireWritable(viewer, file, 'Customer', change.fields);
      return undefined;
    } catch (error) {
      const { message, extensions } = error as { message: string; extensions: { fields?: string[] } };
      return [{ path: ['input', ...(extensions.fields ?? [])], code: 'FORBIDDEN', message }];
    }
  }
}

const reasonOf = ({ message }: Error, code: string): Issue => ({ path: ['input'], code, message });

const archived: Issue = {
  path: ['input'],
  code: 'ARCHIVED',
  message: 'This file is archived; restore it first. (该档案已封存，请先恢复。)',
};

/** A digest that differs whenever a file, or what would be done to it, does. */
function stateOf(
  { input, change }: Call,
  files: ReadonlyMap<string, CustomerRow>,
  verdicts: readonly [string, string][],
): string {
  const { filter: _, ids: __, dryRun: ___, expectedState: ____, idempotencyKey: _____, ...set } = input;
  const lines = verdicts.map(([id, verdict]) => `${id} ${files.get(id)?.version ?? ''} ${verdict}`).sort();
  return digestOf({ operation: change.operation, set, lines });
}

const changedSinceShown = () =>
  conflict(
    'What would be changed is no longer what was shown; look at it again. (涉及的客户在预览后已变更，请重新预览。)',
    { reason: 'SELECTION_CHANGED' },
  );

/** The ids of files, to compare with. */
export const among = (files: readonly { id: string }[]) => sql`any(${uuids(files.map(({ id }) => id))})`;
