import type { FieldAccess } from '../access/policy.ts';
import type { Declared } from '../access/row-predicates.ts';
import { encodeId, type IdPrefix } from '../graphql/schema/type-id.ts';
import { instantText } from '../validation/date.ts';
import type { Attribute, AttributeKind, HistoryPolicy } from './attribute.ts';
import type { Model } from './model.types.ts';
import { accessInFile, fileModels, type LinkedRelation, linkedRelations, rowAccessOf } from './registry.ts';

/** A column that the history records, as the API presents it. */
export interface HistoryField extends Declared {
  /** Table of the row that changed. */
  subject: string;
  column: string;
  /** Name in the API; for a foreign key, the name of its relation. */
  field: string;
  /** GraphQL type of the changed object, and the prefix of its id. */
  entityType: string;
  entityPrefix: IdPrefix;
  /** What it takes to see the row at all: a line is shown to whoever may read that and the field. */
  rowAccess: FieldAccess;
  history: HistoryPolicy;
  /** How its values are compared; null for the id of a referenced row. */
  value: Pick<Attribute, 'kind' | 'standard'> | null;
  /** Converts a stored value (as text) to the field's form in the API. */
  publish: (text: string | null) => unknown;
}

let fields: Map<string, HistoryField> | undefined;

/** Every column whose changes the API shows, by `subject.column`. */
export function historyFields(): ReadonlyMap<string, HistoryField> {
  // Built on first use, because relations refer to models that are declared later.
  fields ??= new Map(
    [...fileModels().flatMap(fieldsOf), ...linkedRelations().map(linkField)].map((field) => [
      `${field.subject}.${field.column}`,
      field,
    ]),
  );
  return fields;
}

/** The history field of a column; undefined for a column that is private to the database. */
export const historyField = (subject: string, column: string): HistoryField | undefined =>
  historyFields().get(`${subject}.${column}`);

/** Maintained by the database, so the history does not record them. */
const unrecorded = new Set(['id', 'version', 'updatedAt', 'lastInteractionAt']);
export const isRecorded = ({ field, computed }: Pick<Attribute, 'field' | 'computed'>): boolean =>
  !computed && !unrecorded.has(field);

function fieldsOf(model: Model): HistoryField[] {
  const entity = {
    subject: model.tableName,
    entityType: model.name,
    entityPrefix: model.prefix,
    rowAccess: rowAccessOf(model),
  };
  const attributes = [...model.attributes.values()]
    .filter(isRecorded)
    .map(({ field, column, access, text, history, kind, list, item, standard }) => ({
      ...entity,
      column: column.name,
      field,
      access: accessInFile(model, access),
      text,
      history,
      value: { kind, standard },
      publish: (stored: string | null) =>
        stored !== null && (list || item || kind === 'json') ? JSON.parse(stored) : published(kind, stored),
    }));
  const references = [...model.relations.values()]
    .filter(({ key }) => key !== null && key !== model.fileColumn)
    .map(({ key, field, access, target }) => ({
      ...entity,
      column: key as string,
      field,
      access: accessInFile(model, access),
      history: 'VERSIONED' as const,
      value: null,
      publish: (uuid: string | null) => uuid && encodeId(target().prefix, uuid),
    }));
  return [...attributes, ...references];
}

/** The history field of a linked object that was added to the file or removed, such as a tag; its value is the id. */
function linkField({ field, access, link, target }: LinkedRelation): HistoryField {
  const { name, prefix } = target();
  return {
    subject: link.tableName,
    column: link.targetColumn,
    field,
    entityType: name,
    entityPrefix: prefix,
    access,
    rowAccess: access,
    history: 'VERSIONED',
    value: null,
    publish: (uuid) => uuid && encodeId(prefix, uuid),
  };
}

const published = (kind: AttributeKind, text: string | null): unknown => {
  if (text === null) return null;
  if (kind === 'integer') return Number(text);
  if (kind === 'boolean') return text === 'true';
  return kind === 'instant' ? instantText(text) : text;
};
