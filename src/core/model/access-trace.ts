import { type FileReads, type ReadPart, readsOfParts } from '../access/access-log-port.ts';
import type { Decisions } from '../access/decisions.ts';
import { type AccessClass, loggedClasses } from '../access/policy.ts';
import { canName } from '../access/row-predicates.ts';
import { maxPageSize } from './connection.ts';
import type { Model, Relation, Row } from './model.types.ts';
import { type ListArguments, pageRequest } from './page-request.ts';
import { flagOf } from './read-context.ts';
import { type NodeSelection, nodeSelection, pageSelection } from './selection.ts';

/**
 * Key under which a row that enters a file carries the file's UUID; its value is null if the file is the reader's own.
 */
export const foreignFile = '$file';

/** Where a selection reads logged classes. */
interface Trace {
  /** Fields of the row itself, by class. */
  parts: TracedPart[];
  below: { key: string; arity: Relation['arity']; size: number; trace: Trace }[];
  /** These rows belong to a file of their own, not to that of the parent row. */
  entersFile: boolean;
}

/** A part with a number that is unique within its selection. */
interface TracedPart extends ReadPart {
  number: number;
}

const traces = new WeakMap<NodeSelection, Trace | null>();

/** Where a selection reads logged classes; null (the usual case) if it reads none. */
export function traceOf(model: Model, selection: NodeSelection): Trace | null {
  const known = traces.get(selection);
  if (known !== undefined) return known;
  const trace = drawTrace(model, selection, true, { parts: 0 });
  traces.set(selection, trace);
  return trace;
}

/** Whether rows of `model` carry the id of the file they enter in this selection. */
export const readsForeignFile = (model: Model, selection: NodeSelection): boolean =>
  model.fileColumn !== null && readsInFile(traceOf(model, selection));

const readsInFile = (trace: Trace | null): boolean =>
  trace !== null && (trace.parts.length > 0 || trace.below.some((part) => !part.trace.entersFile));

/** Groups the fields of logged classes by the right that governs them, under their logged names. */
export function loggedParts(model: Model, names: Iterable<string>): ReadPart[] {
  const parts = new Map<string, ReadPart>();
  if (!model.fileColumn) return [];
  for (const name of new Set(names)) {
    const attribute = model.attributes.get(name);
    const access = (attribute ?? model.relations.get(name))?.access as AccessClass;
    if (!loggedClasses.includes(access)) continue;
    const naming = canName(attribute?.text);
    const key = `${access} ${naming}`;
    const part = parts.get(key) ?? { access, canName: naming, fields: [] };
    part.fields.push(`${model.name}.${name}`);
    parts.set(key, part);
  }
  return [...parts.values()];
}

/** Whether a role with these decisions can ever read a part. */
export const isEverRead = (decisions: Decisions, part: ReadPart): boolean =>
  decisions[part.access] !== 'DENY' && (!part.canName || decisions.identity === 'ALLOW');

function drawTrace(
  model: Model,
  { fields, inCursor = [] }: NodeSelection,
  entersFile: boolean,
  drawn: { parts: number },
): Trace | null {
  const parts = loggedParts(model, [...fields.map(({ name }) => name), ...inCursor]).map((part) => ({
    ...part,
    number: drawn.parts++,
  }));
  const below: Trace['below'] = [];
  for (const selected of fields) {
    const relation = model.relations.get(selected.name);
    if (!relation) continue;
    const target = relation.target();
    const selection =
      relation.arity === 'many'
        ? pageSelection(selected, target, relation.defaultOrder).node
        : nodeSelection(selected, target);
    const staysInFile = relation.sameFile && model.fileColumn !== null && target.fileColumn !== null;
    const trace = selection && drawTrace(target, selection, !staysInFile, drawn);
    if (!trace) continue;
    // The extra row beyond a page only shows that there are more.
    const size = relation.arity === 'many' ? pageRequest(selected.args as ListArguments).size : maxPageSize;
    below.push({ key: selected.key, arity: relation.arity, size, trace });
  }
  return parts.length + below.length > 0 ? { parts, below, entersFile } : null;
}

/**
 * The file reads that the rows of a selection represent: files grouped by the set of fields read of them, without the
 * reader's own.
 *
 * Looks at each file once and at one row of each relation in it, since rows of one file have the same rights.
 */
export function readsOf(
  model: Model,
  selection: NodeSelection,
  rows: Row[],
  decisions: Decisions,
): FileReads[] {
  const trace = traceOf(model, selection);
  if (!trace || rows.length === 0) return [];
  const filesByParts = new Map<string, { parts: TracedPart[]; files: Set<string> }>();
  const enter = (row: Row, trace: Trace): void => {
    const customerId = row[foreignFile];
    const read = new Set<TracedPart>();
    follow(row, trace, read);
    if (typeof customerId !== 'string' || read.size === 0) return;
    const parts = [...read].sort((a, b) => a.number - b.number);
    const key = parts.map(({ number }) => number).join();
    const known = filesByParts.get(key);
    if (known) known.files.add(customerId);
    else filesByParts.set(key, { parts, files: new Set([customerId]) });
  };
  const follow = (row: Row, { parts, below }: Trace, read: Set<TracedPart>): void => {
    // A row carries a flag for a class, unless the class is readable on all rows or on none.
    for (const part of parts)
      if (row[flagOf(part.access)] !== false && isEverRead(decisions, part)) read.add(part);
    for (const { key, arity, size, trace } of below) {
      const found = rowsAt(row[key], arity).slice(0, size);
      if (trace.entersFile) for (const one of found) enter(one, trace);
      else for (const one of found.slice(0, trace.below.length > 0 ? undefined : 1)) follow(one, trace, read);
    }
  };
  for (const row of rows) enter(row, trace);
  return [...filesByParts.values()].map(({ parts, files }) => readsOfParts(parts, files));
}

const rowsAt = (value: unknown, arity: Relation['arity']): Row[] => {
  if (value == null) return [];
  if (arity === 'many') return (value as { rows: Row[] | null }).rows ?? [];
  return arity === 'list' ? (value as Row[]) : [value as Row];
};
