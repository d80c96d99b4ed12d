import { writtenFields } from '../../core/access/write-policy.ts';
import type { Context } from '../../core/context.ts';
import { changedByUpdate, updateRows } from '../../core/database/rows.ts';
import type { Issue } from '../../core/errors.ts';
import { checkId } from '../../core/graphql/schema/type-id.ts';
import { nextPiece } from '../../core/piecework.ts';
import { checkFields, optional } from '../../core/validation/fields.ts';
import {
  type CustomerFields,
  checkCustomer,
  patchIssues,
  type RepeatedCheck,
} from '../../domains/customer/customer.check.ts';
import { type CustomerRow, type CustomerStage, customer } from '../../domains/customer/customer.table.ts';
import { checkStage, findContracts, needsContract } from '../../domains/customer/stage.service.ts';
import { checkEmployees } from '../../domains/employee/employee.reference.ts';
import { type BulkInput, type BulkOutcome, changeFiles } from './bulk.write.ts';

export interface UpdateCustomers extends BulkInput {
  patch: CustomerFields & { custodianId?: string | null };
}

const path = ['input', 'patch'];
/** Files that are checked before others get a turn: a millisecond or two. */
const pieceSize = 50;

/** Sets the same fields in many files, by the rules of `updateCustomer`. Errors: those of {@link changeFiles}. */
export function updateCustomers(ctx: Context, input: UpdateCustomers): Promise<BulkOutcome> {
  const { patch } = input;
  const fields = writtenFields(patch);
  const references = checkFields({ custodianId: optional((text: string) => checkId('emp', text)) }, patch, {
    mode: 'update',
    path,
  });
  const issues = [...patchIssues(patch, path, ctx.now), ...references.issues];
  if (fields.length === 0) issues.push(nothingToChange);
  const drafts = new Map<string, { id: string; values: Record<string, unknown> }>();
  const draftsOf = (files: readonly CustomerRow[]) => files.flatMap(({ id }) => drafts.get(id) ?? []);

  return changeFiles(ctx, input, {
    operation: 'updateCustomers',
    fields,
    issues,
    verify: (tx) => checkEmployees(tx, references.values, path),

    async hindrances(tx, files) {
      const { settings, now, viewer } = ctx;
      const stage = patch.stage as CustomerStage | undefined;
      const moved = stage ? files.filter((file) => file.stage !== stage) : [];
      const isNeeded = stage && needsContract(settings.stageTransitions, stage);
      const contracts = isNeeded
        ? await findContracts(
            tx,
            moved.map(({ id }) => id),
          )
        : new Set<string>();
      const repeated: RepeatedCheck = new Map();
      const hindrances = new Map<string, readonly Issue[]>();
      for (const [i, current] of files.entries()) {
        if (i % pieceSize === 0) await nextPiece();
        const options = { mode: 'update', path, current, now, nameStandard: settings.nameStandard } as const;
        const checked = checkCustomer(patch, { ...options, repeated });
        const all: Issue[] = [...checked.issues];
        const values = { ...checked.values };
        const hasContract = contracts.has(current.id);
        const stageOptions = { path, settings, role: viewer?.role ?? null, current, hasContract };
        checkStage({ values, issues: all }, stageOptions);
        drafts.set(current.id, { id: current.id, values: { ...values, ...references.values } });
        if (all.length === 0) ctx.warnings?.push(...checked.warnings);
        hindrances.set(current.id, all);
      }
      return hindrances;
    },

    changed: (tx, files) => changedByUpdate(tx, customer, draftsOf(files)),

    async apply(tx, files) {
      await updateRows(tx, customer, draftsOf(files));
    },
  });
}

const nothingToChange: Issue = {
  path,
  code: 'NOTHING_TO_CHANGE',
  message: 'Name at least one field. (请至少填写一个字段。)',
};
