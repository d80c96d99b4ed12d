import { type AccessClass, type FieldAccess, loggedClasses } from './policy.ts';
import type { Viewer } from './viewer.ts';

/** What one operation read of some colleagues' files. */
export interface FileReads {
  classes: AccessClass[];
  /** As declared, e.g. Contact.mobile; each once. */
  fields: string[];
  /** UUIDs. */
  customerIds: string[];
  /** What was sought of any number of files, of which `customerIds` are those it names; absent where rows were read. */
  query?: string;
}

/** What a statement makes use of without showing it: its filters, order, search, and what a statistic is made of. */
export interface FieldUses {
  /** Fields of logged classes, by their name as declared. */
  fields: Map<string, AccessClass>;
  /** Filters and searches, as the client wrote them. */
  filters: Set<unknown>;
  /** UUIDs of the files it names. */
  customerIds: Set<string>;
}

/** Rows that were asked for by name: files by their UUIDs, others by their ids as clients know them. */
export interface Named {
  customerIds?: readonly string[];
  rowIds?: () => string[];
}

export const newUses = (): FieldUses => ({ fields: new Map(), filters: new Set(), customerIds: new Set() });

/** Notes the use of a field, if its class is a logged one. */
export function noteUse(uses: FieldUses | undefined, access: FieldAccess, field: string): void {
  if (uses && loggedClasses.includes(access as AccessClass)) uses.fields.set(field, access as AccessClass);
}

/** Who did something, in which operation: what every entry of the access log begins with. */
export interface Occasion {
  viewer: Viewer | null;
  operationName: string | null;
  requestId: string;
  /** Network address of the client. */
  address: string;
  /** What the client says it is for; null where it says nothing. */
  purpose: string | null;
  /** Why it is allowed, where that is known: else by a grant or the role. */
  reason?: 'EXPORT' | null;
}

/** Fields of one logged class that are read at one place of a selection. */
export interface ReadPart {
  access: AccessClass;
  /** They are texts that can name somebody, withheld from who knows people by id only. */
  canName: boolean;
  fields: string[];
}

/** What was read of these files where these parts were. */
export function readsOfParts(
  parts: readonly Omit<ReadPart, 'canName'>[],
  customerIds: Iterable<string>,
): FileReads {
  const accesses = new Set(parts.map(({ access }) => access));
  return {
    classes: loggedClasses.filter((access) => accesses.has(access)),
    fields: [...new Set(parts.flatMap(({ fields }) => fields))].sort(),
    customerIds: [...customerIds],
  };
}

/** A refused attempt. */
export interface Refusal {
  code: string;
  /** Fields or places in the answer. */
  fields: string[];
}

/** A look into the directory. */
export interface Lookup {
  /** Null where the file is named by its id. */
  search: string | null;
  /** UUIDs of the files whose cards were found. */
  customerIds: string[];
  fields: string[];
}

/** One end of an export. */
export interface ExportNote {
  kind: 'EXPORT_STARTED' | 'EXPORTED';
  /** What may be in the file. */
  classes: AccessClass[];
  fields: string[];
  /** Format of an export that begins, status of one that ended. */
  code: string;
  purpose: string;
  /** Null where it begins. */
  rowCount: number | null;
}

/** What the machinery tells the access log; see `src/features/access-log`. */
export interface AccessLog {
  /**
   * Resolves when the answer may be sent, with the classes that it must not hold because their reading could not be
   * logged. Never rejects. `unless: 'OWN'` passes over files that turn out to be the reader's own.
   */
  noteReads: (occasion: Occasion, reads: FileReads[], unless?: 'OWN') => Promise<AccessClass[]>;
  noteRefusal: (occasion: Occasion, refusal: Refusal) => void;
  noteLookup: (occasion: Occasion, lookup: Lookup) => void;
  /** Resolves when the entry is written; rejects when it cannot be, and then there must be no export. */
  noteExport: (occasion: Occasion, note: ExportNote) => Promise<unknown>;
  /** `account` is an e-mail address, of which only the employee it belongs to is kept. */
  noteSignIn: (occasion: Occasion, signIn: { account: string; sessionId: string | null }) => void;
  /** Why entries could not be written when that failed last. */
  lastFailure?: () => unknown;
  /** Writes what is still waiting. */
  close: () => Promise<void>;
}

interface Traced extends Occasion {
  accessLog: AccessLog;
  unlogged: Set<AccessClass>;
  logging: Promise<void>[] | null;
}

/** Tells the log what was read, before anybody sees it. Classes whose reading cannot be logged are withheld. */
export async function logReads(ctx: Traced, reads: FileReads[], unless?: 'OWN'): Promise<void> {
  if (reads.length === 0) return;
  const noted = ctx.accessLog.noteReads(ctx, reads, unless).then((classes) => {
    for (const access of classes) ctx.unlogged.add(access);
  });
  if (ctx.logging) ctx.logging.push(noted);
  else await noted;
}

/** Characters of a query that are kept at most. */
const longestQuery = 1_000;

/**
 * Tells the log what a statement made use of: a yes or no, a number or an order tells a value as well as a row does.
 * `about` are rows that were asked for by name. Throws where that cannot be logged, for then there must be no answer.
 */
export async function logUses(
  ctx: Traced,
  { fields, filters, customerIds }: FieldUses,
  about?: Named,
): Promise<void> {
  if (fields.size === 0) return;
  const accesses = new Set(fields.values());
  const classes = loggedClasses.filter((access) => accesses.has(access));
  const requireLogged = () => {
    if (classes.some((access) => ctx.unlogged.has(access))) throw unlogged('The answer', ctx.accessLog);
  };
  requireLogged();
  const written = [...filters].map((filter) => JSON.stringify(filter));
  const query = Buffer.from(
    [...(about?.rowIds?.() ?? []), ...written].join(' ').slice(0, longestQuery),
  ).toString();
  const named = [...new Set([...customerIds, ...(about?.customerIds ?? [])])];
  const reads = { classes, fields: [...fields.keys()].sort(), customerIds: named, query };
  await logReads(ctx, [reads], 'OWN');
  requireLogged();
}

/** What cannot be logged is not read. */
export const unlogged = (what: string, { lastFailure }: AccessLog): Error =>
  new Error(`${what} is withheld: the access log could not be written.`, { cause: lastFailure?.() });
