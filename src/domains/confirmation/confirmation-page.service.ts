import { createHash } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import type { Database } from '../../core/database/database.ts';
import { enumLabel, type Label, labelOf } from '../../core/model/label.ts';
import { modelNamed } from '../../core/model/registry.ts';
import type { FieldRules } from '../../core/validation/fields.ts';
import { contact } from '../contact/contact.table.ts';
import { contactWrites } from '../contact/contact.write.ts';
import { customerRules } from '../customer/customer.check.ts';
import { type CustomerRow, customer } from '../customer/customer.table.ts';
import type { VerifiableField } from '../verification/verifiable-field.ts';
import { confirmableFields } from './confirmable-field.ts';
import { nobody, type OpenRequest } from './confirmation-request.write.ts';

type ContactRow = typeof contact.$inferSelect;

/** A value as the customer sees it. */
export interface ShownField {
  of: VerifiableField;
  /** The row that has it, a UUID. */
  subjectId: string;
  rowVersion: number;
  label: Label;
  /** As it is sent by the form: of an enumeration the value, of a list one item a line. */
  text: string;
  /** What it may be, if not any text; with the labels. */
  options: readonly (readonly [string, Label])[] | null;
  isLong: boolean;
}

/** What a customer sees of a file. */
export interface ShownFile {
  file: CustomerRow;
  /** The one contact whose reader it is. */
  contact: ContactRow | null;
  fields: readonly ShownField[];
  /** Of all that is shown: the form sends it back, so that what changed meanwhile is not confirmed unseen. */
  digest: string;
}

/** Reads what the customer of a request sees, under a lock if they are about to answer; null if the file is gone. */
export async function readShown(
  db: Database,
  { customerId, contactId }: Pick<OpenRequest, 'customerId' | 'contactId'>,
  { isLocked = false } = {},
): Promise<ShownFile | null> {
  const ofFile = db.select().from(customer).where(eq(customer.id, customerId));
  const [file] = isLocked ? await ofFile.for('no key update') : await ofFile;
  if (!file) return null;
  const ofContact = and(eq(contact.customerId, customerId), eq(contact.id, contactId ?? nobody));
  const [person = null] = await db.select().from(contact).where(ofContact);
  const fields = [
    ...fieldsOf('Customer', file as unknown as Row),
    ...(person ? fieldsOf('Contact', person as unknown as Row) : []),
  ];
  const seen = fields.map(({ of, subjectId, text }) => [of.subject, of.field, subjectId, text]);
  const digest = createHash('sha256').update(JSON.stringify(seen)).digest('base64url');
  return { file, contact: person, fields, digest };
}

type Row = Readonly<Record<string, unknown>> & { id: string; version: number };

const fieldsOf = (entityType: string, row: Row): ShownField[] =>
  confirmableFields().flatMap((of) => {
    const value = of.entityType === entityType ? row[of.field] : null;
    if (value == null || (Array.isArray(value) && value.length === 0)) return [];
    const { options, isLong, label } = formOf(of);
    return [
      { of, subjectId: row.id, rowVersion: row.version, text: textOf(of, value), options, isLong, label },
    ];
  });

const attributeOf = ({ entityType, field }: VerifiableField) => modelNamed(entityType)?.attributes.get(field);

/** A stored value as a form sends it. */
export function textOf(of: VerifiableField, value: unknown): string {
  if (!Array.isArray(value)) return String(value);
  const toText = attributeOf(of)?.item?.toText as ((item: unknown) => string) | undefined;
  return value.map((item) => toText?.(item) ?? String(item)).join('\n');
}

function formOf(of: VerifiableField): Pick<ShownField, 'options' | 'isLong' | 'label'> {
  const attribute = attributeOf(of);
  const enumeration = attribute?.enumeration;
  return {
    label: attribute?.label ?? labelOf(of.field, of.description),
    options: enumeration
      ? Object.values(enumeration).map((value) => [value, enumLabel(enumeration, value)] as const)
      : null,
    isLong: attribute?.list === true || attribute?.item !== undefined || isMultiline(of),
  };
}

const rulesByType: Readonly<Record<string, FieldRules>> = {
  Customer: customerRules,
  Contact: contactWrites.rules.fields,
};

const isMultiline = ({ entityType, field }: VerifiableField): boolean =>
  rulesByType[entityType]?.[field]?.isMultiline === true;
