import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  addContact,
  type Colleague,
  fileNow,
  startWriting,
  traces,
  type Writing,
} from '../support/writing.ts';
import {
  confirmedIn,
  formOf,
  inputOf,
  linkOf,
  openVerified,
  request,
  send,
  spoken,
  verificationFor,
} from './confirmation-world.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

const phones = [{ label: '总机', number: '+862155551234', extension: null }];

/** A file whose customer sent corrections, by the labels of the fields. */
async function corrected(corrections: Record<string, string>, values: object = {}) {
  const file = await openVerified(writing, { phones, address: '科技路1号', ...values });
  const contact = await addContact(writing, file.uuid, {
    ...{ name: '周小姐', title: '采购经理', mobile: '+8613800001111', phone: '+862155550000' },
  });
  const link = await linkOf(writing, file.uuid);
  const shown = await send(link, { check: '1111' });
  const form = formOf(shown);
  for (const [label, text] of Object.entries(corrections)) form[inputOf(shown, label)] = text;
  const done = await send(link, { ...form, do: 'confirm' });
  if (!done.text.includes('已收到您的更正')) throw new Error(done.text);
  return { ...file, contact };
}

const proposals = async (id: string, name: Parameters<Writing['server']['as']>[0] = 'SALES') => {
  const { data, errors } = await writing.server.as(name).query(`{ customer(id: "${id}") { proposedChanges {
    id field label entityId shownText proposedText hasChanged state reason decidedBy { id } } } }`);
  expect(errors).toBeUndefined();
  return data.customer.proposedChanges;
};
const selection = '{ customer { verificationState } }';
const accept = (who: Colleague, id: string) => who.write('acceptProposedChange', { id }, selection);
const decline = (who: Colleague, id: string, reason?: string) =>
  who.write('declineProposedChange', { id, reason }, selection);

test('what a customer corrects is proposed, the rest confirmed; accepted field by field, in their name, until the file is CONFIRMED', async () => {
  const file = await corrected({
    手机: '139 0000 2222',
    地址: '科技路2号',
    单位电话: '总机: 021-55551234转9\n400-820-8820',
  });
  expect((await fileNow(writing, file.uuid)).verificationState).toBe('DISPUTED');
  const open = await proposals(file.id);
  expect(
    open.map(({ field, state, hasChanged }: Record<string, unknown>) => [field, state, hasChanged]).sort(),
  ).toEqual([
    ['address', 'OPEN', false],
    ['mobile', 'OPEN', false],
    ['phones', 'OPEN', false],
  ]);
  expect(open.find(({ field }: { field: string }) => field === 'mobile')).toMatchObject({
    ...{
      label: 'mobile',
      entityId: file.contact.id,
      shownText: '+8613800001111',
      proposedText: '139 0000 2222',
    },
  });
  expect(confirmedIn(await verificationFor(writing, 'SALES', file.id))).toEqual(
    ['legalRepresentative', 'name', 'name', 'phone', 'title'].sort(),
  );
  for (const [i, { id }] of open.entries()) {
    const { payload, errors } = await accept(writing.owner, id);
    expect(errors).toEqual([]);
    expect(payload.customer.verificationState).toBe(i < 2 ? 'DISPUTED' : 'CONFIRMED');
    expect((await accept(writing.owner, id)).errors).toEqual([]);
  }
  const { data } = await writing.server.as('MANAGER').query(`{ customer(id: "${file.id}") {
    address phones { number extension } contacts { nodes { mobile } }
    history(field: "address", first: 1) { nodes { oldValue newValue source actor { id } } } } }`);
  expect(data.customer).toEqual({
    address: '科技路2号',
    phones: [
      { number: '+862155551234', extension: '9' },
      { number: '+864008208820', extension: null },
    ],
    contacts: { nodes: [{ mobile: '+8613900002222' }] },
    history: {
      nodes: [
        { oldValue: '科技路1号', newValue: '科技路2号', source: 'CUSTOMER', actor: { id: writing.owner.id } },
      ],
    },
  });
  expect(confirmedIn(await verificationFor(writing, 'SALES', file.id))).toEqual(
    ['address', 'legalRepresentative', 'mobile', 'name', 'name', 'phone', 'phones', 'title'].sort(),
  );
  expect((await verificationFor(writing, 'SALES', file.id)).answer.recordedBy).toEqual({
    id: writing.owner.id,
  });
});

