import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { messageIn } from '../../src/core/locale.ts';
import { matchWords } from '../../src/domains/customer/duplicate-words.ts';
import { accessLog } from '../../src/features/access-log/access-log.table.ts';
import { addContact, type Colleague, openFile, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());
beforeEach(() => writing.db.execute(sql`delete from directory_lookup`));

type Told = { path: string[]; code: string; message: string }[];

const open = async (by: Colleague, input: object): Promise<Told> => {
  const { payload, errors } = await by.write(
    'createCustomer',
    input,
    '{ customer { id } warnings { path code message } }',
  );
  expect(errors).toEqual([]);
  return payload.warnings;
};
const addPerson = async (by: Colleague, input: object): Promise<Told> => {
  const { payload, errors } = await by.write(
    'createContact',
    input,
    '{ contact { id } warnings { path code message } }',
  );
  expect(errors).toEqual([]);
  return payload.warnings;
};
const names = Array.from({ length: 20 }, (_, i) => `苏州重名第${i}精密机械（集团）有限公司`);
const numberOf = async (uuid: string) => {
  const [row] = await writing.db.execute<{ number: string }>(
    sql`select file_number as number from customer where id = ${uuid}`,
  );
  return row?.number as string;
};

test('a name that another file of one’s own has is reported with that file, however its brackets and letters are written', async () => {
  const file = await openFile(writing, writing.owner, { name: '蘇州重名第０精密機械 (集團) 有限公司' });
  const told = await open(writing.owner, { name: names[0] });
  const number = await numberOf(file.uuid);
  expect(told).toMatchObject([{ path: ['input', 'name'], code: 'LIKELY_DUPLICATE' }]);
  expect(told[0]?.message).toContain(number);
  expect(told[0]?.message).toContain('owner SALES');
});

test('a file one may not see is reported as by the directory: that there is one, and whose', async () => {
  const file = await openFile(writing, writing.stranger, { name: '苏州他人甲精密机械有限公司' });
  const told = await open(writing.owner, { name: '苏州他人甲精密机械有限公司' });
  expect(told).toMatchObject([{ path: ['input', 'name'], code: 'DUPLICATE_ELSEWHERE' }]);
  expect(told[0]?.message).toBe('May be a duplicate, the same name: a file kept by SALES_2.');
  expect(JSON.stringify(told)).not.toContain(await numberOf(file.uuid));
  expect(await open(writing.owner, { name: '苏州他人甲精密机械股份有限公司' })).toEqual([]);
});

test('of a file one may not see a complete mobile number is reported, an e-mail address is not', async () => {
  const theirs = await openFile(writing, writing.stranger);
  await addContact(writing, theirs.uuid, {
    name: '周怡',
    mobile: '+8613700000001',
    email: 'zhou@example.com',
  });
  const mine = await openFile(writing, writing.owner);
  const told = await addPerson(writing.owner, {
    customerId: mine.id,
    name: '周某',
    mobile: '137 0000 0001',
    email: 'Zhou@example.com',
  });
  expect(told.map(({ path, code }) => [path.at(-1), code])).toEqual([['mobile', 'DUPLICATE_ELSEWHERE']]);
  expect(JSON.stringify(told)).not.toContain('周怡');
  const byManager = await addPerson(writing.manager, {
    customerId: mine.id,
    name: '周生',
    mobile: '13700000001',
  });
  expect(byManager.map(({ code }) => code)).toEqual(['LIKELY_DUPLICATE']);
  expect(byManager[0]?.message).toContain('contact "周怡"');
});

test('a contact of the same name, mobile or address in the same file is reported; the contact itself is not', async () => {
  const file = await openFile(writing, writing.owner);
  const person = { customerId: file.id, name: '吴敏', mobile: '13700000002', email: 'wu@example.com' };
  expect(await addPerson(writing.owner, person)).toEqual([]);
  const told = await addPerson(writing.owner, person);
  expect(told.map(({ path, code }) => [path.at(-1), code]).sort()).toEqual([
    ['email', 'LIKELY_DUPLICATE'],
    ['mobile', 'LIKELY_DUPLICATE'],
    ['name', 'LIKELY_DUPLICATE'],
  ]);
  expect(told[0]?.message).toContain('contact "吴敏" of this file');
});

