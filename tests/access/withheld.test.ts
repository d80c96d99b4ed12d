import { GraphQLError } from 'graphql';
import { expect, test } from 'vitest';
import { firstRefusal, oneErrorPerField, type Withheld } from '../../src/core/access/redaction.ts';

const refusal = () => new Error('withheld');

/** An error of a field that is withheld below a root field, as the executor locates it; null when it is told already. */
function meet(withheld: Withheld, root: string, field: string): GraphQLError | null {
  const originalError = firstRefusal({ withheld }, root, field, refusal);
  return originalError && new GraphQLError(field, { path: [root, field], originalError });
}

test('a field that is withheld below a root field is refused once, however many rows withhold it', () => {
  const withheld: Withheld = new Map();
  expect(meet(withheld, 'first', 'Customer.phone')).not.toBeNull();
  expect(meet(withheld, 'first', 'Customer.phone')).toBeNull();
  expect(meet(withheld, 'first', 'Contact.phone')).not.toBeNull();
});

test.each([
  ['first', 'second'],
  ['second', 'first'],
])(
  'of a field that several root fields withhold the first of the answer has the error, also when met %s, %s',
  (...met) => {
    const withheld: Withheld = new Map();
    const errors = met.map((root) => meet(withheld, root, 'Customer.phone') as GraphQLError);
    const answer = oneErrorPerField({ withheld }, { errors, data: { first: null, second: null } });
    expect(answer.errors?.map(({ path }) => path)).toEqual([['first', 'Customer.phone']]);
  },
);

test('errors that are not of withheld fields are all returned, in the order of the answer', () => {
  const errors = ['c', 'a', 'b', 'a'].map((root) => new GraphQLError('refused', { path: [root] }));
  const answer = oneErrorPerField({ withheld: new Map() }, { errors, data: { a: null, b: null, c: null } });
  expect(answer.errors?.map(({ path }) => path?.[0])).toEqual(['a', 'a', 'b', 'c']);
});
