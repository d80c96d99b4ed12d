import { isObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { policy } from '../../src/core/access/policy.ts';
import { Role } from '../../src/core/access/role.ts';
import { reachOf } from '../../src/core/access/row-predicates.ts';
import { historyFields } from '../../src/core/model/history-field.ts';
import { dimensions } from '../../src/features/stats/dimension.ts';
import { measuredNumbers } from '../../src/features/stats/measure.ts';
import { sharedSchema } from '../support/schema.ts';
import { openFile, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
let file: { id: string };
beforeAll(async () => {
  writing = await startWriting();
  file = await openFile(writing, writing.owner);
});
afterAll(() => writing.close());

/** A rule that asks a field which no role but some reads: whether it has a value is already something. */
const rule = '{ or: [{}, { not: { creditLimit: { isNull: true } } }] }';
const withoutCredit = Object.values(Role).filter((role) => policy[role].read.credit === 'NONE');

const never = (role: Role, ...through: Parameters<typeof reachOf>[1][]) =>
  through.some((one) => reachOf({ role }, one) === 'NONE');

/** Every use by name of a field that a role never reads. */
function namedUses(role: Role): string[] {
  const grouped = [...dimensions.values()]
    .filter((dimension) => never(role, dimension))
    .map(({ name }) => `customerStats(groupBy: [${name}]) { total }`);
  const measured = [...measuredNumbers.values()]
    .filter(({ through }) => never(role, ...through))
    .map(
      ({ name }) =>
        `customerStats(groupBy: [], measures: [{ of: MAX, field: ${name}, as: "n" }], having: [{ measure: "n", gt: "1" }], orderBy: [{ by: "n" }]) { total }`,
    );
  const all = [...historyFields().values()];
  const histories = [...new Set(all.map(({ field }) => field))]
    .filter((name) => all.every((one) => one.field !== name || never(role, one)))
    .map((name) => `customer(id: "${file.id}") { history(field: "${name}") { totalCount } }`);
  return [...grouped, ...measured, ...histories];
}

const ruledUses = [
  `customerStats(groupBy: [], filter: ${rule}) { total }`,
  `previewSegment(rule: ${rule}) { __typename }`,
  `segmentDiff(segmentId: "seg_01h00000000000000000000000", newRule: ${rule}) { __typename }`,
];

const lookedUp = (statements: readonly string[]) =>
  statements.filter((text) => !/\bsession\b|\baccess_log_entry\b/.test(text));

describe.each(withoutCredit)('%s', (role) => {
  test('is refused the whole operation for any use of what the role never reads, before any SQL', async () => {
    const client = writing.server.as(role);
    const uses = [...ruledUses, ...namedUses(role)];
    expect(uses.length).toBeGreaterThan(ruledUses.length + 3);
    for (const use of uses) {
      writing.server.statements.length = 0;
      const { data, errors } = await client.query(`{ customers { totalCount } used: ${use} }`);
      expect(errors?.[0]?.extensions, use).toMatchObject({ code: 'FORBIDDEN', reason: 'ROLE' });
      expect(data, use).toBeNull();
      expect(lookedUp(writing.server.statements), use).toEqual([]);
    }
  });
});

test('a mutation changes nothing that answers with the history of what its caller never reads, or with a rule of it beside it', async () => {
  const { server } = writing;
  const client = server.as('FINANCE');
  expect(policy.FINANCE.read.personal).toBe('NONE');
  const update = (selected: string) =>
    `a: updateCustomer(input: { id: "${file.id}", expectedVersion: 1, creditLimit: "777" }) { customer { ${selected} } }`;
  const segment =
    'createSegment(input: { name: "无权", kind: DYNAMIC, rule: { contacts: { some: { birthday: { isNull: true } } } } }) { segment { id } }';
  for (const document of [
    `mutation { ${update('history(field: "birthday") { totalCount }')} }`,
    `mutation { ${update('id')} b: ${segment} }`,
  ]) {
    const { data, errors } = await client.query(document);
    expect(errors?.[0]?.extensions, document).toMatchObject({ code: 'FORBIDDEN', reason: 'ROLE' });
    expect(data).toBeNull();
  }
  const read = await server.as('MANAGER').query(`{ customer(id: "${file.id}") { version creditLimit } }`);
  expect(read.data.customer).toEqual({ version: 1, creditLimit: null });
});

test('what can be used goes through, by variables short and long, as often as it comes', async () => {
  const document =
    'query($f: CustomerFilter, $g: [CustomerDimension!]!) { customerStats(filter: $f, groupBy: $g) { total } }';
  const ask = (f: object, g: string[]) => writing.server.as('MARKETING').query(document, { f, g });
  const long = { name: { in: Array.from({ length: 90 }, (_, i) => `一家名称很长的公司${i}`) } };
  for (const _ of [1, 2]) {
    for (const allowed of [{ name: { eq: '甲' } }, long])
      expect((await ask(allowed, ['REGION'])).errors).toBeUndefined();
    for (const refused of [{ creditLimit: { gt: '1' } }, { and: [long, { creditLimit: { gt: '1' } }] }])
      expect((await ask(refused, ['REGION'])).errors?.[0]?.extensions.code).toBe('FORBIDDEN');
    expect((await ask(long, ['CREDIT_GRADE'])).errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  }
});

test('every argument that names a field by a word says what it uses', () => {
  const named = Object.values(sharedSchema().getTypeMap())
    .filter(isObjectType)
    .flatMap((type) =>
      Object.values(type.getFields())
        .filter(({ args }) => args.some(({ name }) => ['field', 'groupBy', 'measures'].includes(name)))
        .map((field) => [`${type.name}.${field.name}`, typeof field.extensions.requireUses]),
    );
  expect(named.length).toBeGreaterThan(2);
  for (const [field, declared] of named) expect(declared, field as string).toBe('function');
});
