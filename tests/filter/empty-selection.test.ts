import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { segment } from '../../src/domains/segment/segment.table.ts';
import { requestExport } from '../export/download.ts';
import { openFile, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
/** Segments of the manager, whose rules ask nothing, and one that asks something. */
let empty: string;
let emptyBehind: string;
let full: string;
beforeAll(async () => {
  writing = await startWriting();
  await openFile(writing, writing.owner);
  const save = async (rule: Record<string, unknown>) => {
    const row = { name: '客户分群', rule, ownerId: writing.server.as('MANAGER').uuid };
    const [made] = await writing.db.insert(segment).values(row).returning();
    return encodeId('seg', made?.id as string);
  };
  empty = await save({ region: null });
  emptyBehind = await save({ and: [{ inSegment: empty }] });
  full = await save({ region: { isNull: true } });
});
afterAll(() => writing.close());

const something = { region: { isNull: true } };
const nothing = fc.letrec<{ filter: object }>((tie) => ({
  filter: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<object>(
      {},
      { region: null },
      { region: {} },
      { region: { notIn: [] } },
      { tags: { hasAll: [] } },
      { and: [] },
      { or: [] },
      { owner: {} },
      { owner: { team: null } },
      { contacts: {} },
      { deals: { count: {} } },
      { history: {} },
      { history: { stage: {} } },
      { history: { stage: { was: {}, changed: null } } },
      { history: { stage: { was: { notIn: [] } } } },
    ),
    tie('filter').map((not) => ({ not })),
    fc.array(tie('filter'), { maxLength: 2 }).map((and) => ({ and })),
    fc.array(tie('filter'), { maxLength: 2 }).map((or) => ({ or })),
    // As soon as one branch holds for every file the others do not matter.
    tie('filter').map((branch) => ({ or: [something, branch] })),
  ),
})).filter;

const rulesOf = (filter: object) => [
  { filter: something, toEmployeeId: writing.stranger.id },
  { filter, toEmployeeId: writing.stranger.id },
];
const preview =
  'query ($input: HandOverFilesInput!) { handoverPreview(input: $input) { customers customersLeft } }';

interface Violation {
  path: (string | number)[];
  code: string;
  message: string;
}

/** The violations for which a handover, its preview and an export by this filter are refused. */
async function refusals(filter: object): Promise<Violation[][]> {
  const input = { fromEmployeeId: writing.owner.id, rules: rulesOf(filter) };
  const manager = writing.server.as('MANAGER');
  const mutation =
    'mutation ($input: HandOverFilesInput!) { handOverFiles(input: $input) { handover { id } } }';
  const answers = [
    await manager.query(preview, { input }),
    await manager.query(mutation, { input }),
    await requestExport(writing.server, 'MANAGER', { columns: ['NAME'], filter }),
  ];
  return answers.map(({ errors }) => errors?.[0]?.extensions.issues ?? []);
}

const places = [
  ['input', 'rules', 1, 'filter'],
  ['input', 'rules', 1, 'filter'],
  ['input', 'filter'],
];
const violationAt = (path: unknown) => [
  { path, code: 'NO_CONDITION', message: expect.stringContaining('has no condition') },
];

test('a filter that is given and has no condition hands nothing over and lets nothing leave', async () => {
  await fc.assert(
    fc.asyncProperty(nothing, async (filter) => {
      expect(await refusals(filter)).toEqual(places.map(violationAt));
    }),
    { numRuns: 60 },
  );
});

test('nor does one whose segments have no condition, however deep, nor such a segment by itself', async () => {
  for (const id of [empty, emptyBehind]) {
    expect(await refusals({ inSegment: id })).toEqual(places.map(violationAt));
    const { errors } = await requestExport(writing.server, 'MANAGER', { columns: ['NAME'], segmentId: id });
    expect(errors?.[0]?.extensions.issues).toEqual(violationAt(['input', 'segmentId']));
  }
});

test('one condition is enough, and no filter at all means all files', async () => {
  const columns = ['NAME'];
  await fc.assert(
    fc.asyncProperty(nothing, async (filter) => {
      for (const one of [{ and: [filter, something] }, { and: [{ inSegment: full }, filter] }]) {
        const input = { fromEmployeeId: writing.owner.id, rules: rulesOf(one) };
        const { errors } = await writing.server.as('MANAGER').query(preview, { input });
        expect(errors).toBeUndefined();
        expect(
          (await requestExport(writing.server, 'MANAGER', { columns, filter: one })).errors,
        ).toBeUndefined();
      }
    }),
    { numRuns: 20 },
  );
  for (const filter of [undefined, null]) {
    expect((await requestExport(writing.server, 'MANAGER', { columns, filter })).errors).toBeUndefined();
    const rules = [{ toEmployeeId: writing.stranger.id, filter }];
    const { data } = await writing.server
      .as('MANAGER')
      .query(preview, { input: { fromEmployeeId: writing.owner.id, rules } });
    expect(data.handoverPreview).toEqual({ customers: 1, customersLeft: 0 });
  }
});
