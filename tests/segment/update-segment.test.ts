import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { segment } from '../../src/domains/segment/segment.table.ts';
import { type Colleague, missingId, openFile, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

const save = async (by: Colleague, values: object = {}): Promise<string> => {
  const input = { name: '华东制造业', rule: { region: { eq: 'EAST_CHINA' } }, ...values };
  return (await by.write('createSegment', input, '{ segment { id } }')).payload.segment.id;
};
const update = (by: Colleague, input: object) =>
  by.write(
    'updateSegment',
    { expectedVersion: 1, ...input },
    '{ segment { id name description shared version } }',
  );
const stored = async (id: string) =>
  (
    await writing.db
      .select()
      .from(segment)
      .where(eq(segment.id, uuidOf(id)))
  )[0];

test('its owner changes it; an absent field is left alone and null clears one', async () => {
  const id = await save(writing.owner, { description: '旧说明', shared: true });
  const rule = { industry: { eq: '制造业' } };
  const { payload } = await update(writing.owner, { id, description: null, rule });
  expect(payload.segment).toMatchObject({ name: '华东制造业', description: null, shared: true, version: 2 });
  expect((await stored(id))?.rule).toEqual(rule);
});

test('an update that changes nothing keeps the version', async () => {
  const id = await save(writing.owner);
  const same = { id, name: '华东制造业', rule: { region: { eq: 'EAST_CHINA' } } };
  expect((await update(writing.owner, same)).payload.segment.version).toBe(1);
  expect((await update(writing.owner, { id })).payload.segment.version).toBe(1);
});

test('the same update sent twice succeeds both times, whatever is stored beside what was sent', async () => {
  const id = await save(writing.owner);
  const rule = {
    deals: { some: { amount: { gte: '5' } } },
    or: [{ needs: { some: { budgetMin: { lt: '9' } } } }],
  };
  for (let time = 1; time <= 2; time += 1)
    expect((await update(writing.owner, { id, rule })).payload.segment.version).toBe(2);
  expect((await update(writing.owner, { id, rule: { ...rule, or: [] } })).code).toBe('CONFLICT');
});

test('a colleague’s shared segment is forbidden, an administrator may change it', async () => {
  const id = await save(writing.owner, { shared: true });
  expect((await update(writing.manager, { id, name: '新' })).code).toBe('FORBIDDEN');
  expect((await update(writing.admin, { id, name: '新' })).payload.segment.name).toBe('新');
});

test('a colleague’s private segment and a missing one answer alike', async () => {
  const id = await save(writing.owner);
  const foreign = await update(writing.stranger, { id, name: '' });
  const missing = await update(writing.stranger, { id: missingId('seg'), name: '' });
  expect(foreign.code).toBe('NOT_FOUND');
  expect(foreign.errors).toEqual(missing.errors);
});

test('a rule on a field the viewer may not read is refused, and the old one stays', async () => {
  const id = await save(writing.marketing);
  expect((await update(writing.marketing, { id, rule: { creditGrade: { eq: 'A' } } })).code).toBe(
    'FORBIDDEN',
  );
  expect((await stored(id))?.rule).toEqual({ region: { eq: 'EAST_CHINA' } });
});

test('a stale version is refused with the current one', async () => {
  const id = await save(writing.owner);
  const { errors } = await update(writing.owner, { id, expectedVersion: 4, name: '新' });
  expect(errors[0]?.extensions).toMatchObject({ code: 'CONFLICT', currentVersion: 1 });
});

test('all violations are named at once', async () => {
  const id = await save(writing.owner);
  const { issues } = await update(writing.owner, { id, name: null, shared: null, rule: null });
  expect(issues).toEqual([
    'input.name VALUE_REQUIRED',
    'input.shared VALUE_REQUIRED',
    'input.rule VALUE_REQUIRED',
  ]);
});

test('the number of statements does not depend on the rule', async () => {
  const [first, second] = [await save(writing.owner), await save(writing.owner)];
  const one = await update(writing.owner, { id: first, rule: {} });
  const some = { needs: { some: { budgetMin: { gte: '1' } } } };
  const two = await update(writing.owner, { id: second, rule: { or: [some, { not: some }] } });
  expect(two.statementCount).toBe(one.statementCount);
});

test('null for a rule is refused where there is one to clear, and means nothing for a list', async () => {
  const file = await openFile(writing, writing.owner);
  const list = await save(writing.owner, { kind: 'STATIC', rule: undefined, customerIds: [file.id] });
  const { payload, errors } = await update(writing.owner, { id: list, name: '名单', rule: null });
  expect([errors, payload?.segment.name]).toEqual([[], '名单']);
  const live = await save(writing.owner);
  expect((await update(writing.owner, { id: live, name: '名单', rule: null })).issues).toEqual([
    'input.rule VALUE_REQUIRED',
  ]);
});
