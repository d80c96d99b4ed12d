import type { Viewer } from '../../core/access/viewer.ts';
import type { Actor } from '../../core/access/write-policy.ts';
import type { Database } from '../../core/database/database.ts';
import { type LockedFile, lockFiles } from '../../core/part/file-lock.ts';
import { requireUnchanged } from '../../core/part/version-conflict.ts';
import { customerModel } from './customer.model.ts';
import { type CustomerRow, customer } from './customer.table.ts';

/** Locks one file for writing and returns it as it is now: see {@link lockFiles}. Errors: NOT_FOUND. */
export async function lockFile(tx: Database, viewer: Viewer, id: string): Promise<CustomerRow & LockedFile> {
  const [file] = (await lockFiles(tx, viewer, customer, [id])).values();
  return file as CustomerRow & LockedFile;
}

/**
 * Refuses a decision about a file in which something has changed since the version it was made on; not one that is
 * carried out already, for a retry must succeed. Errors: CONFLICT.
 */
export async function requireSeen(
  tx: Database,
  actor: Actor,
  file: CustomerRow & LockedFile,
  expectedVersion: number,
  isDone: boolean,
): Promise<void> {
  if (isDone && expectedVersion <= file.version) return;
  const files = { model: customerModel, table: customer };
  await requireUnchanged(tx, actor, files, [{ row: file, file, expectedVersion }], 'FILE');
}
