import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { segment } from '../../src/domains/segment/segment.table.ts';
import { openFile, startWriting, type Writing } from '../support/writing.ts';

// A rule as an earlier version of the schema may have saved it: today's knows some part of it no more.
let office: Writing;
let file: string;

beforeAll(async () => {
  office = await startWriting();
  file = (await openFile(office, office.owner, { region: 'EAST_CHINA' })).id;
});
afterAll(() => office.close());

async function keep(rule: Record<string, unknown>): Promise<string> {
  const ownerId = office.server.as('MANAGER').uuid;
  const [kept] = await office.db
    .insert(segment)
    .values({ name: '旧规则', rule, ownerId, shared: true })
    .returning();
  return encodeId('seg', kept?.id as string);
}

const query = (document: string) => office.server.as('MANAGER').query(document);
const issuesOf = (errors: Awaited<ReturnType<typeof query>>['errors']) =>
  errors?.flatMap(({ extensions }) =>
    extensions.issues.map((issue: { path: unknown[] }) => issue.path.join('.')),
  );

const forgotten: Record<string, [Record<string, unknown>, string]> = {
  'a field': [{ turnoverClass: { eq: 'A' } }, 'filter.turnoverClass'],
  'an operator': [{ region: { eq: 'EAST_CHINA', near: 'EAST_CHINA' } }, 'filter.region.near'],
  'a value': [{ stage: { in: ['WON', 'QUALIFIED'] } }, 'filter.stage.in'],
  'a value of the past': [
    { history: { stage: { was: { eq: 'QUALIFIED' } } } },
    'filter.history.stage.was.eq',
  ],
  'a field of the past': [
    { history: { turnoverClass: { was: { eq: 'A' } } } },
    'filter.history.turnoverClass',
  ],
  'a condition on the past': [
    { history: { stage: { became: { eq: 'WON' } } } },
    'filter.history.stage.became',
  ],
  'a condition on a change': [
    { history: { stage: { changed: { why: { eq: '合并' } } } } },
    'filter.history.stage.changed.why',
  ],
  'a relation': [{ invoices: { some: {} } }, 'filter.invoices'],
  'a quantifier': [{ needs: { every: { status: { eq: 'OPEN' } } } }, 'filter.needs.every'],
  'a field below a relation': [{ needs: { some: { urgency: { eq: 1 } } } }, 'filter.needs.some.urgency'],
  'a bound of a count': [{ needs: { count: { ne: 3 } } }, 'filter.needs.count.ne'],
  'a number': [{ deals: { sum: { field: 'margin', gte: '1' } } }, 'filter.deals.sum.field'],
  'a condition on tags': [{ tags: { hasSome: ['高预算'] } }, 'filter.tags.hasSome'],
};

describe.each(Object.entries(forgotten))('a saved rule with %s that is no more', (_, [rule, path]) => {
  test('is reported wherever it would run, and never runs without that part', async () => {
    const id = await keep(rule);
    for (const asked of [
      `segment(id: "${id}") { size }`,
      `segment(id: "${id}") { members { nodes { id } } }`,
      `segment(id: "${id}") { contains(customerId: "${file}") }`,
      `segment(id: "${id}") { explain(customerId: "${file}") { matches } }`,
      `customers(segmentId: "${id}") { totalCount }`,
      `customers(filter: { not: { inSegment: "${id}" } }) { totalCount }`,
      `customerStats(segmentId: "${id}", groupBy: [REGION]) { total }`,
      `segmentDiff(segmentId: "${id}", newRule: {}) { joining }`,
    ]) {
      const { errors } = await query(`{ ${asked} }`);
      expect([asked, errors?.map(({ extensions }) => extensions.code)]).toEqual([asked, ['BAD_USER_INPUT']]);
      expect(issuesOf(errors)?.[0]?.endsWith(path.replace('filter.', ''))).toBe(true);
    }
  });
});

describe('a saved rule that is not understood any more', () => {
  test('is listed and read as it was saved, in words where there are some', async () => {
    for (const [rule] of Object.values(forgotten)) {
      const id = await keep(rule);
      const { data, errors } = await query(
        `{ segment(id: "${id}") { name rule ruleText(locale: EN) } segments { totalCount } }`,
      );
      expect(errors).toBeUndefined();
      expect(data.segment.rule).toEqual(rule);
      expect(data.segment.ruleText).not.toBe('');
    }
  });

  test('does not keep a file from naming its other segments', async () => {
    const old = await keep({ turnoverClass: { eq: 'A' } });
    const good = await keep({ region: { eq: 'EAST_CHINA' } });
    const { data, errors } = await query(`{ customer(id: "${file}") { segments { id } } }`);
    expect(errors).toBeUndefined();
    const ids = data.customer.segments.map(({ id }: { id: string }) => id);
    expect(ids).toContain(good);
    expect(ids).not.toContain(old);
  });

  test('stays as it was when the segment is renamed, and works once it is replaced', async () => {
    const rule = { turnoverClass: { eq: 'A' } };
    const id = await keep(rule);
    const update = (input: object, selection: string) =>
      office.manager.write('updateSegment', { id, ...input }, `{ segment { ${selection} } }`);
    const renamed = await update({ expectedVersion: 1, name: '新名' }, 'name rule');
    expect(renamed.payload.segment).toEqual({ name: '新名', rule });
    const replaced = await update({ expectedVersion: 2, rule: { region: { eq: 'EAST_CHINA' } } }, 'size');
    expect(replaced.payload.segment).toEqual({ size: 1 });
  });
});
