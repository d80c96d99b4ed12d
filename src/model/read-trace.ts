import type { FileReads } from '../access/file-reads.ts';
import { type AccessClass, loggedClasses } from '../access/policy.ts';
import type { Model, Relation, Row } from './model.ts';
import { flagOf } from './reading.ts';
import { type NodeSelection, nodeSelection, pageSelection } from './selection.ts';

/** Name under which a row that enters a file says whose it is: the file's UUID, null for the reader's own. */
export const foreignFile = '$file';

/** Where, in the rows of one selection, logged classes are read. */
interface Trace {
  /** Classes of fields of the row itself. */
  classes: AccessClass[];
  below: { key: string; arity: Relation['arity']; trace: Trace }[];
  /** Rows of this place stand in a file of their own, not in that of the row above. */
  entersFile: boolean;
}

const traces = new WeakMap<NodeSelection, Trace | null>();

/** Where a selection reads logged classes; null, mostly, where it reads none. */
export function traceOf(model: Model, selection: NodeSelection): Trace | null {
  const known = traces.get(selection);
  if (known !== undefined) return known;
  const trace = drawTrace(model, selection, true);
  traces.set(selection, trace);
  return trace;
}

/** Whether rows of `model` say in this selection whose file they enter. */
export const tellsFile = (model: Model, selection: NodeSelection): boolean =>
  model.fileColumn !== null && readsInFile(traceOf(model, selection));

const readsInFile = (trace: Trace | null): boolean =>
  trace !== null && (trace.classes.length > 0 || trace.below.some((part) => !part.trace.entersFile));

function drawTrace(model: Model, { fields }: NodeSelection, entersFile: boolean): Trace | null {
  const classes = new Set<AccessClass>();
  const below: Trace['below'] = [];
  for (const selected of fields) {
    const attribute = model.attributes.get(selected.name);
    if (attribute) {
      if (model.fileColumn && loggedClasses.includes(attribute.access as AccessClass))
        classes.add(attribute.access as AccessClass);
      continue;
    }
    const relation = model.relations.get(selected.name);
    if (!relation) continue;
    const target = relation.target();
    const selection =
      relation.arity === 'many' ? pageSelection(selected, target).node : nodeSelection(selected, target);
    const staysInFile = relation.sameFile && model.fileColumn !== null && target.fileColumn !== null;
    const trace = selection && drawTrace(target, selection, !staysInFile);
    if (trace) below.push({ key: `$${selected.alias}`, arity: relation.arity, trace });
  }
  return classes.size + below.length > 0 ? { classes: [...classes], below, entersFile } : null;
}

/**
 * The reads that rows of a selection stand for: files by the set of classes read of them, one's own left out.
 *
 * Looks at each file once and at one row of each relation in it, since rows of one file have the same rights.
 * `isReadable` tells whether the reader's role reads a class at all.
 */
export function readsOf(
  model: Model,
  selection: NodeSelection,
  rows: Row[],
  isReadable: (access: AccessClass) => boolean,
): FileReads[] {
  const trace = traceOf(model, selection);
  if (!trace || rows.length === 0) return [];
  const filesByClasses = new Map<string, Set<string>>();
  const enter = (row: Row, place: Trace): void => {
    const customerId = row[foreignFile];
    const read = new Set<AccessClass>();
    follow(row, place, read);
    if (typeof customerId !== 'string' || read.size === 0) return;
    const key = loggedClasses.filter((access) => read.has(access)).join();
    const files = filesByClasses.get(key);
    if (files) files.add(customerId);
    else filesByClasses.set(key, new Set([customerId]));
  };
  const follow = (row: Row, { classes, below }: Trace, read: Set<AccessClass>): void => {
    // A row says whether a class may be read on it, unless it may on all rows or on none.
    for (const access of classes) if (row[flagOf(access)] !== false && isReadable(access)) read.add(access);
    for (const { key, arity, trace } of below) {
      const found = rowsAt(row[key], arity);
      if (trace.entersFile) for (const one of found) enter(one, trace);
      else for (const one of found.slice(0, trace.below.length > 0 ? undefined : 1)) follow(one, trace, read);
    }
  };
  for (const row of rows) enter(row, trace);
  return [...filesByClasses].map(([key, files]) => ({
    classes: key.split(',') as AccessClass[],
    customerIds: [...files],
  }));
}

const rowsAt = (value: unknown, arity: Relation['arity']): Row[] => {
  if (value == null) return [];
  if (arity === 'many') return (value as { rows: Row[] | null }).rows ?? [];
  return arity === 'list' ? (value as Row[]) : [value as Row];
};