test('a change is warned of what it changed, and not again of what was there before', async () => {
  await openFile(writing, writing.owner, { name: '苏州改名乙精密机械有限公司' });
  const file = await openFile(writing, writing.owner);
  const update = async (input: object, expectedVersion: number) => {
    const { payload, errors } = await writing.owner.write(
      'updateCustomer',
      { id: file.id, expectedVersion, ...input },
      '{ customer { version } warnings { code } }',
    );
    expect(errors).toEqual([]);
    return payload;
  };
  const renamed = await update({ name: '苏州改名乙精密机械有限公司' }, file.version);
  expect(renamed.warnings).toEqual([{ code: 'LIKELY_DUPLICATE' }]);
  const same = { name: '苏州改名乙精密机械有限公司', industry: '机械' };
  expect((await update(same, renamed.customer.version)).warnings).toEqual([]);
});

test('what a write reveals of hidden files counts as a look-up in the directory, and past the limit it reveals nothing', async () => {
  await openFile(writing, writing.stranger, { name: '苏州他人丙精密机械有限公司' });
  const lookups = async () =>
    (
      await writing.db.execute<{ lookups: number }>(
        sql`select lookups from directory_lookup where period = 'DAY'`,
      )
    ).map((row) => row.lookups);
  expect(await open(writing.owner, { name: '苏州无人丙精密机械有限公司' })).toEqual([]);
  expect(await lookups()).toEqual([]);
  expect(await open(writing.owner, { name: '苏州他人丙精密机械有限公司' })).toHaveLength(1);
  expect(await lookups()).toEqual([1]);
  await writing.db.execute(sql`update directory_lookup set lookups = 200`);
  // The file is opened all the same, and one's own is still told.
  const told = await open(writing.owner, { name: '苏州他人丙精密机械有限公司' });
  expect(told.map(({ code }) => code)).toEqual(['LIKELY_DUPLICATE']);
});

test('what was revealed of colleagues’ files is in the access log, as a look-up or as a reading', async () => {
  const theirs = await openFile(writing, writing.stranger, { name: '苏州他人丁精密机械有限公司' });
  await addContact(writing, theirs.uuid, { mobile: '+8613700000003' });
  await open(writing.owner, { name: '苏州他人丁精密机械有限公司' });
  const mine = await openFile(writing, writing.owner);
  await addPerson(writing.manager, { customerId: mine.id, name: '钱', mobile: '13700000003' });
  const about = (rows: { customerIds: string[] }[]) =>
    rows.filter(({ customerIds }) => customerIds.includes(theirs.uuid));
  const entries = async (staff: Colleague) =>
    writing.db
      .select()
      .from(accessLog)
      .where(eq(accessLog.employeeId, uuidOf(staff.id)));
  await expect
    .poll(async () => about(await entries(writing.owner)))
    .toMatchObject([{ search: '苏州他人丁精密机械有限公司' }]);
  await expect
    .poll(async () => about(await entries(writing.manager)))
    .toMatchObject([{ fields: ['Contact.mobile'] }]);
});

test('a warning is in the requested language', () => {
  const match = {
    place: 0,
    field: 'name' as const,
    fileId: '',
    fileNumber: 'CF1',
    name: '甲（乙）有限公司',
    isActive: true,
    contact: null,
    isInFile: false,
  };
  const words = (isSeen: boolean) => matchWords('name', [{ ...match, owner: '李强', isSeen }]);
  expect(messageIn('ZH', words(true))).toBe('可能重复，企业全称相同：CF1 "甲（乙）有限公司"，对接人 李强。');
  expect(messageIn('EN', words(false))).toBe('May be a duplicate, the same name: a file kept by 李强.');
  expect(messageIn('ZH', words(false))).toBe('可能重复，企业全称相同：已有档案，对接人 李强。');
});

test('looking for duplicates takes the same statements however many are found', async () => {
  const count = async (name: string) =>
    (await writing.owner.write('createCustomer', { name }, '{ customer { id } }')).statementCount;
  const none = await count('苏州独一精密机械有限公司');
  for (const hidden of [1, 5]) {
    const name = `苏州多重${hidden}精密机械有限公司`;
    for (let i = 0; i < hidden; i += 1) await openFile(writing, writing.stranger, { name });
    // One more counts the look-up.
    expect(await count(name)).toBe(none + 1);
  }
});
