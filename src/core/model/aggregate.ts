/** What a condition can compute of the rows of a relation, besides counting them. */
export const aggregates = ['sum', 'avg', 'min', 'max'] as const;
export type Aggregate = (typeof aggregates)[number];

/** Whether this is the word of an aggregate. */
export const isAggregate = (word: string): word is Aggregate => aggregates.some((each) => each === word);
