import { logReads, type ReadPart, readsOfParts, unlogged } from '../../core/access/access-log-port.ts';
import { type AccessClass, loggedClasses } from '../../core/access/policy.ts';
import { type Right, rightTo } from '../../core/access/row-predicates.ts';
import type { Viewer } from '../../core/access/viewer.ts';
import type { Context } from '../../core/context.ts';
import type { FileRights } from '../../core/model/file-rights.ts';
import { historyField } from '../../core/model/history-field.ts';
import { readingOf } from '../../core/model/read.ts';
import { changesByVersion, type RawChange } from './history.loader.ts';
import type { FieldChange } from './history.type.ts';

/**
 * What changed in one version of a file, redacted by the viewer's rights: a field they may not read is left out
 * altogether. An added or removed row gives one change for each of its fields. Errors: those of {@link logLineReads}.
 */
export async function findChanges(
  ctx: Context,
  customerId: string,
  version: number,
  rights: FileRights,
): Promise<FieldChange[]> {
  const { viewer } = readingOf(ctx);
  const raw = await changesByVersion(ctx.statements).load({ customerId, version });
  const visible = raw.flatMap((change) => {
    const published = publish(change, viewer, rights);
    return published ? [{ change, published }] : [];
  });
  await logLineReads(
    ctx,
    customerId,
    visible.map(({ change }) => change),
  );
  return visible.map(({ published }) => published);
}

/**
 * Logs the classes that were read in the history of a colleague's file (R106). Throws if lines must not be shown
 * because the read could not be logged; leaving them out would look as if nothing had changed.
 */
export async function logLineReads(
  ctx: Context,
  customerId: string,
  lines: { subject: string; column: string }[],
): Promise<void> {
  const parts = lines.flatMap(({ subject, column }): Omit<ReadPart, 'canName'>[] => {
    const { access, entityType, field } = historyField(subject, column) ?? {};
    const isLogged = loggedClasses.includes(access as AccessClass);
    return isLogged ? [{ access: access as AccessClass, fields: [`${entityType}.${field}`] }] : [];
  });
  const reads = readsOfParts(parts, [customerId]);
  const { classes } = reads;
  if (classes.length > 0) await logReads(ctx, [reads], 'OWN');
  if (classes.some((access) => ctx.unlogged.has(access))) throw unlogged('The history', ctx.accessLog);
}

/** A changed column in API form, or null for one that is private or withheld. */
function publish(change: RawChange, viewer: Viewer, rights: FileRights): FieldChange | null {
  const recorded = historyField(change.subject, change.column);
  if (!recorded) return null;
  const isReadable = (right: Right) => right === 'open' || (right !== 'identity' && rights[right]);
  if (!isReadable(rightTo(viewer, recorded)) || !isReadable(recorded.rowAccess)) return null;
  return {
    field: recorded.field,
    oldValue: recorded.publish(change.old),
    newValue: recorded.publish(change.new),
    valuesKept: recorded.history === 'VERSIONED',
  };
}
