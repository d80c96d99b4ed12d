import type { Viewer } from '../../core/access/viewer.ts';
import type { Database } from '../../core/database/database.ts';
import { type LockedFile, lockFiles } from '../../core/part/file-lock.ts';
import { type CustomerRow, customer } from './customer.table.ts';

/** Locks one file for writing and returns it as it is now: see {@link lockFiles}. Errors: NOT_FOUND. */
export async function lockFile(tx: Database, viewer: Viewer, id: string): Promise<CustomerRow & LockedFile> {
  const [file] = (await lockFiles(tx, viewer, customer, [id])).values();
  return file as CustomerRow & LockedFile;
}
