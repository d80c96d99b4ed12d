import { loggedQuery } from './logged-query.ts';
import { type AccessClass, type FieldAccess, loggedClasses } from './policy.ts';
import type { Viewer } from './viewer.ts';

/** What one operation read of a set of colleagues' files. */
export interface FileReads {
  classes: AccessClass[];
  /** Declared names, e.g. `Contact.mobile`; no duplicates. */
  fields: string[];
  /** UUIDs. */
  customerIds: string[];
  /**
   * The filter or search, where an unbounded set of files was queried and `customerIds` holds only those it names;
   * absent where rows were read.
   */
  query?: string;
}

/** The fields a statement uses without returning them: in filters, order, search, and as the basis of statistics. */
export interface FieldUses {
  /** Fields of logged classes, keyed by their declared name. */
  fields: Map<string, AccessClass>;
  /** Filters and searches as the client sent them, and the rules of segments named in them. */
  filters: Set<unknown>;
  /** The conditions in them on fields of logged classes, with the field's declared name. */
  conditions: Map<unknown, string>;
  /** UUIDs of the files the statement names. */
  customerIds: Set<string>;
}

/** Logs what a statement uses before its answer is known; throws if that is not possible. */
export type LogUses = (uses: FieldUses) => Promise<void>;

/** Rows requested by identifier: files by UUID, other rows by their public id. */
export interface Named {
  customerIds?: readonly string[];
  rowIds?: () => string[];
}

export const newUses = (): FieldUses => ({
  fields: new Map(),
  filters: new Set(),
  conditions: new Map(),
  customerIds: new Set(),
});

/** Records the use of a field if its class is logged. */
export function noteUse(uses: FieldUses | undefined, access: FieldAccess, field: string): void {
  if (uses && loggedClasses.includes(access as AccessClass)) uses.fields.set(field, access as AccessClass);
}

/** Who did something, and in which operation: the common part of every access-log entry. */
export interface Occasion {
  viewer: Viewer | null;
  operationName: string | null;
  requestId: string;
  /** Network address of the client. */
  address: string;
  /** The purpose stated by the client; null if none. */
  purpose: string | null;
  /** Why access is allowed, if known here; otherwise it is a grant or the role. */
  reason?: 'EXPORT' | 'CUSTOMER' | null;
}

/** Fields of one logged class that are read at one point of a selection. */
export interface ReadPart {
  access: AccessClass;
  /** Texts that can identify a person, withheld from roles that know people by id only. */
  canName: boolean;
  fields: string[];
}

/** The reads of these files, given the parts of the selection that apply to them. */
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

/** A refused access attempt. */
export interface Refusal {
  code: string;
  /** Field names or response paths. */
  fields: string[];
  /** Ids as the request names them: those of files, and of what is in files, are logged as the files they lead to. */
  ids?: string[];
}

/** A directory lookup. */
export interface Lookup {
  /** What was looked for: a name, or a value that one file alone can have. Null if the file was requested by id. */
  search: string | null;
  /** UUIDs of the files whose cards were returned. */
  customerIds: string[];
  fields: string[];
}

/** The start or the end of an export. */
export interface ExportNote {
  kind: 'EXPORT_STARTED' | 'EXPORTED';
  /** Classes the exported file may contain. */
  classes: AccessClass[];
  fields: string[];
  /** The format when an export starts, its status when it ends. */
  code: string;
  purpose: string;
  /** Null at the start. */
  rowCount: number | null;
}

/** What the core reports to the access log; implemented in `src/features/access-log`. */
export interface AccessLog {
  /**
   * Resolves when the response may be sent, with the classes that must be redacted because reading them could not be
   * logged. Never rejects. `unless: 'OWN'` skips files that turn out to belong to the reader.
   */
  noteReads: (occasion: Occasion, reads: FileReads[], unless?: 'OWN') => Promise<AccessClass[]>;
  noteRefusal: (occasion: Occasion, refusal: Refusal) => void;
  noteLookup: (occasion: Occasion, lookup: Lookup) => void;
  /** Resolves when the entry is written. Rejects if it cannot be written; the export must then not take place. */
  noteExport: (occasion: Occasion, note: ExportNote) => Promise<unknown>;
  /** `account` is an e-mail address; only the employee it belongs to is stored. */
  noteSignIn: (occasion: Occasion, signIn: { account: string; sessionId: string | null }) => void;
  /** The most recent error that kept entries from being written. */
  lastFailure?: () => unknown;
  /** Writes the entries still in the queue. */
  close: () => Promise<void>;
}

interface Traced extends Occasion {
  accessLog: AccessLog;
  unlogged: Set<AccessClass>;
  logging: Promise<void>[] | null;
}

/** Logs reads before the response is sent. Classes whose reading cannot be logged are redacted. */
export async function logReads(ctx: Traced, reads: FileReads[], unless?: 'OWN'): Promise<void> {
  if (reads.length === 0) return;
  const noted = ctx.accessLog.noteReads(ctx, reads, unless).then((classes) => {
    for (const access of classes) ctx.unlogged.add(access);
  });
  if (ctx.logging) ctx.logging.push(noted);
  else await noted;
}

/**
 * Logs the fields a statement used: a boolean, a count or an order can disclose a value as well as a row can. `about`
 * are rows requested by identifier. Throws if the use cannot be logged, because there must then be no response.
 */
export async function logUses(
  ctx: Traced,
  { fields, filters, conditions, customerIds }: FieldUses,
  about?: Named,
): Promise<void> {
  if (fields.size === 0) return;
  const accesses = new Set(fields.values());
  const classes = loggedClasses.filter((access) => accesses.has(access));
  const requireLogged = () => {
    if (classes.some((access) => ctx.unlogged.has(access))) throw unlogged('The answer', ctx.accessLog);
  };
  requireLogged();
  const query = loggedQuery(about?.rowIds?.() ?? [], { filters, conditions });
  const named = [...new Set([...customerIds, ...(about?.customerIds ?? [])])];
  const reads = { classes, fields: [...fields.keys()].sort(), customerIds: named, query };
  await logReads(ctx, [reads], 'OWN');
  requireLogged();
}

/** The error for something withheld because its reading could not be logged. */
export const unlogged = (what: string, { lastFailure }: AccessLog): Error =>
  new Error(`${what} is withheld: the access log could not be written.`, { cause: lastFailure?.() });
