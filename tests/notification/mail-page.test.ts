import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { startNotificationWorld } from './notification-world.ts';

const world = startNotificationWorld();
const prefer = (input: string) =>
  world.server
    .as('SALES')
    .query(`mutation { updateNotificationPreferences(input: { ${input} }) { preferences { digest } } }`);
const wishes = async () =>
  (await world.server.as('SALES').query('{ notificationPreferences { digest mailedKinds } }')).data
    .notificationPreferences;
const assign = (title: string, kind = 'FOLLOW_UP') =>
  world.server
    .as('MANAGER')
    .query('mutation ($input: CreateTaskInput!) { createTask(input: $input) { task { id } } }', {
      input: { title, kind, assigneeId: world.server.as('SALES').id, dueAt: '2040-03-09T00:00:00Z' },
    });
const post = (link: string, form: Record<string, string>) =>
  fetch(link, { method: 'POST', body: new URLSearchParams(form), headers: { 'accept-language': 'en' } });

/** The link in a mail about two kinds of tasks. */
async function linkOfMail(): Promise<string> {
  await prefer('mailedKinds: [FOLLOW_UP, OTHER], quietFrom: "00:00", quietUntil: "00:00"');
  for (const [title, kind] of [
    ['回电<b>', 'FOLLOW_UP'],
    ['整理', 'OTHER'],
    ['不通知', 'CALL_BACK'],
  ] as const)
    expect((await assign(title, kind)).errors).toBeUndefined();
  const mails = await world.live(new Date(Date.now() + 60_000).toISOString());
  expect(mails.map(({ subject }) => subject)).toEqual(['待办通知：2 项']);
  expect(mails[0]?.html).toContain('回电&#60;b&#62;');
  expect(`${mails[0]?.text}`).not.toContain('不通知');
  const link = mails[0]?.headers['List-Unsubscribe']?.slice(1, -1) as string;
  expect(mails[0]?.text).toContain(link);
  return link;
}

test('tasks of the kinds that somebody wants to hear of come at once, in one mail, and nothing about what they did themselves', async () => {
  await linkOfMail();
  const own = await world.server
    .as('SALES')
    .query('mutation { createTask(input: { title: "自己的", kind: OTHER }) { task { id } } }');
  expect(own.errors).toBeUndefined();
  expect(await world.live(new Date(Date.now() + 60_000).toISOString())).toEqual([]);
});

test('opening the link changes nothing; its buttons mute a kind and bring it back, without a script or another request', async () => {
  const link = await linkOfMail();
  for (const method of ['GET', 'GET', 'HEAD']) await fetch(link, { method });
  expect(await wishes()).toEqual({ digest: true, mailedKinds: ['FOLLOW_UP', 'OTHER'] });
  const shown = await fetch(link, { headers: { 'accept-language': 'zh-CN' } });
  expect(shown.headers.get('content-security-policy')).toMatch(
    /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'$/,
  );
  expect(shown.headers.get('referrer-policy')).toBe('no-referrer');
  expect(await shown.text()).toMatch(/lang="zh-CN".*“跟进”任务的即时通知/s);
  expect(await (await post(link, { topic: 'OTHER', do: 'mute' })).text()).toMatch(
    /Stopped\..*Receive again/s,
  );
  expect(await wishes()).toEqual({ digest: true, mailedKinds: ['FOLLOW_UP'] });
  await post(link, { topic: 'OTHER', do: 'unmute' });
  expect(await wishes()).toEqual({ digest: true, mailedKinds: ['FOLLOW_UP', 'OTHER'] });
  // What the mail was not about is not its page’s to change.
  await post(link, { topic: 'DIGEST', do: 'mute' });
  expect(await wishes()).toEqual({ digest: true, mailedKinds: ['FOLLOW_UP', 'OTHER'] });
  // A mail program's own button.
  await post(link, { 'List-Unsubscribe': 'One-Click' });
  expect(await wishes()).toEqual({ digest: true, mailedKinds: [] });
});

test('buttons that are pressed at once each have their effect', async () => {
  const link = await linkOfMail();
  const press = (choice: 'mute' | 'unmute') =>
    Promise.all(['FOLLOW_UP', 'OTHER'].map((topic) => post(link, { topic, do: choice })));
  for (let round = 0; round < 5; round += 1) {
    await press('mute');
    expect(await wishes()).toEqual({ digest: true, mailedKinds: [] });
    await press('unmute');
    expect(await wishes()).toEqual({ digest: true, mailedKinds: ['FOLLOW_UP', 'OTHER'] });
  }
});

test('a token is stored as its hash and expires; whoever tries others is soon refused', async () => {
  const link = await linkOfMail();
  const token = link.split('/').at(-1) as string;
  const rows = await world.server.db.execute(sql`select p::text as row from page_token p`);
  expect(JSON.stringify(rows)).not.toContain(token);
  await world.server.db.execute(sql`update page_token set expires_at = now()`);
  const statuses: number[] = [];
  for (let i = 0; i < 25; i += 1)
    statuses.push((await fetch(`${world.origin}/mail/${i === 0 ? token : i}`)).status);
  expect(statuses.slice(0, 20)).toEqual(Array(20).fill(404));
  expect(statuses.slice(22)).toEqual([429, 429, 429]);
});
