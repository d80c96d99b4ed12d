import { registerEnumType } from 'type-graphql';
import type { FieldAccess } from '../../core/access/policy.ts';
import type { Declared } from '../../core/access/row-predicates.ts';
import { encodeId } from '../../core/graphql/schema/type-id.ts';
import type { Attribute } from '../../core/model/attribute.ts';
import { enumLabel, type Label, type Locale, labelOf } from '../../core/model/label.ts';
import type { Relation, Row } from '../../core/model/model.types.ts';
import { upperSnake } from '../../core/model/order-type.ts';
import { rowKey } from '../../core/model/row-key.ts';
import { fieldNamed, type NodeSelection, type Selected } from '../../core/model/selection.ts';
import { contactModel } from '../../domains/contact/contact.model.ts';
import { customerModel } from '../../domains/customer/customer.model.ts';
import { employeeModel } from '../../domains/employee/employee.model.ts';
import { tagModel } from '../../domains/tag/tag.model.ts';
import type { CellForm } from './cell.ts';

/** A column that an export of customers can have. */
export interface ExportColumn {
  /** Its value in the enumeration `CustomerExportColumn`, e.g. CREDIT_LIMIT. */
  name: string;
  /** The field it exports, e.g. Customer.creditLimit. */
  path: string;
  /** Every field on the way to its value; the column is refused to roles that may never read one of them. */
  through: readonly Declared[];
  label: Label;
  description: string;
  form: CellForm;
  /** The field of Customer that it is read from. */
  field: string;
  /** The field read from the rows that `field` leads to; null for the file's own fields. */
  below: string | null;
  /** The cell's text from a row; null where there is no value or it is withheld. */
  read: (row: Row, locale: Locale) => string | null;
}

/** The classes exported of a file's primary contact: card and contact details, nothing personal. */
const contactClasses: readonly FieldAccess[] = ['card', 'contact'];

const formOf = ({ kind }: Attribute): CellForm => {
  switch (kind) {
    case 'integer':
    case 'decimal':
      return 'number';
    case 'date':
    case 'instant':
      return kind;
    default:
      return 'text';
  }
};

const cellOf =
  (attribute: Attribute) =>
  (value: unknown, locale: Locale): string | null => {
    if (value === null || value === undefined) return null;
    const toText = attribute.item?.toText as ((item: unknown) => string) | undefined;
    if (Array.isArray(value)) return value.map((item) => toText?.(item) ?? String(item)).join('; ');
    if (attribute.toText) return attribute.toText(value as never);
    if (attribute.prefix && attribute.kind === 'id') return encodeId(attribute.prefix, String(value));
    if (attribute.enumeration) return enumLabel(attribute.enumeration, String(value))[locale];
    return String(value);
  };

const isTable = ({ kind, item, toText }: Attribute): boolean =>
  kind !== 'json' || item !== undefined || toText !== undefined;

const ownColumns = [...customerModel.attributes.values()].filter(isTable).map((attribute): ExportColumn => {
  const cell = cellOf(attribute);
  return {
    name: upperSnake(attribute.field),
    path: `Customer.${attribute.field}`,
    through: [attribute],
    label: labelOf(attribute.field, attribute.description),
    description: attribute.description,
    form: formOf(attribute),
    field: attribute.field,
    below: null,
    read: (row, locale) => cell(row[attribute.field], locale),
  };
});

const relationOf = (field: string): Relation => customerModel.relations.get(field) as Relation;

const nameColumns = ['owner', 'custodian'].map((field): ExportColumn => {
  const relation = relationOf(field);
  return {
    name: upperSnake(field),
    path: `Customer.${field}`,
    through: [relation, employeeModel.attributes.get('name') as Attribute],
    label: labelOf(field, relation.description),
    description: relation.description,
    form: 'text',
    field,
    below: 'name',
    read: (row) => (row[rowKey(field)] as { name: string } | null | undefined)?.name ?? null,
  };
});

const tags: ExportColumn = {
  name: 'TAGS',
  path: 'Customer.tags',
  through: [relationOf('tags'), tagModel.attributes.get('label') as Attribute],
  label: labelOf('tags', relationOf('tags').description),
  description: relationOf('tags').description,
  form: 'text',
  field: 'tags',
  below: 'label',
  read: (row) => {
    const labels = ((row[rowKey('tags')] ?? []) as { label: string }[]).map(({ label }) => label);
    return labels.length === 0 ? null : labels.join('; ');
  },
};

const contactColumns = [...contactModel.attributes.values()]
  // With the id, by which an import finds it again.
  .filter(
    (attribute) =>
      attribute.field === 'id' || (isTable(attribute) && contactClasses.includes(attribute.access)),
  )
  .map((attribute): ExportColumn => {
    const cell = cellOf(attribute);
    const label = labelOf(attribute.field, attribute.description);
    return {
      name: `CONTACT_${upperSnake(attribute.field)}`,
      path: `Contact.${attribute.field}`,
      through: [relationOf('contacts'), attribute],
      label: { ZH: `首要联系人${label.ZH}`, EN: `primary contact ${label.EN}` },
      description: `Of the primary contact: ${label.EN}. (首要联系人${label.ZH})`,
      form: formOf(attribute),
      field: 'contacts',
      below: attribute.field,
      read: (row, locale) => {
        const [contact] = (row[rowKey('contacts')] as { rows: Row[] | null } | null | undefined)?.rows ?? [];
        return cell(contact?.[attribute.field], locale);
      },
    };
  });

/** All columns by name. */
export const exportColumns: ReadonlyMap<string, ExportColumn> = new Map(
  [...ownColumns, ...nameColumns, tags, ...contactColumns].map((column) => [column.name, column]),
);

export const CustomerExportColumn = Object.fromEntries([...exportColumns.keys()].map((name) => [name, name]));

registerEnumType(CustomerExportColumn, {
  name: 'CustomerExportColumn',
  description: 'A column of an export of customers. (导出列)',
  valuesConfig: Object.fromEntries(
    [...exportColumns.values()].map(({ name, description }) => [name, { description }]),
  ),
});

/** The selection of a customer's fields for these columns, as if made by a client. */
export function selectionOf(columns: readonly ExportColumn[]): NodeSelection {
  // The id is needed to check again whether the viewer may still read the file.
  const targets = new Map<string, Set<string>>([['id', new Set()]]);
  for (const { field, below } of columns) {
    const names = targets.get(field) ?? new Set();
    if (below !== null) names.add(below);
    targets.set(field, names);
  }
  return {
    fields: [...targets].map(([field, names]) => {
      const relation = customerModel.relations.get(field);
      const below = [...names].map((name) => fieldNamed(name));
      return relation ? selectedRelation(relation, below) : fieldNamed(field);
    }),
  };
}

/** Selects a relation; of a connection only the first row, which is the primary contact. */
function selectedRelation({ field, arity, target }: Relation, below: Selected[]): Selected {
  const { name } = target();
  if (arity !== 'many') return fieldNamed(field, { [name]: below });
  const page = { [`${name}Connection`]: [fieldNamed('nodes', { [name]: below })] };
  return fieldNamed(field, page, { filter: { isPrimary: { eq: true } }, first: 1 });
}
