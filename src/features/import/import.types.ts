import type { Reader } from '../../core/access/row-predicates.ts';
import type { Settings } from '../../core/settings/settings.ts';

/** What all batches of an import share. */
export interface ImportScope {
  source: string;
  /** The owner of records that name none; null where the mapping has an owner for every record. */
  ownerId: string | null;
  now: Date;
  /** Whose work it is, for what is disclosed of other files; null if only the operator of the database. */
  reader: Reader | null;
  /** Those when the import began. */
  settings: Settings;
}

/** Numbers of records, each counted once however often the file repeats it. */
export interface Tally {
  created: number;
  updated: number;
  unchanged: number;
  refused: number;
  /** Rows that repeat an earlier record of the file exactly. */
  repeated: number;
  /** Files with the same name, mobile or e-mail as a new record, which whoever imports may not see. */
  elsewhere: number;
}

export const noTally: Readonly<Tally> = {
  created: 0,
  updated: 0,
  unchanged: 0,
  refused: 0,
  repeated: 0,
  elsewhere: 0,
};
