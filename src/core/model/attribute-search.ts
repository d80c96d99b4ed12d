import { type SQL, sql } from 'drizzle-orm';
import { noteUse } from '../access/access-log-port.ts';
import type { FileColumns } from '../access/row-predicates.ts';
import { badInputAt, withheldByRole } from '../errors.ts';
import { plainText } from '../validation/text.ts';
import { type Alias, columnOf } from './alias.ts';
import type { Attribute } from './attribute.ts';
import type { Model, ReadContext, Search } from './model.types.ts';
import { all, any, readableOn } from './read-context.ts';
import { contains, startsWith } from './text-condition.ts';

const maxLength = 100;
const maxTerms = 5;

/**
 * Searches a model's rows by texts of their own: each term has to be part of one that the viewer may read, by the standard
 * of its field. Rows of which the first text begins with the search come first. `among` narrows the rows by an index.
 *
 * @throws BAD_USER_INPUT unless the text has 1 to 100 characters and at most 5 terms, FORBIDDEN for a viewer who may read
 *   none of the texts.
 */
export const searchBy =
  (modelOf: () => Model, fields: readonly [string, ...string[]], among?: Search): Search =>
  (reading, alias, text, file) => {
    const model = modelOf();
    const terms = termsOf(text);
    const searched = fields.flatMap((field) => {
      const attribute = model.attributes.get(field) as Attribute;
      const right = readableOn(reading, attribute, file);
      if (right === false) return [];
      noteUse(reading.shape?.uses, attribute.access, `${model.name}.${field}`);
      return [{ attribute, right, column: columnOf(alias, attribute.column.name) }];
    });
    if (searched.length === 0) throw withheldByRole(new Set(fields.map((field) => `${model.name}.${field}`)));
    const found = terms.map((term) =>
      any(
        searched.map(({ attribute, right, column }) => {
          const isFound = contains(attribute, column, term);
          return right === true ? isFound : sql`(${right} and ${isFound})`;
        }),
      ),
    );
    const where = all([...narrowed(reading, alias, text, file, among), ...found]);
    const first = searched.find(({ attribute }) => attribute.field === fields[0]);
    const begins = first && startsWith(first.attribute, first.column, text);
    return {
      join: sql``,
      where,
      steps: begins
        ? [{ where: all([where, begins]) }, { where: all([where, sql`(${begins}) is not true`]) }]
        : [{ where }],
      within: [
        {
          name: 'length',
          expression: first ? sql`coalesce(length(${first.column}), 0)` : sql`0`,
          type: 'int',
          nullable: false,
          direction: 'ASC',
        },
      ],
    };
  };

const narrowed = (
  reading: ReadContext,
  alias: Alias,
  text: string,
  file: FileColumns | null,
  among: Search | undefined,
): SQL[] => (among ? [among(reading, alias, text, file).where] : []);

/** The words of a search; a telephone number is one, however it is grouped. */
function termsOf(text: string): string[] {
  const plain = plainText(text);
  const terms = /^\+?[\d\s()-]{5,}$/.test(plain) ? [plain] : plain.split(/\s+/).filter(Boolean);
  if (terms.length < 1 || terms.length > maxTerms || [...plain].length > maxLength) {
    throw badInputAt(
      ['search'],
      'OUT_OF_BOUNDS',
      `A search has 1 to ${maxLength} characters and at most ${maxTerms} terms. (搜索内容须为 1 至 ${maxLength} 个字符，最多 ${maxTerms} 个词。)`,
    );
  }
  return terms;
}
