import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { groupOf, outputField } from '../../src/core/model/registry.ts';
import { defaultRequirements } from '../../src/core/settings/requirement.ts';
import { completenessFields } from '../../src/domains/customer/completeness-field.ts';
import { sweepFigures } from '../../src/domains/customer/completeness-sweep.write.ts';
import type { StaffName } from '../support/server.ts';
import { addContact, addNeed, fileNow, openFile, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

interface Missing {
  field: string;
  label: string;
  weight: number;
  department: { name: string } | null;
}
interface Seen {
  completenessScore: number | null;
  completeness: { score: number | null; isCurrent: boolean; missing: Missing[] };
}
const seen = async (id: string, staff: StaffName = 'MANAGER'): Promise<Seen> => {
  const { data, errors } = await writing.server.as(staff).query(
    `query ($id: ID!) { customer(id: $id) {
      completenessScore completeness { score isCurrent missing { field label weight department { name } } } } }`,
    { id },
  );
  expect(errors).toBeUndefined();
  return data.customer;
};
const lacks = async (id: string, staff?: StaffName) =>
  (await seen(id, staff)).completeness.missing.map(({ field }) => field);
const listed = async (staff: StaffName, filter: object, more = '') => {
  const { data, errors } = await writing.server
    .as(staff)
    .query(
      `query ($filter: CustomerFilter!) { customers(first: 100, filter: $filter${more}) { nodes { id completenessScore } } }`,
      { filter },
    );
  expect(errors).toBeUndefined();
  return data.customers.nodes as { id: string; completenessScore: number | null }[];
};
/** When every file has been measured by the present requirements, by the server's sweep or this one. */
const swept = () =>
  expect
    .poll(async () => {
      await sweepFigures(writing.db);
      const [row] = await writing.db.execute(
        sql`select from completeness_epoch where swept_epoch = epoch and not exists (select from file_figure where completeness_epoch < epoch)`,
      );
      return row !== undefined;
    })
    .toBe(true);
const setRequirements = async (requirements: object[] | null) => {
  const { data } = await writing.server.as('ADMIN').query('{ settings { version } }');
  return writing.admin.write(
    'updateSettings',
    { expectedVersion: data.settings.version, requirements },
    '{ settings { version requirementsProgress { files measured } requirements { field weight kind } } }',
  );
};

test('the database has the fields, bits, groups and requirements of the code', async () => {
  const rows = await writing.db.execute(
    sql`select name, bit, share, field_group as "group" from completeness_field order by bit`,
  );
  expect(rows).toEqual(
    Object.entries(completenessFields).map(([name, { bit, share, group }]) => ({ name, bit, share, group })),
  );
  for (const [name, { group, fills }] of Object.entries(completenessFields))
    expect(groupOf(fills[0], outputField(fills[0], fills[1])), name).toBe(group);
  const [stored] = await writing.db.execute<{ content: { requirements: unknown } }>(
    sql`select content from settings`,
  );
  expect(stored?.content.requirements).toEqual(defaultRequirements);
  // Sums of weights have seven bits in each share.
  const shares = Object.values(completenessFields).map(({ share }) => share);
  for (const share of shares) expect(shares.filter((one) => one === share).length * 9).toBeLessThan(128);
});

test('a write that fills or empties a field changes the score with its own commit, and neither version nor time of the file more', async () => {
  const file = await openFile(writing, writing.owner);
  const first = await seen(file.id);
  expect(first.completeness.missing[0]?.weight).toBe(5);
  expect(first.completeness.missing).toContainEqual({
    field: 'INDUSTRY',
    label: 'industry',
    weight: 5,
    department: null,
  });
  const { payload } = await writing.owner.write(
    'updateCustomer',
    { id: file.id, expectedVersion: file.version, industry: '制造业' },
    '{ customer { version completenessScore completeness { score } } }',
  );
  expect(payload.customer.version).toBe(file.version + 1);
  expect(payload.customer.completenessScore).toBeGreaterThan(first.completenessScore as number);
  expect(payload.customer.completeness.score).toBe(payload.customer.completenessScore);
  const contact = await addContact(writing, file.uuid, { isPrimary: true, mobile: '+8613800138000' });
  const need = await addNeed(writing, file.uuid, { budgetMin: '500000' });
  expect(await lacks(file.id)).not.toEqual(
    expect.arrayContaining(['PRIMARY_CONTACT', 'CONTACT_NUMBER', 'NEED', 'NEED_BUDGET']),
  );
  const { version, updatedAt } = await fileNow(writing, file.uuid);
  expect(version).toBe(payload.customer.version + 2);
  await writing.db.execute(sql`delete from contact where id = ${contact.uuid}`);
  await writing.db.execute(sql`update need set status = 'DROPPED' where id = ${need.uuid}`);
  expect(await lacks(file.id)).toEqual(
    expect.arrayContaining(['PRIMARY_CONTACT', 'CONTACT_NUMBER', 'NEED', 'NEED_BUDGET']),
  );
  expect((await fileNow(writing, file.uuid)).version).toBe(version + 2);
  await writing.db.execute(sql`select refresh_figures(array[${file.uuid}::uuid])`);
  await writing.db.execute(sql`update file_figure set filled = 0 where customer_id = ${file.uuid}`);
  await writing.db.execute(sql`select refresh_figures(array[${file.uuid}::uuid])`);
  expect((await fileNow(writing, file.uuid)).updatedAt > updatedAt).toBe(true);
  expect((await fileNow(writing, file.uuid)).version).toBe(version + 2);
});

test('each field that can be required is seen to be filled, whoever fills it', async () => {
  const file = await openFile(writing, writing.owner, { name: null, shortName: '北京某厂' });
  await setRequirements(
    Object.keys(completenessFields).map((name) => ({
      field: name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase(),
      weight: 9,
    })),
  );
  // At most so many requirements are for one file as it has fields.
  expect((await lacks(file.id)).length).toBe(Object.keys(completenessFields).length);
  const contact = await addContact(writing, file.uuid);
  const need = await addNeed(writing, file.uuid);
  const values: Record<string, string> = {
    nature: 'PRIVATE',
    foundedOn: '2001-01-01',
    size: 'SMALL',
    customerType: 'VIP',
    importance: 'KEY',
    source: 'EXPO',
    creditGrade: 'A',
    phones: '[{"number": "+861082345678"}]',
    emails: '[{"address": "a@b.example"}]',
    isPrimary: 'true',
    birthday: '1980-01-01',
  };
  const tables = {
    Customer: ['customer', file.uuid],
    Contact: ['contact', contact.uuid],
    Need: ['need', need.uuid],
  };
  for (const [name, { bit, fills }] of Object.entries(completenessFields)) {
    const [table = '', id = ''] = tables[fills[0]];
    const column = fills[1].replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    await writing.db.execute(
      sql`update ${sql.identifier(table)} set ${sql.identifier(column)} = ${sql.raw(`'${values[fills[1]] ?? '1'}'`)} where id = ${id}`,
    );
    const [row] = await writing.db.execute<{ filled: boolean }>(
      sql`select filled >> ${bit} & 1 = 1 as filled from file_figure where customer_id = ${file.uuid}`,
    );
    expect(row?.filled, name).toBe(true);
  }
  expect(await seen(file.id)).toMatchObject({
    completenessScore: 100,
    completeness: { score: 100, missing: [], isCurrent: true },
  });
  await setRequirements(null);
  await swept();
});

test('everybody sees the completeness of what they read, and filters and orders by that', async () => {
  const [full, bare] = [
    await openFile(writing, writing.owner, { city: '苏州市' }),
    await openFile(writing, writing.owner, { city: '苏州市' }),
  ];
  await addContact(writing, full.uuid, { isPrimary: true, mobile: '+8613800138001', email: 'a@b.example' });
  await addContact(writing, bare.uuid, { isPrimary: true });
  await writing.db.execute(
    sql`update customer set address = '工业园区', phones = '[{"number": "+861082345678"}]' where id = ${full.uuid}`,
  );
  const at = { city: { eq: '苏州市' } };
  // What marketing may not read makes no difference to it.
  expect(await seen(full.id, 'MARKETING')).toEqual(await seen(bare.id, 'MARKETING'));
  expect(await lacks(full.id, 'MARKETING')).toContain('INDUSTRY');
  expect(await lacks(full.id, 'ANALYST')).not.toContain('BUSINESS_SCOPE');
  expect((await seen(full.id)).completenessScore).toBeGreaterThan(
    (await seen(bare.id)).completenessScore as number,
  );
  for (const staff of ['MARKETING', 'ANALYST', 'CUSTOMER_SERVICE', 'MANAGER', 'SALES'] as const) {
    const rows = await listed(staff, at, ', orderBy: [{ field: COMPLETENESS_SCORE, direction: ASC }]');
    const scores = rows.map(({ completenessScore }) => completenessScore as number);
    expect(scores, staff).toEqual([...scores].sort((one, other) => one - other));
    for (const [i, { id }] of rows.entries())
      expect((await seen(id, staff)).completeness.score).toBe(scores[i]);
    const least = scores[0] as number;
    const found = await listed(staff, { and: [at, { completenessScore: { lte: least } }] });
    expect(found.length, staff).toBe(scores.filter((score) => score <= least).length);
  }
  // A colleague with a grant on card and basic data alone sees no more than marketing does.
  await writing.db.execute(sql`insert into access_grant (customer_id, grantee_id, classes, purpose, expires_at)
    select id, ${uuidOf(writing.stranger.id)}, '{card,basic}', '核对', now() + interval '1 day' from customer
    where id in (${full.uuid}, ${bare.uuid})`);
  const granted = [await seen(full.id, 'SALES_2'), await seen(bare.id, 'SALES_2')];
  expect(granted[0]).toEqual(granted[1]);
  expect(await listed('SALES_2', { completenessScore: { lt: granted[0]?.completenessScore } })).toEqual([]);
  // Of the two together, for each reader the mean of what they see.
  for (const staff of ['MARKETING', 'MANAGER'] as const) {
    const { data } = await writing.server
      .as(staff)
      .query(
        '{ customerStats(groupBy: [CITY], filter: { city: { eq: "苏州市" } }, measures: [{ of: AVG, field: COMPLETENESS_SCORE, as: "score" }]) { groups { measures { value } } } }',
      );
    const scores = (await listed(staff, at)).map(({ completenessScore }) => completenessScore as number);
    const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
    expect(Number(data.customerStats.groups[0].measures[0].value)).toBeCloseTo(mean, 3);
  }
});

test('other requirements hold at once for who reads a file, are marked until the sweep has come, and say how far it is', async () => {
  const file = await openFile(writing, writing.owner, { industry: '制造业' });
  // As if the sweep had not come to it.
  await writing.db.transaction(async (tx) => {
    await tx.execute(sql`select from file_figure where customer_id = ${file.uuid} for update`);
    const { payload, errors } = await setRequirements([
      { field: 'INDUSTRY', weight: 1 },
      { field: 'CITY', weight: 3, kind: 'ORGANIZATION' },
      { field: 'CITY', weight: 1, kind: 'PERSON' },
    ]);
    expect(errors).toEqual([]);
    await sweepFigures(writing.db);
    const { files, measured } = payload.settings.requirementsProgress;
    expect(measured).toBeLessThan(files);
    const { completeness, completenessScore } = await seen(file.id);
    expect(completeness).toMatchObject({ score: 25, isCurrent: false, missing: [{ field: 'CITY' }] });
    expect(completenessScore).not.toBe(25);
  });
  // Who writes the file has the new score with the same commit.
  const other = await openFile(writing, writing.owner, { city: '上海市' });
  expect(await seen(other.id)).toMatchObject({ completenessScore: 75, completeness: { isCurrent: true } });
  await swept();
  expect(await seen(file.id)).toMatchObject({ completenessScore: 25, completeness: { isCurrent: true } });
  expect(
    (
      await setRequirements([
        { field: 'CITY', weight: 10 },
        { field: 'NAME', weight: 1 },
        { field: 'NAME', weight: 2 },
      ])
    ).issues,
  ).toEqual(['input.requirements.0.weight OUT_OF_RANGE', 'input.requirements.2 REPEATED']);
  await setRequirements(null);
  await swept();
});
