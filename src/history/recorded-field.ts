import { encodeId, type IdPrefix } from '../graphql/type-id.ts';
import type { AttributeKind, FieldAccess, HistoryPolicy } from '../model/attribute.ts';
import { accessInFile, type Model, modelNamed, rowAccessOf } from '../model/model.ts';

/** A column of the history as the API knows it. */
export interface RecordedField {
  /** Table of the row that changed. */
  subject: string;
  column: string;
  /** Name in the API; a foreign key goes by the relation it stands for. */
  field: string;
  /** GraphQL type of what changed, and the kind of its id. */
  entityType: string;
  entityPrefix: IdPrefix;
  access: FieldAccess;
  history: HistoryPolicy;
  /** A stored value, as text, in the form the field has in this API. */
  publish: (text: string | null) => unknown;
}

const modelNames: Record<string, string> = {
  customer: 'Customer',
  contact: 'Contact',
  interaction: 'Interaction',
  need: 'Need',
  deal: 'Deal',
};

/** The class that opens rows of a table at all: without it not even that one came or went is told. */
export function rowAccessOfSubject(subject: string): FieldAccess {
  const model = modelNamed(modelNames[subject] ?? '');
  return model ? rowAccessOf(model) : 'basic';
}

let fields: Map<string, RecordedField> | undefined;

/** Every column whose changes the API tells, by `subject.column`. */
export function recordedFields(): ReadonlyMap<string, RecordedField> {
  // Made at first use: relations name models that are declared after those they belong to.
  fields ??= new Map(
    [...Object.keys(modelNames).flatMap(fieldsOf), tagField].map((field) => [
      `${field.subject}.${field.column}`,
      field,
    ]),
  );
  return fields;
}

/** The recorded field of a column; undefined for one that is private to the database. */
export const recordedField = (subject: string, column: string): RecordedField | undefined =>
  recordedFields().get(`${subject}.${column}`);

/** Kept by the database, so the history has no line of them. */
const unrecorded = new Set(['id', 'version', 'updatedAt', 'lastInteractionAt']);

function fieldsOf(subject: string): RecordedField[] {
  const model = modelNamed(modelNames[subject] as string) as Model;
  const entity = { subject, entityType: model.name, entityPrefix: model.prefix };
  const attributes = [...model.attributes.values()]
    .filter(({ field }) => !unrecorded.has(field))
    .map(({ field, column, access, history, kind }) => ({
      ...entity,
      column: column.name,
      field,
      access: accessInFile(model, access),
      history,
      publish: (text: string | null) => published(kind, text),
    }));
  const references = [...model.relations.values()]
    .filter(({ arity, field }) => arity === 'one' && field !== 'customer')
    .map(({ field, access, target }) => ({
      ...entity,
      column: `${field}_id`,
      field,
      access: accessInFile(model, access),
      history: 'VERSIONED' as const,
      publish: (uuid: string | null) => uuid && encodeId(target().prefix, uuid),
    }));
  return [...attributes, ...references];
}

/** A tag put on or taken off: its id. */
const tagField: RecordedField = {
  subject: 'customer_tag',
  column: 'tag_id',
  field: 'tags',
  entityType: 'Tag',
  entityPrefix: 'tag',
  access: 'basic',
  history: 'VERSIONED',
  publish: (uuid) => uuid && encodeId('tag', uuid),
};

const published = (kind: AttributeKind, text: string | null): unknown => {
  if (text === null) return null;
  if (kind === 'integer') return Number(text);
  if (kind === 'boolean') return text === 'true';
  return kind === 'instant' ? text.replace(/\+00:00$/, 'Z') : text;
};