test('a proposal meets a value that was changed meanwhile: the conflict names field, person and value, and nothing is written', async () => {
  const file = await corrected({ 地址: '科技路2号', 手机: '13900003333' });
  const { version: expectedVersion } = await fileNow(writing, file.uuid);
  await writing.manager.write(
    'updateCustomer',
    { id: file.id, expectedVersion, address: '科技路3号' },
    selection,
  );
  const open = await proposals(file.id);
  const of = (field: string) => open.find((one: { field: string }) => one.field === field);
  expect([of('address').hasChanged, of('mobile').hasChanged]).toEqual([true, false]);
  const before = await traces(writing, file.uuid);
  const { code, errors } = await accept(writing.owner, of('address').id);
  expect(code).toBe('CONFLICT');
  expect(errors[0]?.extensions.conflicts).toMatchObject([
    { field: 'address', value: '科技路3号', actor: { id: writing.manager.id } },
  ]);
  expect(await traces(writing, file.uuid)).toBe(before);
  // What somebody else wrote as the customer says is in conflict with nothing.
  await writing.db.execute(
    sql`update contact set mobile = '+8613900003333' where customer_id = ${file.uuid}`,
  );
  expect((await accept(writing.owner, of('mobile').id)).errors).toEqual([]);
  expect((await decline(writing.owner, of('address').id, '已与客户电话核对')).errors).toEqual([]);
  expect((await decline(writing.owner, of('address').id)).errors).toEqual([]);
  expect((await accept(writing.owner, of('address').id)).errors[0]?.extensions.reason).toBe('DECLINED');
  expect((await fileNow(writing, file.uuid)).verificationState).toBe('DISPUTED');
  expect(
    (await proposals(file.id)).find(({ field }: { field: string }) => field === 'address'),
  ).toMatchObject({
    ...{ state: 'DECLINED', reason: '已与客户电话核对', decidedBy: { id: writing.owner.id } },
  });
});

test('a value that nobody has changed since is not shown as changed, amounts and numbers among them', async () => {
  const values = { registeredCapital: '5000000.50', annualRevenue: '12000000.00', employeeCount: 120 };
  const file = await corrected({ 注册资本: '6000000', 年营业额: '13000000', 员工人数: '130' }, values);
  const found = await proposals(file.id);
  expect(
    found.map((one: Record<string, unknown>) => [one.field, one.shownText, one.hasChanged]).sort(),
  ).toEqual([
    ['annualRevenue', '12000000.00', false],
    ['employeeCount', '120', false],
    ['registeredCapital', '5000000.50', false],
  ]);
});

test('corrections of fields that mean something only together are accepted one after the other, but not over what somebody else wrote', async () => {
  const place = { province: '上海市', city: '上海市' };
  const moved = { 省份: '江苏省', 城市: '苏州市' };
  const order = (open: { field: string }[], fields: string[]) =>
    fields.map((field) => open.find((one) => one.field === field) as { field: string; id: string });
  for (const fields of [
    ['city', 'province'],
    ['province', 'city'],
  ]) {
    const file = await corrected(moved, place);
    for (const { id } of order(await proposals(file.id), fields))
      expect((await accept(writing.owner, id)).errors).toEqual([]);
    expect(await fileNow(writing, file.uuid)).toMatchObject({
      ...{ province: '江苏省', city: '苏州市', verificationState: 'CONFIRMED' },
    });
  }
  const file = await corrected(moved, place);
  const [city, province] = order(await proposals(file.id), ['city', 'province']);
  expect((await accept(writing.owner, city?.id as string)).errors).toEqual([]);
  await writing.db.execute(sql`update customer set province = '浙江省' where id = ${file.uuid}`);
  expect((await accept(writing.owner, province?.id as string)).code).toBe('CONFLICT');
});

test('corrections of one answer stand in the order of the page', async () => {
  const file = await corrected({
    ...{ 职务: '总监', 手机: '13900005555', 地址: '科技路6号', 法定代表人: '李四' },
    ...{ 单位电话: '021-55559999', 电话: '021-55558888' },
  });
  expect((await proposals(file.id)).map(({ field }: { field: string }) => field)).toEqual([
    ...['legalRepresentative', 'address', 'phones', 'title', 'phone', 'mobile'],
  ]);
});

