import { afterAll, beforeAll, expect, test } from 'vitest';
import { callers } from '../../src/core/access/callers.ts';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import type { Attribute } from '../../src/core/model/attribute.ts';
import { operatorsOf } from '../../src/core/model/operators.ts';
import { segment } from '../../src/domains/segment/segment.table.ts';
import { CustomerDimension } from '../../src/features/stats/customer-stats.input.ts';
import type { StaffName } from '../support/server.ts';
import { inward } from './document.ts';
import { send } from './expected-answer.ts';
import { type FileWorld, isRefused, roleOf, startFileWorld, viewers } from './file-world.ts';
import { exchange, type Hidden, hiddenFrom } from './hidden-change.ts';

let world: FileWorld;
beforeAll(async () => {
  world = await startFileWorld();
});
afterAll(() => world.server.close());

interface Question {
  query: string;
  variables?: Record<string, unknown>;
}

/** A rule that holds before the exchange, and one that holds after it; each as it is and turned round. */
function rulesOn({ type, attribute, before, after }: Hidden): object[] {
  const relation = inward('Customer').find(({ target }) => target().name === type)?.field;
  const operator = operatorsOf[attribute.kind].includes('gte') ? 'gte' : 'eq';
  return [before, after ?? before].flatMap((value) => {
    const plain = { [attribute.field]: { [operator]: value } };
    const rule = relation ? { [relation]: { some: plain } } : plain;
    return [rule, { not: rule }];
  });
}

/** A hidden field of each type, class and kind: figures are made of the same conditions as filters, of which all are asked. */
const oneOfEachKind = (viewer: StaffName, hidden: Hidden[]): Hidden[] => {
  // What the role never reads is refused before any SQL, as matrix-filter proves.
  const isRead = (attribute: Attribute) => !isRefused(viewer, [attribute]);
  const filterable = hidden.filter(({ attribute }) => attribute.filterable && isRead(attribute));
  return [
    ...new Map(
      filterable.map((one) => [`${one.type} ${one.attribute.access} ${one.attribute.kind}`, one]),
    ).values(),
  ];
};

/** The figures that are made of a rule. */
const figuresOf = (everything: string): ((rule: string) => string)[] => [
  (rule) =>
    `previewSegment(rule: ${rule}) { size cost clauses { matches removes } sample(first: 5) { totalCount nodes { id } } }`,
  (rule) => `customerStats(filter: ${rule}, groupBy: [STAGE]) { total groups { count } }`,
  (rule) => `segmentDiff(segmentId: "${everything}", newRule: ${rule}) { joining leaving staying }`,
];

/** Groups, sums and medians over the files, and everything a builder of segments is shown of a rule. */
function* questions(viewer: StaffName, hidden: Hidden[], everything: string): Generator<Question> {
  for (const dimension of Object.keys(CustomerDimension)) {
    yield {
      query: `{ customerStats(groupBy: [${dimension}]) { total groupCount groups { count share suppressed keys { value } } } }`,
    };
  }
  for (const field of ['CREDIT_LIMIT', 'DEAL_AMOUNT', 'NEED_BUDGET_MIN', 'ANNUAL_REVENUE']) {
    const measures = ['SUM', 'MEDIAN', 'MAX', 'COUNT'].map((of) => `{ field: ${field}, of: ${of} }`);
    yield {
      query: `{ customerStats(groupBy: [STAGE], measures: [${measures.join(', ')}]) { groups { count measures { value } } measures { value } } }`,
    };
  }
  const kinds = oneOfEachKind(viewer, hidden);
  for (const one of kinds) {
    // The rules of a field in one operation: what refuses one refuses them all.
    for (const figure of figuresOf(everything)) {
      const rules = rulesOn(one);
      const declared = rules.map((_, i) => `$r${i}: CustomerFilter!`).join(', ');
      yield {
        query: `query (${declared}) { ${rules.map((_, i) => `f${i}: ${figure(`$r${i}`)}`).join(' ')} }`,
        variables: Object.fromEntries(rules.map((rule, i) => [`r${i}`, rule])),
      };
    }
    if ((callers['Mutation.tagCustomers'] as readonly string[]).includes(roleOf(viewer))) {
      const rules = rulesOn(one);
      const calls = rules.map(
        (_, i) =>
          `b${i}: tagCustomers(input: { filter: $r${i}, tags: ["试"], dryRun: true }) { outcome { matched changed refused refusals { count customerIds } } }`,
      );
      yield {
        query: `mutation (${rules.map((_, i) => `$r${i}: CustomerFilter!`).join(', ')}) { ${calls.join(' ')} }`,
        variables: Object.fromEntries(rules.map((rule, i) => [`r${i}`, rule])),
      };
    }
    const relation = inward('Customer').find(({ target }) => target().name === one.type)?.field;
    const path = relation ? `${relation}.${one.attribute.field}` : one.attribute.field;
    if (['text', 'enum'].includes(one.attribute.kind)) {
      yield { query: `{ segmentValueSuggestions(field: "${path}") }` };
      yield { query: `{ segmentValueSuggestions(field: "${path}", search: "${one.before}") }` };
    }
  }
  yield { query: '{ segmentFields { path isUsable values { value } } }' };
}

/** Explanations of each file by segments that ask what is hidden. */
async function* explanations(viewer: StaffName, hidden: Hidden[]): AsyncGenerator<Question> {
  const kinds = oneOfEachKind(viewer, hidden);
  if (kinds.length === 0) return;
  const rows = await world.server.db
    .insert(segment)
    .values(
      kinds
        .flatMap((one) => rulesOn(one).slice(0, 2))
        .map((rule, i) => ({
          name: `解释 ${viewer} ${i}`,
          rule: rule as never,
          shared: true,
          ownerId: world.server.as('ADMIN').uuid,
        })),
    )
    .returning({ id: segment.id });
  const files = world.files.filter((file) => file.viewer === viewer || file.relation === 'FOREIGN');
  for (const { id } of rows) {
    const explained = files
      .slice(0, 4)
      .map(
        ({ ids }, i) =>
          `e${i}: explain(customerId: "${ids.Customer}") { matches clauses { holds value isWithheld } }`,
      );
    yield { query: `{ segment(id: "${encodeId('seg', id)}") { ${explained.join(' ')} } }` };
  }
}

async function answersTo(viewer: StaffName, asked: Question[]): Promise<string[]> {
  const answers: string[] = [];
  for (const { query, variables } of asked) answers.push((await send(world, viewer, query, variables)).text);
  return answers;
}

test.each(viewers)(
  '%s gets the same figures, previews, suggestions and explanations, whatever the hidden values are',
  async (viewer) => {
    const hidden = hiddenFrom(viewer, world);
    const [row] = await world.server.db
      .insert(segment)
      .values({ name: '全部', rule: {}, shared: true, ownerId: world.server.as('ADMIN').uuid })
      .returning({ id: segment.id });
    const asked = [...questions(viewer, hidden, encodeId('seg', row?.id as string))];
    for await (const one of explanations(viewer, hidden)) asked.push(one);
    const before = await answersTo(viewer, asked);
    await exchange(world, viewer, hidden, 'after');
    try {
      const after = await answersTo(viewer, asked);
      const told = asked
        .map(({ query, variables }, i) => ({ query, variables, before: before[i], after: after[i] }))
        .filter((one) => one.before !== one.after);
      expect(told.slice(0, 3)).toEqual([]);
    } finally {
      await exchange(world, viewer, hidden, 'before');
    }
  },
  // Many hundred questions by row; a busy machine takes its time.
);
