import { type SQL, sql } from 'drizzle-orm';
import type { Declared } from '../../core/access/row-predicates.ts';
import { type Alias, columnOf } from '../../core/model/alias.ts';
import type { Attribute } from '../../core/model/attribute.ts';
import { upperSnake } from '../../core/model/order-type.ts';
import { customerModel } from '../../domains/customer/customer.model.ts';

/** A field that customers can be grouped by. */
export interface Dimension extends Declared {
  name: string;
  /** The declared field that its values come from. */
  field: string;
  description: string;
  /** The key of a file's group, as text; null if the file has no value. */
  value: (alias: Alias, timeZone: string) => SQL;
  /** How a value is labelled: by its enumeration, by the name of the employee or team, or by itself. */
  names: { enumeration: object } | 'employee' | 'team' | 'plain';
}

/** The alias of the tag that the statement joins when grouping by tags. */
export const tagAlias = 'tagged';

const plainFields = [
  'kind',
  'customerType',
  'importance',
  'nature',
  'industry',
  'region',
  'country',
  'province',
  'city',
  'size',
  'stage',
  'lostAs',
  'lostReason',
  'tier',
  'tierSetBy',
  'verificationState',
  'archiveCategory',
  'creditGrade',
  'source',
];
const timeFields = ['openedOn', 'createdAt', 'updatedAt', 'lastInteractionAt', 'foundedOn'];
const buckets = { MONTH: ['YYYY-MM', '月'], QUARTER: ['YYYY-"Q"Q', '季度'], YEAR: ['YYYY', '年'] } as const;

const examples: Record<string, string> = { MONTH: '2024-03', QUARTER: '2024-Q1', YEAR: '2024' };

const attributeOf = (field: string): Attribute => customerModel.attributes.get(field) as Attribute;

const plainDimensions = plainFields.map(attributeOf).map(
  (attribute): Dimension => ({
    name: upperSnake(attribute.field),
    field: `Customer.${attribute.field}`,
    access: attribute.access,
    text: attribute.text,
    description: attribute.description,
    value: (alias) => sql`${columnOf(alias, attribute.column.name)}::text`,
    names: attribute.enumeration ? { enumeration: attribute.enumeration } : 'plain',
  }),
);

const timeDimensions = timeFields.map(attributeOf).flatMap((attribute) =>
  Object.entries(buckets).map(
    ([bucket, [format, chinese]]): Dimension => ({
      name: `${upperSnake(attribute.field)}_${bucket}`,
      field: `Customer.${attribute.field}`,
      access: attribute.access,
      description: `${attribute.description} By ${bucket.toLowerCase()} of the organisation’s calendar, such as ${examples[bucket]}. (按${chinese})`,
      value: (alias, timeZone) => {
        const column = columnOf(alias, attribute.column.name);
        const local =
          attribute.kind === 'date'
            ? sql`${column}::timestamp`
            : sql`(${column} at time zone ${timeZone}::text)`;
        return sql`to_char(${local}, ${format}::text)`;
      },
      names: 'plain',
    }),
  ),
);

const staffDimensions: Dimension[] = [
  {
    name: 'OWNER',
    field: 'Customer.owner',
    access: 'basic',
    description:
      'The employee responsible for the file; without a label where people are ids to the viewer. (对接人)',
    value: (alias) => sql`${columnOf(alias, 'owner_id')}::text`,
    names: 'employee',
  },
  {
    name: 'TEAM',
    field: 'Customer.owner',
    access: 'basic',
    description: 'The team of the employee responsible for the file. (所属团队)',
    value: (alias) =>
      sql`(select e.team_id::text from employee e where e.id = ${columnOf(alias, 'owner_id')})`,
    names: 'team',
  },
];

const tagDimension: Dimension = {
  name: 'TAG',
  field: 'Customer.tags',
  access: 'basic',
  text: 'FREE',
  description:
    'A tag of the facet named by tagFacet, or a free one without it. A file with two such tags is in two groups, so shares do not add up to 1. (标签)',
  value: () => sql.raw(`${tagAlias}.value`),
  names: 'plain',
};

/** All dimensions, by API name. */
export const dimensions = new Map<string, Dimension>(
  [...plainDimensions, ...staffDimensions, tagDimension, ...timeDimensions].map((one) => [one.name, one]),
);
