import { sql } from 'drizzle-orm';
import {
  type Actor,
  givenFields,
  originOf,
  type RecordEntry,
  requireAmender,
  requireRecordable,
  requireRecorder,
  requireWritable,
  writtenFields,
} from '../access/write-policy.ts';
import { type Database, writeAs } from '../database/database.ts';
import { once } from '../database/idempotency.ts';
import { type Saved, saveRows, uuids } from '../database/rows.ts';
import { badInput, conflict, type Issue } from '../errors.ts';
import { checkId, type IdPrefix } from '../graphql/schema/type-id.ts';
import type { Model } from '../model/model.types.ts';
import { rootModel } from '../model/registry.ts';
import { type Checks, checkFields, type FieldRules, type Fields, type Values } from '../validation/fields.ts';
import {
  type FileTable,
  type LockedFile,
  lockFiles,
  lockInFiles,
  type PartRow,
  type PartTable,
  requireActive,
} from './file-lock.ts';
import type { CheckState, Draft, PartRules } from './part-rules.ts';
import { requireUnchanged, requireUnchangedFields, writeVersioned } from './version-conflict.ts';

/** Ids of other rows, by field. */
interface References {
  [field: string]: unknown;
}

export type CreateInput<R extends FieldRules> = Fields<R> &
  References & { customerId: string; idempotencyKey?: string | null };
export interface DeleteInput {
  id: string;
  expectedVersion: number;
}
export type UpdateInput<R extends FieldRules> = Fields<R> & References & DeleteInput;

/** The writes of a part, by one set of rules for one row and for ten thousand: with as many statements for either. */
export interface PartWrites<
  T extends PartTable = PartTable,
  F extends FileTable = FileTable,
  R extends FieldRules = FieldRules,
> {
  model: Model;
  rules: PartRules<T, F, R>;
  /**
   * Adds rows to files and returns their ids (UUIDs). The same idempotency key again returns the id of the first time;
   * keys are for one row at a time.
   *
   * Errors: NOT_FOUND for a file, FORBIDDEN naming every field the viewer may not set, CONFLICT for an archived file,
   * BAD_USER_INPUT naming every violation.
   */
  create(db: Database, actor: Actor, inputs: readonly CreateInput<R>[]): Promise<string[]>;
  /**
   * Changes rows and returns their ids. An absent field is left alone, null clears one; what changes nothing succeeds
   * and leaves no trace.
   *
   * Errors: NOT_FOUND, FORBIDDEN naming every field the viewer may not change, CONFLICT for a field changed since
   * the version the client has read or an archived file, BAD_USER_INPUT naming every violation.
   */
  update(db: Database, actor: Actor, inputs: readonly UpdateInput<R>[]): Promise<string[]>;
  /**
   * Removes rows; history keeps what they held. Returns their ids and files. It takes the right to change every class a
   * row holds.
   *
   * Errors: NOT_FOUND, FORBIDDEN, CONFLICT for any change since the version the client has read, an archived file, or a
   * row that others rely on.
   */
  remove(
    db: Database,
    actor: Actor,
    inputs: readonly DeleteInput[],
  ): Promise<Pick<PartRow, 'id' | 'customerId'>[]>;
  /** The values of one input, those of references aside, and every violation of the entry standards. */
  check(input: Fields<R>, state: CheckState<T, F>): Checks<R>;
  /**
   * Writes rows whose rights and values are checked, and what follows from them for others. The caller has locked the
   * files and sees to what `initial` and `verify` do for a client's input.
   */
  apply<D extends SaveDraft<T, F>>(tx: Database, drafts: readonly D[]): Promise<Saved<D>[]>;
}

type SaveDraft<T extends PartTable, F extends FileTable> = Omit<Draft<T, F>, 'path'> & {
  id: string | undefined;
};

type Path = Issue['path'];

/** The path of an input: that of the one a client sends, or its number among several. */
const pathOf = (inputs: readonly unknown[], i: number): Path =>
  inputs.length === 1 ? ['input'] : ['input', i];

/**
 * Makes the writes of a part of files: files locked, rights, versions, checks with all violations, idempotency. Each is
 * one transaction.
 */
