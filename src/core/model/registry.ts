import type { FieldGroup } from '../access/field-group.ts';
import type { FieldAccess } from '../access/policy.ts';
import type { IdPrefix } from '../graphql/schema/type-id.ts';
import type { Link } from './link.ts';
import type { Model, Relation } from './model.types.ts';
import type { EventWord } from './part-events.ts';

const modelsByName = new Map<string, Model>();

/** Registers a model for everything that applies to all models, all parts of a file or all captured tables. */
export const register = (model: Model): void => void modelsByName.set(model.name, model);

/** All registered models. */
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

/** The models whose rows belong to a file, in the order of the file's relations to them. */
export function partModels(): Model[] {
  const related = [...rootModel().relations.values()].map(({ target }) => target());
  return allModels()
    .filter(({ kind }) => kind === 'part')
    .sort((a, b) => related.indexOf(a) - related.indexOf(b));
}

/** The models whose rows are in a file: the file itself and its parts. */
export const fileModels = (): Model[] => [rootModel(), ...partModels()];

/** Relations of a file through link rows. */
export type LinkedRelation = Relation & { link: Link };
export const linkedRelations = (): LinkedRelation[] =>
  [...rootModel().relations.values()].filter(
    (relation): relation is LinkedRelation => relation.link !== null,
  );

/** Tables whose rows are in a file: a change of a row is a change of the file. */
export const fileTables = (): string[] => [
  ...fileModels().map(({ tableName }) => tableName),
  ...linkedRelations().map(({ link }) => link.tableName),
];

/** Tables outside files that a condition on files can reach; their changes are recorded in `reference_change`. */
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
    for (const { computed } of model.attributes.values())
      for (const table of computed?.follows.tables ?? []) tables.add(table);
  };
  visit(rootModel());
  const inFiles = fileTables();
  return [...tables].filter((table) => !inFiles.includes(table));
}

/** How history and event log treat the rows of one table. */
export interface EventSubject {
  prefix: IdPrefix;
  /** The class required to see the rows at all: without it not even their addition or removal is shown. */
  access: FieldAccess;
  /** The relation of the file that leads to the rows, as the access log names it; null for the file itself. */
  relation: string | null;
}

let subjects: Map<string, EventSubject> | undefined;

/** The subject for a table name in the event log; undefined if the table is not part of a file. */
export function subjectNamed(tableName: string): EventSubject | undefined {
  // Built on first use, when all models are declared, and cached: it is looked up for every event delivered.
  subjects ??= new Map([
    ...fileModels().map((model): [string, EventSubject] => {
      const leading = [...rootModel().relations.values()].find(
        ({ target, sameFile }) => sameFile && target() === model,
      );
      return [
        model.tableName,
        { prefix: model.prefix, access: rowAccessOf(model), relation: loggedName(leading) },
      ];
    }),
    ...linkedRelations().map((relation): [string, EventSubject] => {
      const { link, access, target } = relation;
      return [link.tableName, { prefix: target().prefix, access, relation: loggedName(relation) }];
    }),
  ]);
  return subjects.get(tableName);
}

const loggedName = (relation: Relation | undefined): string | null =>
  relation ? `${rootModel().name}.${relation.field}` : null;

/** The declared event types of parts of files. */
export const partEventWords = (): EventWord[] => [
  ...partModels().flatMap(({ events }) => Object.values(events ?? {})),
  ...linkedRelations().flatMap(({ link }) => Object.values(link.events)),
];

/** The access class of an attribute. Throws for an unknown field, so that nothing is open by accident. */
export function accessClassOf(typeName: string, field: string): FieldAccess {
  const model = modelsByName.get(typeName);
  const access = model?.attributes.get(field)?.access ?? model?.relations.get(field)?.access;
  if (!access) throw new Error(`${typeName}.${field} has no access class.`);
  return access;
}

/** The group that a field of a file belongs to; null for what nobody enters, and for types outside of files. */
export function groupOf(typeName: string, field: string): FieldGroup | null {
  const groups = modelsByName.get(typeName)?.groups;
  return typeof groups === 'string' ? groups : (groups?.get(field) ?? null);
}

/** The output field that a field of an input sets: of the same name, or else the object whose id it holds. */
export const outputField = (typeName: string, field: string): string =>
  modelsByName.get(typeName)?.attributes.has(field) ? field : field.replace(/Id$/, '');

/**
 * The class that governs a field where the row itself is not available, as in history and events: that of the field,
 * or, for a field readable by everyone who can see the row, that of the row.
 */
export function accessInFile(model: Model, access: FieldAccess): FieldAccess {
  const opensRow = rowAccessOf(model);
  const isForAll = access === 'open' || access === 'basic';
  return isForAll && opensRow !== 'open' && opensRow !== 'basic' ? opensRow : access;
}

/** The relation from the file to the rows of a model. */
export const relationTo = (model: Model): Relation | undefined =>
  [...rootModel().relations.values()].find(({ target }) => target() === model);

/**
 * The class required to see the rows of a model at all: that of the relation from their file. Without it even the
 * number of rows is hidden. Throws if no relation of the file leads to them, so that nothing is open by accident.
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
