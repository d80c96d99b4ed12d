import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { StaffName } from '../support/server.ts';
import { type Colleague, openFile, startWriting, type Writing } from '../support/writing.ts';

let office: Writing;
beforeAll(async () => {
  office = await startWriting();
  await openFile(office, office.owner, { name: '华东', region: 'EAST_CHINA', stage: 'INTENT' });
  await openFile(office, office.owner, { name: '华南', region: 'SOUTH_CHINA', stage: 'INTENT' });
  await openFile(office, office.owner, { name: '丢失', region: 'EAST_CHINA', stage: 'LOST' });
});
afterAll(() => office.close());

const east = { region: { eq: 'EAST_CHINA' } };
const south = { region: { eq: 'SOUTH_CHINA' } };

/** A segment in a segment: whoever asks for members of the outer one asks the inner one's rule too. */
let inner: string;
let outer: string;
const save = async (by: Colleague, rule: object): Promise<string> => {
  const input = { name: '名单', shared: true, rule };
  return (await by.write('createSegment', input, '{ segment { id } }')).payload.segment.id;
};
const change = async (id: string, input: object) => {
  const before = await office.server.as('SALES').query('query ($id: ID!) { segment(id: $id) { version } }', {
    id,
  });
  const expectedVersion = before.data.segment.version;
  const { errors } = await office.owner.write(
    'updateSegment',
    { id, expectedVersion, ...input },
    '{ segment { version } }',
  );
  expect(errors).toEqual([]);
};
beforeEach(async () => {
  inner = await save(office.owner, east);
  outer = await save(office.owner, { inSegment: inner, stage: { eq: 'INTENT' } });
});

/** What is asked, and with how many statements: the viewer's, the segments' and the list's. */
const documents: [what: string, document: string, statements: number][] = [
  [
    'a list with a condition on it',
    'query ($id: ID!) { customers(filter: { inSegment: $id }, orderBy: [{ field: NAME }]) { nodes { name } } }',
    3,
  ],
  [
    'a list of its members',
    'query ($id: ID!) { customers(segmentId: $id, orderBy: [{ field: NAME }]) { nodes { name } } }',
    4,
  ],
  [
    'the segment and its members',
    'query ($id: ID!) { segment(id: $id) { customers: members(orderBy: [{ field: NAME }]) { nodes { name } } } }',
    4,
  ],
];

describe.each(documents)('%s, evaluated again', (_what, document, most) => {
  /** Names, or the codes of the refusal. */
  const names = async (who: StaffName = 'SALES', id = outer) => {
    const { data, errors, statements } = await office.server.as(who).query(document, { id });
    const { customers } = data?.segment ?? data ?? {};
    return {
      told:
        errors?.map(({ extensions }) => extensions.code) ??
        customers.nodes.map((row: { name: string }) => row.name),
      statements,
    };
  };

  test('goes by the rule as it is now, its own and that of a segment inside', async () => {
    expect((await names()).told).toEqual(['华东']);
    expect((await names()).told).toEqual(['华东']);
    await change(inner, { rule: south });
    expect((await names()).told).toEqual(['华南']);
    await change(outer, { rule: { inSegment: inner } });
    expect((await names()).told).toEqual(['华南']);
    await change(inner, { rule: east });
    expect((await names()).told).toEqual(['丢失', '华东']);
  });

  test('is refused from the moment on that a segment in it is no longer shared, to others alone', async () => {
    expect((await names('SALES_2')).told).toEqual([]);
    expect((await names('MANAGER')).told).toEqual(['华东']);
    await change(inner, { shared: false });
    for (const who of ['SALES_2', 'MANAGER', 'SALES_2'] as const) {
      const [code, ...others] = (await names(who)).told;
      expect([code, others]).toEqual(['BAD_USER_INPUT', []]);
    }
    expect((await names()).told).toEqual(['华东']);
  });

  test('shows each colleague of one role what is theirs', async () => {
    const all = await Promise.all(
      (['SALES', 'SALES_2', 'SALES', 'SALES_2'] as const).map((who) => names(who)),
    );
    expect(all.map(({ told }) => told)).toEqual([['华东'], [], ['华东'], []]);
  });

  test('takes one statement for the viewer, one for each segment that is named and for those inside, one for the list', async () => {
    await names();
    expect((await names()).statements).toBe(most);
  });
});