export function writesOf<T extends PartTable, F extends FileTable, R extends FieldRules>(
  model: Model,
  rules: PartRules<T, F, R>,
): PartWrites<T, F, R> {
  const { table, files, operations, references = {}, recordedBy } = rules;
  const isRecord = recordedBy !== undefined;

  const check: PartWrites<T, F, R>['check'] = (input, state) =>
    rules.check?.(input, state) ?? checkFields(rules.fields, input, state);

  const checkReferences = (input: References, options: { mode: 'create' | 'update'; path: Path }) =>
    checkFields(references, input as Fields<typeof references>, options);

  /** The values of an input and everything that is wrong with it, as far as no other row has to be read. */
  const read = (
    input: Fields<R> & References,
    { now, settings, viewer }: Actor,
    of: Omit<CheckState<T, F>, 'now' | 'settings' | 'role'> & { path: Path },
  ) => {
    const state = { ...of, now, settings, role: viewer.role };
    const checked = check(input, state);
    const referred = checkReferences(input, state);
    const values = { ...checked.values, ...referred.values } as Values<R> & Draft<T, F>['values'];
    return { values, issues: [...checked.issues, ...referred.issues], warnings: checked.warnings };
  };

  const requireRight = (
    actor: Actor,
    file: LockedFile,
    input: object,
    fields: readonly string[],
    row?: PartRow,
  ) => {
    if (recordedBy === undefined) return requireWritable(actor.viewer, file, model.name, fields);
    const mutation = operations.create ?? '';
    requireRecordable(actor.viewer, model.name, row ? [row, input] : [input]);
    if (!row) return requireRecorder(actor.viewer, file, mutation);
    const { [recordedBy]: authorId, createdAt } = row as unknown as Record<string, string>;
    requireAmender(actor, file, { authorId, createdAt } as RecordEntry, {
      type: model.name,
      fields: Object.keys(rules.fields),
      mutation,
    });
  };

  const requireValid = async (tx: Database, drafts: readonly Draft<T, F>[], issues: Issue[]) => {
    const all = [...issues, ...((await rules.verify?.(tx, drafts)) ?? [])];
    if (all.length > 0) throw badInput(all);
  };

  /** The ids of rows just written. */
  const written = async (
    tx: Database,
    actor: Actor,
    rows: readonly Saved<Draft<T, F> & { id?: string | undefined }>[],
  ) => {
    const [first] = rows;
    if (rows.length === 1 && first?.isChanged) await rules.suspect?.(tx, actor, first);
    return rows.map(({ id }) => id);
  };

  const insert = async (
    tx: Database,
    actor: Actor,
    inputs: readonly CreateInput<R>[],
    fileIds: readonly string[],
    found: Awaited<ReturnType<typeof lockFiles<F>>>,
    id?: string,
  ) => {
    const issues: Issue[] = [];
    const drafts = inputs.map((input, i) => {
      const customerId = fileIds[i] as string;
      const file = found.get(customerId) as Draft<T, F>['file'] & LockedFile;
      const initial: Record<string, unknown> = rules.initial?.(actor, file) ?? {};
      const path = pathOf(inputs, i);
      const checked = read(input, actor, { mode: 'create', path, file });
      const given: Record<string, unknown> = checked.values;
      // Whoever names what would be so anyway sets nothing: themselves as owner, for one.
      const isSet = (field: string) => given[field] === undefined || given[field] !== initial[field];
      requireRight(actor, file, input, givenFields(input).filter(isSet));
      if (!isRecord) requireActive(file);
      issues.push(...checked.issues);
      actor.warnings?.push(...checked.warnings);
      return { id, file, before: undefined, values: { ...initial, ...given, customerId }, path };
    });
    await requireValid(tx, drafts, issues);
    return written(tx, actor, await apply(tx, drafts));
  };

  const apply: PartWrites<T, F, R>['apply'] = async (tx, drafts) => {
    const created = drafts.filter(({ before }) => !before);
    if (created.length > 0) await rules.complete?.(tx, created);
    const saved = await saveRows(tx, table, drafts);
    const changes = saved.filter(({ isChanged }) => isChanged);
    if (changes.length > 0) await rules.follow?.(tx, changes);
    return saved;
  };

  return {
    model,
    rules,
    check,
    apply,

    create(db, actor, inputs) {
      const { viewer, warnings } = actor;
      const fileIds = readIds(rootModel().prefix, 'customerId', inputs, (input, path) =>
        read(input, actor, { mode: 'create', path, file: undefined }),
      );
      const [first] = inputs;
      const key = inputs.length === 1 ? first?.idempotencyKey : null;
      const operation = operations.create ?? '';
      const attempt = { viewerId: viewer.id, operation, key, input: first ?? {}, warnings };
      return writeAs(db, originOf(actor), async (tx) => {
        const found = await lockFiles(tx, viewer, files, fileIds);
        if (inputs.length !== 1) return insert(tx, actor, inputs, fileIds, found);
        const { id } = await once(tx, attempt, async (newId) => {
          const [made] = await insert(tx, actor, inputs, fileIds, found, newId);
          return made as string;
        });
        return [id];
      });
    },

    update(db, actor, inputs) {
      const ids = readIds(model.prefix, 'id', inputs, (input, path) =>
        checkReferences(input, { mode: 'update', path }),
      );
      return writeVersioned(db, actor, async (tx) => {
        const found = await lockInFiles(tx, actor.viewer, table, files, ids);
        const issues: Issue[] = [];
        const drafts = inputs.map((input, i) => {
          const before = found.rows.get(ids[i] as string) as T['$inferSelect'] & PartRow;
          const file = found.files.get(before.customerId) as Draft<T, F>['file'] & LockedFile;
          const path = pathOf(inputs, i);
          requireRight(actor, file, input, writtenFields(input), before);
          const checked = read(input, actor, { mode: 'update', path, current: before, file });
          issues.push(...checked.issues);
          actor.warnings?.push(...checked.warnings);
          return { id: before.id, file, before, values: checked.values, path };
        });
        const writes = drafts.map(({ before, file, values }, i) => {
          const input = inputs[i] as UpdateInput<R>;
          return { row: before, file, expectedVersion: input.expectedVersion, input, values };
        });
        await requireUnchangedFields(tx, actor, { model, table }, writes);
        if (!isRecord) for (const { file } of drafts) requireActive(file);
        await requireValid(tx, drafts, issues);
        return written(tx, actor, await apply(tx, drafts));
      });
    },

    remove(db, actor, inputs) {
      const ids = readIds(model.prefix, 'id', inputs);
      return writeVersioned(db, actor, async (tx) => {
        const found = await lockInFiles(tx, actor.viewer, table, files, ids);
        const rows = inputs.map(({ expectedVersion }, i) => {
          const row = found.rows.get(ids[i] as string) as T['$inferSelect'] & PartRow;
          const file = found.files.get(row.customerId) as LockedFile;
          requireRight(actor, file, {}, rules.deletedWith ?? Object.keys(rules.fields), row);
          return { row, file, expectedVersion };
        });
        await requireUnchanged(tx, actor, { model, table }, rows);
        if (!isRecord) for (const { file } of rows) requireActive(file);
        for (const { row } of rows) {
          const kept = rules.keptFor?.(row);
          if (kept) throw conflict(kept.message, { reason: kept.reason });
        }
        await tx.delete(table).where(sql`${table.id} = any(${uuids(ids)})`);
        await rules.followRemoval?.(tx, [...found.rows.values()]);
        return rows.map(({ row: { id, customerId } }) => ({ id, customerId }));
      });
    },
  };
}

/** The UUIDs that a field of inputs holds. Errors: BAD_USER_INPUT, naming beside a wrong id what else is wrong there. */
function readIds<Field extends string, Input extends Record<Field, string>>(
  prefix: IdPrefix,
  field: Field,
  inputs: readonly Input[],
  others?: (input: Input, path: Path) => { issues: Issue[] },
): string[] {
  const issues: Issue[] = [];
  const ids = inputs.map((input, i) => {
    const { value, problem } = checkId(prefix, input[field]);
    const path = pathOf(inputs, i);
    if (problem) issues.push({ path: [...path, field], ...problem }, ...(others?.(input, path).issues ?? []));
    return value as string;
  });
  if (issues.length > 0) throw badInput(issues);
  return ids;
}
