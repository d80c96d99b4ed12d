import { and, eq, sql } from 'drizzle-orm';
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
import { type CustomerRow, CustomerStage, customer } from '../../domains/customer/customer.table.ts';
import { wonWithoutDeal } from '../../domains/customer/customer.write.ts';
import { deal } from '../../domains/deal/deal.table.ts';
import { checkEmployees } from '../../domains/employee/employee.reference.ts';
import { among, type BulkInput, type BulkOutcome, changeFiles } from './bulk.write.ts';

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
  const issues = [...patchIssues(patch, path), ...references.issues];
  if (fields.length === 0) issues.push(nothingToChange);
  const drafts = new Map<string, { id: string; values: Record<string, unknown> }>();
  const draftsOf = (files: readonly CustomerRow[]) => files.flatMap(({ id }) => drafts.get(id) ?? []);

  return changeFiles(ctx, input, {
    operation: 'updateCustomers',
    fields,
    issues,
    verify: (tx) => checkEmployees(tx, references.values, path),

    async hindrances(tx, files) {
      const becomeWon = patch.stage === CustomerStage.WON ? files.filter(({ stage }) => stage !== 'WON') : [];
      const won = new Set<string>();
      if (becomeWon.length > 0) {
        const found = await tx
          .selectDistinct({ id: deal.customerId })
          .from(deal)
          .where(and(sql`${deal.customerId} = ${among(becomeWon)}`, eq(deal.stage, 'WON')));
        for (const { id } of found) won.add(id);
      }
      const lacking = new Set(becomeWon.filter(({ id }) => !won.has(id)).map(({ id }) => id));
      const { settings, now } = ctx;
      const repeated: RepeatedCheck = new Map();
      const hindrances = new Map<string, readonly Issue[]>();
      for (const [i, current] of files.entries()) {
        if (i % pieceSize === 0) await nextPiece();
        const options = { mode: 'update', path, current, now, nameStandard: settings.nameStandard } as const;
        const checked = checkCustomer(patch, { ...options, repeated });
        drafts.set(current.id, { id: current.id, values: { ...checked.values, ...references.values } });
        const all: Issue[] = [...checked.issues];
        if (lacking.has(current.id)) all.push(wonWithoutDeal(path));
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
