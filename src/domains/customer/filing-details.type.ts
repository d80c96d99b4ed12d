import { ObjectType } from 'type-graphql';
import { Node } from '../../core/graphql/schema/node.type.ts';
import { Attribute } from '../../core/model/attribute.ts';
import { customer } from './customer.table.ts';
import { FormerNumber } from './former-number-details.type.ts';
import { premisesText } from './premises.value.ts';
import { Premises } from './premises-details.type.ts';

/** Which unit of a property a file is of, and under which number it is put away. */
@ObjectType()
export abstract class FilingDetails extends Node {
  @Attribute({
    column: customer.premises,
    access: 'contact',
    // A household's address.
    text: 'IDENTIFYING',
    object: () => Premises,
    toText: premisesText,
    sortable: true,
    orderedBy: customer.premisesKey,
    description:
      'Which unit of a property the customer has. One active file has a unit with a room: the next is opened when the last is archived. Ordered part by part, figures as figures. (户址)', // R80, AC-14
  })
  premises!: Premises | null;

  @Attribute({
    column: customer.archiveNumber,
    // As premises, of which it may be made; a company's own numbers may hold initials.
    access: 'contact',
    text: 'IDENTIFYING',
    standard: 'CODE',
    sortable: true,
    orderedBy: customer.archiveKey,
    description:
      'Under which number the file is put away, given once it is verified: see `registerFile`; null before that, and once it is cancelled. Of one file only, and never another’s. Ordered part by part, figures as figures: 2 comes before 10. (档号)', // R79, R81, AC-14
  })
  archiveNumber!: string | null;

  @Attribute({
    column: customer.archiveCategory,
    access: 'basic',
    text: 'CONTROLLED',
    standard: 'CODE',
    sortable: true,
    description:
      'The code of the category in which it is put away, one of the settings’ `archiveCategories`; null before that, and for a number that was brought along without one. (档案类别)', // R79
  })
  archiveCategory!: string | null;

  @Attribute({
    column: customer.formerNumbers,
    access: 'contact',
    // The reasons are in people's own words.
    text: 'FREE',
    item: {
      type: () => FormerNumber,
      toText: ({ number, reason }: FormerNumber) => `${number} (${reason})`,
    },
    description:
      'Its archive numbers that were cancelled (作废), the earliest first; null for none. They are kept and never given again; the search and `customer(fileNumber:)` find the file by them. (曾用档号)', // R81
  })
  formerNumbers!: FormerNumber[] | null;
}