test('corrections are shown to who reads the field, and decided by who may change it; reading them is logged', async () => {
  const file = await corrected({ 手机: '13900004444', 企业全称: '上海新名精密机械有限公司' });
  const seen = async (name: Parameters<typeof proposals>[1]) =>
    (await proposals(file.id, name))
      .map(({ field, proposedText }: Record<string, string>) => `${field} ${proposedText}`)
      .sort();
  expect(await seen('MANAGER')).toEqual(['mobile 13900004444', 'name 上海新名精密机械有限公司']);
  expect(await seen('CUSTOMER_SERVICE')).toEqual(['mobile 13900004444', 'name 上海新名精密机械有限公司']);
  expect(await seen('MARKETING')).toEqual(['name 上海新名精密机械有限公司']);
  expect(await seen('ANALYST')).toEqual([]);
  const [{ id }] = await proposals(file.id);
  expect((await accept(writing.stranger, id)).code).toBe('NOT_FOUND');
  for (const who of [writing.service, writing.marketing, writing.finance])
    expect((await accept(who, id)).code).toBe('FORBIDDEN');
  expect((await decline(writing.stranger, id)).code).toBe('NOT_FOUND');
  expect((await decline(writing.owner, id, '长'.repeat(501))).issues).toEqual(['input.reason TEXT_TOO_LONG']);
  await expect
    .poll(async () => {
      const [log] = await writing.db.execute(sql`
        select count(*)::int as count from access_log where kind = 'READ' and employee_id = ${writing.server.as('CUSTOMER_SERVICE').uuid}
          and 'Contact.mobile' = any(fields) and ${file.uuid}::uuid = any(customer_ids)`);
      return log?.count;
    })
    .toBe(1);
});

test('what one contact answers leaves what another corrected and confirmed; the file is CONFIRMED once all corrections are accepted', async () => {
  const file = await openVerified(writing, { phones, address: '科技路1号' });
  const zhou = await addContact(writing, file.uuid, { name: '周小姐', mobile: '+8613800001111' });
  const wu = await addContact(writing, file.uuid, { name: '吴先生', mobile: '+8613800002222' });
  const answer = async (contactId: string, check: string, corrections: Record<string, string>) => {
    const link = await linkOf(writing, file.uuid, { contactId });
    const shown = await send(link, { check });
    const form = formOf(shown);
    for (const [label, text] of Object.entries(corrections)) form[inputOf(shown, label)] = text;
    await send(link, { ...form, do: 'confirm' });
  };
  const state = async () => (await fileNow(writing, file.uuid)).verificationState;
  const of = async (id: string) => {
    const { fields } = await verificationFor(writing, 'SALES', file.id);
    return confirmedIn({ fields: fields.filter((one: { entityId: string }) => one.entityId === id) });
  };
  await answer(wu.id, '2222', { 手机: '13900002222', 地址: '科技路7号' });
  await answer(zhou.id, '1111', {});
  expect(await state()).toBe('DISPUTED');
  expect([await of(wu.id), await of(zhou.id)]).toEqual([['name'], ['mobile', 'name']]);
  expect(await of(file.id)).toContain('address');
  const states = (await proposals(file.id)).map((one: { field: string; state: string }) => [
    one.field,
    one.state,
  ]);
  expect(states).toEqual([
    ['mobile', 'OPEN'],
    ['address', 'REPLACED'],
  ]);
  const [{ id }] = await proposals(file.id);
  expect((await accept(writing.owner, id)).payload.customer.verificationState).toBe('CONFIRMED');
  expect([await of(wu.id), await of(zhou.id)]).toEqual([
    ['mobile', 'name'],
    ['mobile', 'name'],
  ]);
  // One declined leaves the file DISPUTED, before or after another's is accepted.
  for (const isDeclinedFirst of [true, false]) {
    await answer(wu.id, '2222', { 姓名: '吴小明' });
    await answer(zhou.id, '1111', { 姓名: '周小明' });
    const [first, second] = await proposals(file.id);
    const decided = [() => decline(writing.owner, first.id), () => accept(writing.owner, second.id)];
    for (const decide of isDeclinedFirst ? decided : decided.reverse())
      expect((await decide()).payload.customer.verificationState).toBe('DISPUTED');
    await request(writing, writing.owner, file.uuid, spoken('CONFIRMED', String(isDeclinedFirst)));
    await writing.db.execute(
      sql`update contact set name = '吴先生' where name = '吴小明' and customer_id = ${file.uuid}`,
    );
  }
  // What a contact who was removed corrected is nobody's to accept any more.
  await answer(wu.id, '2222', { 姓名: '吴小明' });
  await writing.db.execute(sql`delete from contact where customer_id = ${file.uuid} and name = '吴先生'`);
  await answer(zhou.id, '1111', {});
  expect(await state()).toBe('CONFIRMED');
});

test('another answer replaces corrections that nobody has dealt with', async () => {
  const file = await corrected({ 地址: '科技路5号' });
  const link = await linkOf(writing, file.uuid);
  await send(link, { ...formOf(await send(link, { check: '1111' })), do: 'confirm' });
  expect((await fileNow(writing, file.uuid)).verificationState).toBe('CONFIRMED');
  const [one] = await proposals(file.id);
  expect(one.state).toBe('REPLACED');
  expect((await accept(writing.owner, one.id)).errors[0]?.extensions.reason).toBe('REPLACED');
  expect((await fileNow(writing, file.uuid)).address).toBe('科技路1号');
});
