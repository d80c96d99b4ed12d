import type { AccessClass } from '../../core/access/policy.ts';
import type { Declared } from '../../core/access/row-predicates.ts';
import type { IdPrefix } from '../../core/graphql/schema/type-id.ts';
import { accessInFile, modelNamed } from '../../core/model/registry.ts';
import { declareVerifiableFields } from '../../core/settings/verified-field.ts';

/** A field of a file whose value somebody can verify. */
export interface VerifiableField extends Declared {
  access: AccessClass;
  entityType: string;
  entityPrefix: IdPrefix;
  /** Table of the row. */
  subject: string;
  column: string;
  field: string;
  description: string;
}

/** What can be verified: what somebody entered about the customer, its people and its needs, special data aside. */
const names = {
  Customer: [
    ...['name', 'shortName', 'nameEnglish', 'unifiedSocialCreditCode', 'legalRepresentative', 'nature'],
    ...[
      'foundedOn',
      'registeredCapital',
      'businessScope',
      'industry',
      'size',
      'employeeCount',
      'annualRevenue',
    ],
    ...[
      'province',
      'city',
      'address',
      'postalCode',
      'registeredAddress',
      'officeAddress',
      'phones',
      'emails',
    ],
    ...['fax', 'website', 'creditGrade', 'creditLimit'],
  ],
  Contact: ['name', 'title', 'department', 'phone', 'mobile', 'email', 'wechat', 'birthday'],
  Need: ['item', 'specification', 'painPoint', 'quantity', 'budgetMin', 'budgetMax', 'expectedAt'],
} satisfies Record<string, readonly string[]>;
declareVerifiableFields(names.Customer);

let fields: ReadonlyMap<string, VerifiableField> | undefined;

/** All of them, by type and field, in the order in which a file lists them. */
export function verifiableFields(): ReadonlyMap<string, VerifiableField> {
  // Built on first use, when all models are declared.
  fields ??= new Map(
    Object.entries(names).flatMap(([type, list]) => list.map((name) => declared(type, name))),
  );
  return fields;
}

function declared(entityType: string, field: string): [string, VerifiableField] {
  const model = modelNamed(entityType);
  const attribute = model?.attributes.get(field);
  if (!model || !attribute) throw new Error(`There is no ${entityType}.${field} to be verified.`);
  return [
    `${entityType}.${field}`,
    {
      entityType,
      entityPrefix: model.prefix,
      subject: model.tableName,
      column: attribute.column.name,
      field,
      access: accessInFile(model, attribute.access) as AccessClass,
      text: attribute.text,
      description: attribute.description,
    },
  ];
}

/** The field of a column; undefined for one that is not verified any more. */
export const verifiableColumn = (subject: string, column: string): VerifiableField | undefined =>
  [...verifiableFields().values()].find((one) => one.subject === subject && one.column === column);
