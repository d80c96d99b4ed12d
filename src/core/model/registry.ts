import type { FieldAccess } from '../access/policy.ts';
import type { IdPrefix } from '../graphql/schema/type-id.ts';
import type { Link } from './link.ts';
import type { Model, Relation } from './model.types.ts';
import type { EventWord } from './part-events.ts';

const modelsByName = new Map<string, Model>();

/** Makes a model known to everything that is done with all models, all parts of a file or all that is captured. */
export const register = (model: Model): void => void modelsByName.set(model.name, model);

/** Every model there is. */
export const allModels = (): Model[] => [...modelsByName.values()];

/** The model of a GraphQL type name, if it has one. */
export const modelNamed = (name: string): Model | undefined => modelsByName.get(name);

/** The model whose ids carry a prefix. */
export const modelOfPrefix = (prefix: IdPrefix): Model | undefined =>
  allModels().find((model) => model.prefix === prefix);

/** The model of the files themselves. */
export function rootModel(): Model {
  const root = allModels().find(({ kind }) => kind === 'file');
  if (!root) throw new Error('No model says that its rows are the files.');
  return root;
}

/** The models whose rows belong to a file, in the order of the relations that lead to them. */
export function partModels(): Model[] {
  const related = [...rootModel().relations.values()].map(({ target }) => target());
  return allModels()
    .filter(({ kind }) => kind === 'part')
    .sort((a, b) => related.indexOf(a) - related.indexOf(b));
}

/** The models whose rows are in a file: the file itself and its parts. */
export const fileModels = (): Model[] => [rootModel(), ...partModels()];

/** Relations of a file that lead through rows of its own. */
export type LinkedRelation = Relation & { link: Link };
export const linkedRelations = (): LinkedRelation[] =>
  [...rootModel().relations.values()].filter(
    (relation): relation is LinkedRelation => relation.link !== null,
  );

/** Tables whose rows are in a file, so that a change of one is a change of the file. */
export const fileTables = (): string[] => [
  ...fileModels().map(({ tableName }) => tableName),
  ...linkedRelations().map(({ link }) => link.tableName),
];

/** Tables outside of files that a condition on files can reach, whose changes are noted in `reference_change`. */
export function notedTables(): string[] {
  const models = new Set<Model>();
  const tables = new Set<string>();
  const visit = (model: Model): void => {
    if (models.has(model)) return;
    models.add(model);
    tables.add(model.tableName);
    for (const { filterable, target } of model.relations.values()) if (filterable) visit(target());
    for (const { reads } of model.customFilters.values())
      for (const table of reads?.tables ?? []) tables.add(table);
  };
  visit(rootModel());
  const inFiles = fileTables();
  return [...tables].filter((table) => !inFiles.includes(table));
}

/** What is known of the rows of one table in the history and the event log. */
export interface Subject {
  prefix: IdPrefix;
  /** The class that opens the rows at all: without it not even that one came or went is told. */
  access: FieldAccess;
}

let subjects: Map<string, Subject> | undefined;

/** What the event log calls by a table's name; undefined for what is no part of a file. */
export function subjectNamed(tableName: string): Subject | undefined {
  // Made at first use, when all models are declared; it is looked at for every event that is delivered.
  subjects ??= new Map([
    ...fileModels().map(
      (model) => [model.tableName, { prefix: model.prefix, access: rowAccessOf(model) }] as const,
    ),
    ...linkedRelations().map(
      ({ link, access, target }) => [link.tableName, { prefix: target().prefix, access }] as const,
    ),
  ]);
  return subjects.get(tableName);
}

/** The kinds of events that parts of files bring, as they are declared. */
export const partEventWords = (): EventWord[] => [
  ...partModels().flatMap(({ events }) => Object.values(events ?? {})),
  ...linkedRelations().flatMap(({ link }) => Object.values(link.events)),
];

/** The access class of an attribute; fails for a field that does not exist, so nothing is open by accident. */
export function accessClassOf(typeName: string, field: string): FieldAccess {
  const model = modelsByName.get(typeName);
  const access = model?.attributes.get(field)?.access ?? model?.relations.get(field)?.access;
  if (!access) throw new Error(`${typeName}.${field} has no access class.`);
  return access;
}

/**
 * The class by which a field of a row is told where the row itself is not there to ask, as in history and events: that
 * of the field, or, for what everybody reads who sees the row, that of the row.
 */
export function accessInFile(model: Model, access: FieldAccess): FieldAccess {
  const opensRow = rowAccessOf(model);
  const isForAll = access === 'open' || access === 'basic';
  return isForAll && opensRow !== 'open' && opensRow !== 'basic' ? opensRow : access;
}

/** The relation that leads to the rows of a model from their file. */
export const relationTo = (model: Model): Relation | undefined =>
  [...rootModel().relations.values()].find(({ target }) => target() === model);

/**
 * The class that opens the rows of a model at all: that of the relation which leads to them from their file.
 * Without it even the number of rows tells something. Fails for rows that no relation of the file leads to, so
 * nothing is open by accident.
 */
export function rowAccessOf(model: Model): FieldAccess {
  if (model.fileColumn === null) return 'open';
  if (model.kind === 'file') return 'basic';
  const relation = relationTo(model);
  if (relation) return relation.access;
  throw new Error(
    `No relation leads from a customer file to ${model.name}, so nothing says who may see its rows.`,
  );
}
