import type { SQL } from 'drizzle-orm';
import { type Alias, columnOf } from './alias.ts';
import type { Attribute, AttributeReader } from './attribute.ts';

/** The value of an attribute of the row under an alias, as its reader may know it. */
export const attributeValue = (
  reader: AttributeReader,
  { column, computed }: Pick<Attribute, 'column' | 'computed'>,
  alias: Alias,
): SQL => computed?.value(reader, alias) ?? columnOf(alias, column.name);
