import { sql } from 'drizzle-orm';
import { afterEach, expect, test } from 'vitest';
import { startNotificationWorld } from './notification-world.ts';

const world = startNotificationWorld();
afterEach(async () => {
  await world.server.db.execute(sql`delete from task`);
  await world.server.db.execute(sql`delete from notification_preference`);
});

/** Monday to Saturday, 8:30 in the morning in Shanghai. */
const morning = (day: number) => `2040-03-${String(day).padStart(2, '0')}T00:30:00Z`;
const prefer = (input: string) =>
  world.server.as('SALES').query(`mutation { updateNotificationPreferences(input: { ${input} }) {
    preferences { digest mailedKinds locale quietFrom quietUntil } } }`);

test('the day’s tasks and the overdue ones come once, on the morning of a working day, to whoever has any', async () => {
  await world.openTask('SALES', { title: '昨天的回访', dueAt: '2040-03-04T03:00:00Z' });
  await world.openTask('SALES', { title: '今晚前报价', dueAt: '2040-03-05T15:59:00Z' });
  await world.openTask('SALES', { title: '明天再说', dueAt: '2040-03-05T16:00:00Z' });
  expect(await world.live('2040-03-05T00:29:00Z')).toEqual([]);
  const [mail, ...others] = await world.live(morning(5));
  expect(others).toEqual([]);
  expect(mail).toMatchObject({ to: 'sales@test.example', subject: '今日待办：2 项，其中 1 项已逾期' });
  expect(mail?.text).toMatch(/- 今晚前报价\n.*到期\n- 昨天的回访\n.*已逾期/);
  expect(mail?.text).not.toContain('明天再说');
  expect(await world.live(morning(5))).toEqual([]);
  // A Saturday.
  expect(await world.live(morning(10))).toEqual([]);
});

test('a mail names no customer that its reader may not read, or only because access was granted to them', async () => {
  const dueAt = '2040-03-06T03:00:00Z';
  const own = await world.openFile('SALES', '苏州启明精密机械有限公司');
  const foreign = await world.openFile('SALES_2', '无锡华东精密机械有限公司');
  const lent = await world.openFile('SALES_2', '常州恒立精密机械有限公司');
  await world.server.db.execute(sql`
    insert into access_grant (customer_id, grantee_id, classes, purpose, expires_at)
    values (${lent}, ${world.server.as('SALES').uuid}, '{business}', '核对', now() + interval '90 days')`);
  for (const file of [own, foreign, lent]) await world.openTask('SALES', { title: '核对', dueAt, file });
  const [mail] = await world.live(morning(6));
  expect(mail?.text).toContain('苏州启明');
  for (const name of ['无锡华东', '常州恒立']) expect(`${mail?.text}${mail?.html}`).not.toContain(name);
});

test('rights and wishes are those of the moment of sending: who hands a task on, or wants no mail any more, gets none', async () => {
  const dueAt = '2040-03-07T03:00:00Z';
  await world.openTask('SALES', { title: '交给别人', dueAt });
  await prefer('quietFrom: "00:00", quietUntil: "12:00"');
  expect(await world.live(morning(7))).toEqual([]);
  await world.server.db.execute(sql`update task set assignee_id = ${world.server.as('SALES_2').uuid}`);
  expect(await world.live('2040-03-07T03:59:00Z')).toEqual([]);
  expect(await world.live('2040-03-07T04:00:00Z')).toEqual([]);
  const { data } = await world.server
    .as('MANAGER')
    .query('{ outgoingMails(first: 1) { nodes { kind state attemptCount lastFailure recipient { id } } } }');
  expect(data.outgoingMails.nodes).toEqual([
    {
      kind: 'morning-digest',
      state: 'DROPPED',
      attemptCount: 1,
      lastFailure: 'Nothing was to be sent any more.',
      recipient: { id: world.server.as('SALES').id },
    },
  ]);
});

test('in quiet hours a mail waits for their end, through the night too', async () => {
  await world.openTask('SALES', { title: '夜间', dueAt: '2040-03-08T03:00:00Z' });
  await prefer('quietFrom: "22:00", quietUntil: "09:15"');
  expect(await world.live(morning(8))).toEqual([]);
  expect(await world.live('2040-03-08T01:14:00Z')).toEqual([]);
  expect(await world.live('2040-03-08T01:15:00Z')).toHaveLength(1);
});

test('where the digests of two days wait for the same morning, the mail is of the later one', async () => {
  await world.openTask('SALES', { title: '昨天已到期', dueAt: '2040-03-12T10:00:00Z' });
  await world.openTask('SALES', { title: '今天才到期', dueAt: '2040-03-13T03:00:00Z' });
  await prefer('quietFrom: "21:00", quietUntil: "09:15"');
  expect(await world.live('2040-03-12T15:30:00Z')).toEqual([]);
  const mails = await world.live('2040-03-13T01:15:00Z');
  expect(mails).toHaveLength(1);
  expect(mails[0]?.text).toContain('今天才到期');
});

test('mails are in the language that their reader has chosen', async () => {
  await world.openTask('SALES', {
    title: 'Call on the lost customer (流失客户回访)',
    dueAt: '2040-03-09T03:00:00Z',
  });
  const { data } = await prefer('locale: EN');
  expect(data.updateNotificationPreferences.preferences).toEqual({
    digest: true,
    mailedKinds: [],
    locale: 'EN',
    quietFrom: '21:00',
    quietUntil: '08:00',
  });
  const [mail] = await world.live(morning(9));
  expect(mail?.subject).toBe('Today’s tasks: 1');
  expect(mail?.text).toMatch(/- Call on the lost customer\n {2}Follow Up · due Mar 9, 2040, 11:00\sAM\n/);
  expect(mail?.text).not.toMatch(/\p{Script=Han}/u);
});

test('all that is wrong with preferences is said at once; null brings a default back', async () => {
  const { errors } = await prefer('quietFrom: "25:00", quietUntil: "24:00"');
  const issues = errors?.[0]?.extensions.issues as { path: string[]; code: string }[];
  expect(issues.map(({ path, code }) => [path.join('.'), code])).toEqual([
    ['input.quietFrom', 'CLOCK_FORMAT'],
    ['input.quietUntil', 'CLOCK_FORMAT'],
  ]);
  await prefer('quietFrom: "23:00", digest: false, mailedKinds: [OTHER, FOLLOW_UP, OTHER]');
  const { data } = await prefer('quietFrom: null, digest: null');
  expect(data.updateNotificationPreferences.preferences).toMatchObject({
    digest: true,
    quietFrom: '21:00',
    mailedKinds: ['FOLLOW_UP', 'OTHER'],
  });
});
