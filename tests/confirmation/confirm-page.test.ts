import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addContact, addNeed, fileNow, startWriting, traces, type Writing } from '../support/writing.ts';
import {
  confirmedIn,
  formOf,
  inputOf,
  linkOf,
  openVerified,
  send,
  verificationFor,
  visit,
} from './confirmation-world.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

const phones = [{ label: '总机', number: '+862155551234', extension: '801' }];
const secret = {
  ...{ creditGrade: 'A' as const, creditLimit: '777777', notes: '内部备注', sourceDetail: '某展会' },
  ...{ lostReason: null, routeOrder: 4321 },
} as const;

async function openShown() {
  const file = await openVerified(writing, { phones, address: '科技路1号', nature: 'PRIVATE', ...secret });
  const contact = await addContact(writing, file.uuid, {
    ...{ name: '周小姐', title: '采购经理', mobile: '+8613800001111', birthday: '1980-02-03' },
    ...{ preferences: '喜欢绿茶', notes: '不宜早上致电', religion: '佛教' },
  });
  await addNeed(writing, file.uuid, { item: '秘密需求', budgetMax: '99999' });
  return { file, contact, link: await linkOf(writing, file.uuid) };
}

test('nothing of anybody is shown before the digits, then what a customer may see of their file and nothing else', async () => {
  const { file, link } = await openShown();
  const { name } = await fileNow(writing, file.uuid);
  const before = await traces(writing, file.uuid);
  for (const language of ['zh-CN', 'en']) {
    const first = await visit(link, language);
    expect(first.text).not.toMatch(new RegExp(`${name}|周小姐|科技路|801|1111|owner`));
    expect(first.text).toContain(language === 'en' ? 'Last four digits' : '电话后四位');
  }
  const zh = await send(link, { check: '１１１１' });
  for (const held of [
    name,
    '周小姐',
    '采购经理',
    '+8613800001111',
    '总机: +862155551234',
    '科技路1号',
    '民企',
    '张三',
  ])
    expect(zh.text).toContain(held);
  expect(zh.text).not.toMatch(/777777|内部备注|某展会|4321|1980|绿茶|早上致电|佛教|秘密需求|99999/);
  const en = await send(link, { check: '1111' }, 'en');
  expect(en.text).toMatch(/lang="en".*All is right.*This is not me/s);
  expect(en.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-[^']+';/);
  expect(en.text).not.toContain('<script');
  expect(await traces(writing, file.uuid)).toBe(before);
  // Who read what is in the access log.
  await expect
    .poll(async () => {
      const [row] = await writing.db.execute(sql`
        select count(*)::int as count, min(reason) as reason, bool_and('Contact.mobile' = any(fields)) as named from access_log
        where kind = 'READ' and employee_id is null and ${file.uuid}::uuid = any(customer_ids)`);
      return row;
    })
    .toEqual({ count: 2, reason: 'CUSTOMER', named: true });
});

test('a link for no one contact shows the file, and the contact alone whose number is typed: nobody’s for a number of the file or of several', async () => {
  const { file, link } = await openShown();
  const other = await addContact(writing, file.uuid, {
    ...{ name: '吴先生', mobile: '+8613800002222', phone: '+862155557777', email: 'wu@example.com' },
  });
  await addContact(writing, file.uuid, { name: '郑女士', mobile: '+8613800003333', phone: '+862155557777' });
  const shown = async (check: string) => {
    const { text } = await send(link, { check });
    expect(text).toContain('科技路1号');
    return ['周小姐', '0001111', '吴先生', '0002222', 'wu@', '郑女士'].filter((one) => text.includes(one));
  };
  expect(await shown('1111')).toEqual(['周小姐', '0001111']);
  expect(await shown('2222')).toEqual(['吴先生', '0002222', 'wu@']);
  expect(await shown('1234')).toEqual([]);
  expect(await shown('7777')).toEqual([]);
  const form = formOf(await send(link, { check: '2222' }));
  // What one was shown is not confirmed with another's digits.
  expect((await send(link, { ...form, check: '1111', do: 'confirm' })).text).toContain('请重新核对');
  await send(link, { ...form, do: 'confirm' });
  const { fields } = await verificationFor(writing, 'SALES', file.id);
  const of = fields.filter(({ isConfirmed }: { isConfirmed: boolean }) => isConfirmed);
  expect(new Set(of.map(({ entityId }: { entityId: string }) => entityId))).toEqual(
    new Set([file.id, other.id]),
  );
});

test('who sends an answer twice, or loads its page again, reads that it was received', async () => {
  const { link } = await openShown();
  const form = { ...formOf(await send(link, { check: '1111' })), do: 'confirm' };
  expect((await send(link, form)).text).toContain('您已确认以上信息');
  expect((await send(link, form)).text).toContain('如果您已经答复，我们已收到');
  expect((await send(link, form, 'en')).text).toContain('If you have answered already, we have your answer');
});

test('a customer confirms what they see: the file is CONFIRMED by nobody’s hand, each shown value with it, and the link is used up', async () => {
  const { file, link } = await openShown();
  const shown = await send(link, { check: '1111' });
  const done = await send(link, { ...formOf(shown), do: 'confirm', remark: '谢谢' });
  expect(done.text).toContain('您已确认以上信息');
  const seen = await verificationFor(writing, 'SALES', file.id);
  expect(seen.answer).toMatchObject({
    ...{ state: 'CONFIRMED', channel: 'LINK', way: 'PAGE', evidence: '谢谢', recordedBy: null },
  });
  expect(confirmedIn(seen)).toEqual(
    ['address', 'legalRepresentative', 'mobile', 'name', 'name', 'nature', 'phones', 'title'].sort(),
  );
  const { data } = await writing.server
    .as('MANAGER')
    .query(
      `{ customer(id: "${file.id}") { history(field: "verificationState", first: 1) { nodes { newValue source actor { id } } } } }`,
    );
  expect(data.customer.history.nodes).toEqual([{ newValue: 'CONFIRMED', source: 'CUSTOMER', actor: null }]);
  expect((await send(link, { check: '1111' })).status).toBe(403);
  expect((await visit(link)).status).toBe(200);
});

test('what changed after it was shown is shown again, not confirmed', async () => {
  const { file, link } = await openShown();
  const form = formOf(await send(link, { check: '1111' }));
  await writing.db.execute(sql`update customer set address = '科技路9号' where id = ${file.uuid}`);
  const again = await send(link, { ...form, do: 'confirm' });
  expect(again.text).toMatch(/有信息刚刚发生变化.*科技路9号/s);
  expect((await fileNow(writing, file.uuid)).verificationState).toBe('VERIFIED');
  await writing.db.execute(sql`update contact set notes = '不显示' where customer_id = ${file.uuid}`);
  expect((await send(link, { ...formOf(again), do: 'confirm' })).text).toContain('您已确认');
});

test('of two answers at once one is taken', async () => {
  const { file, link } = await openShown();
  const form = formOf(await send(link, { check: '1111' }));
  const answers = await Promise.all(
    ['confirm', 'deny', 'confirm', 'deny'].map((intent) => send(link, { ...form, do: intent })),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  const [row] = await writing.db.execute(sql`
    select count(*)::int as count from verification_step where customer_id = ${file.uuid} and state in ('CONFIRMED', 'DISPUTED')`);
  expect(row?.count).toBe(1);
});

test('a customer who says that it is not them disputes the file, whose owner gets a task', async () => {
  const { file, link } = await openShown();
  const form = formOf(await send(link, { check: '1234' }, 'en'));
  const done = await send(link, { ...form, do: 'deny', remark: '<b>wrong</b> number' }, 'en');
  expect(done.text).toContain('We have received it');
  const { answer } = await verificationFor(writing, 'SALES', file.id);
  expect(answer.state).toBe('DISPUTED');
  expect(answer.evidence).toMatch(/not them.*\n<b>wrong<\/b> number/s);
  expect(confirmedIn(await verificationFor(writing, 'SALES', file.id))).toEqual([]);
});

test('a correction that its field does not take is shown with the reason, and nothing of the answer is kept', async () => {
  const { file, link } = await openShown();
  const shown = await send(link, { check: '1111' });
  const form = { ...formOf(shown), do: 'correct' };
  expect((await send(link, form)).text).toContain('您没有更正任何内容');
  const wrong = {
    ...form,
    [inputOf(shown, '手机')]: '138',
    [inputOf(shown, '职务')]: '<script>alert(1)</script>',
  };
  const again = await send(link, wrong);
  expect(again.text).toMatch(/role="alert".*有更正内容不符合要求/s);
  expect(again.text).toMatch(/aria-invalid="true"/);
  expect(again.text).not.toContain('<script>alert');
  expect(formOf(again)[inputOf(again, '手机')]).toBe('138');
  expect((await fileNow(writing, file.uuid)).verificationState).toBe('VERIFIED');
  const english = await send(link, wrong, 'en');
  expect(english.text).toMatch(/class="error">[A-Z][^<]+\.<\/p>/);
});

test('what a customer adds in words is kept or sent back, never lost; sent as a correction it disputes the file', async () => {
  const { file, link } = await openShown();
  const shown = await send(link, { check: '1111' });
  const answer = (values: object, language?: string) =>
    send(link, { ...formOf(shown), ...values } as Record<string, string>, language);
  for (const intent of ['confirm', 'correct', 'deny'])
    for (const [remark, reason] of [
      ['长'.repeat(501), '不能超过500个字符'],
      ['请看\u001b这里', '含有控制字符'],
    ] as const) {
      const again = await answer({ do: intent, remark });
      expect(again.text).toMatch(/role="alert".*有更正内容不符合要求/s);
      expect(again.text).toContain(reason);
      expect(formOf(again).remark).toBe(remark);
    }
  expect((await answer({ do: 'confirm', remark: 'x'.repeat(501) }, 'en')).text).toContain('at most 500');
  expect((await fileNow(writing, file.uuid)).verificationState).toBe('VERIFIED');
  expect((await answer({ do: 'correct', remark: ' \r\n ' })).text).toContain('您没有更正任何内容');
  const done = await answer({ do: 'correct', remark: '还有一位联系人：李四👍\r\n请补上' });
  expect(done.text).toContain('已收到您的说明');
  const seen = await verificationFor(writing, 'SALES', file.id);
  expect(seen.answer).toMatchObject({ state: 'DISPUTED', evidence: '还有一位联系人：李四👍\n请补上' });
  expect(confirmedIn(seen)).toEqual([]);
});

test('the page takes as many statements for thirty contacts as for one', async () => {
  const counts: number[] = [];
  for (const size of [1, 30]) {
    const { file } = await openShown();
    for (let i = 1; i < size; i += 1)
      await addContact(writing, file.uuid, { mobile: `+86138000033${10 + i}` });
    const link = await linkOf(writing, file.uuid);
    const before = writing.server.statements.length;
    const shown = await send(link, { check: '1111' });
    await send(link, { ...formOf(shown), do: 'confirm' });
    counts.push(writing.server.statements.length - before);
  }
  expect(counts[1]).toBe(counts[0]);
});
