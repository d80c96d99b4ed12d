import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { sendNext } from '../../src/core/outgoing/outgoing-worker.ts';
import { openRobots } from '../../src/core/robot/robot-transport.ts';
import { openRuns } from '../../src/core/run/run.write.ts';
import { attemptChunk } from '../../src/core/run/run-worker.ts';
import { initialSettings } from '../../src/core/settings/settings.ts';
import { teamDigestRun } from '../../src/features/team-robot/team-digest.ts';
import { outgoingKinds } from '../../src/runs.ts';
import { type StaffName, startTestServer, type TestServer } from '../support/server.ts';

interface Received {
  host: string | null;
  path: string;
  body: { msgtype?: string; msg_type?: string; timestamp?: string; sign?: string } & Record<string, unknown>;
}

/** Stands for the three apps, with what they answer next. */
let apps: Server;
const received: Received[] = [];
let answer = { status: 200, text: '{"errcode":0,"errmsg":"ok"}' };

let server: TestServer;
let teamId: string;
let customer: string;
beforeAll(async () => {
  apps = createServer(async (request, response) => {
    const chunks = await request.toArray();
    const body = JSON.parse(Buffer.concat(chunks).toString());
    received.push({ host: String(request.headers['x-host']), path: String(request.url), body });
    response.writeHead(answer.status, { location: 'http://169.254.169.254/' }).end(answer.text);
  });
  apps.listen(0, '127.0.0.1');
  await once(apps, 'listening');
  server = await startTestServer();
  const [row] = await server.db.execute<{ id: string }>(
    sql`select team_id as id from employee where id = ${server.as('SALES').uuid}`,
  );
  teamId = row?.id as string;
  const [file] = await server.db.execute<{ id: string }>(
    sql`insert into customer (name, owner_id) values ('苏州启明精密机械有限公司', ${server.as('SALES').uuid}) returning id`,
  );
  customer = file?.id as string;
});
afterAll(async () => {
  await server.close();
  apps.close();
});
afterEach(async () => {
  received.length = 0;
  answer = { status: 200, text: '{"errcode":0,"errmsg":"ok"}' };
  await server.db.execute(sql`delete from task`);
  await server.db.execute(sql`delete from team_robot`);
});

const robot = openRobots((input, init) => {
  const url = new URL(String(input));
  const { port } = apps.address() as AddressInfo;
  const headers = { ...(init?.headers as Record<string, string>), 'x-host': url.host };
  return fetch(`http://127.0.0.1:${port}${url.pathname}${url.search}`, { ...init, headers });
});
const live = async (instant: string, language: 'ZH' | 'EN' = 'ZH') => {
  const clock = { now: new Date(instant), settings: { ...initialSettings, language } };
  const link = { run: <T>(work: (db: TestServer['db']) => Promise<T>) => work(server.db) };
  await openRuns(server.db, [teamDigestRun], clock);
  while (await attemptChunk(link, [teamDigestRun], clock, console));
  while (
    await sendNext(link, outgoingKinds, { mail: null, robot }, { ...clock, publicUrl: 'https://crm.example' })
  );
  return received.splice(0);
};

const addresses = {
  wecom: 'https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa',
  dingtalk: 'https://oapi.dingtalk.com/robot/send?access_token=566cc69da782ec33ae5b7b',
  feishu: 'https://open.feishu.cn/open-apis/bot/v2/hook/c1f9e3a0-1111-2222-3333-444455556666',
};
const team = () => encodeId('team', teamId);
const set = (url: string, secret: string | null = null, as: StaffName = 'ADMIN', rest: object = {}) =>
  server
    .as(as)
    .query(
      `mutation($input: SetTeamRobotInput!) { setTeamRobot(input: $input) { robot { kind keyEnding team { name } lastFailure } } }`,
      { input: { teamId: team(), url, secret, ...rest } },
    );
const tryIt = (values: object) =>
  server
    .as('ADMIN')
    .query('mutation ($input: TestTeamRobotInput!) { testTeamRobot(input: $input) { robot { kind } } }', {
      input: { teamId: team(), ...values },
    });
const openTask = (of: StaffName | null, title: string, dueAt: string) =>
  server.db.execute(sql`
    insert into task (customer_id, kind, title, assignee_id, team_id, due_at)
    values (${customer}, 'FOLLOW_UP', ${title}, ${of && server.as(of).uuid}, ${of ? null : teamId}, ${dueAt})`);

test('on working mornings the team’s group is sent once how many tasks each member has, without titles and customers', async () => {
  await set(addresses.wecom);
  await openTask('SALES', '问苏州启明的报价', '2040-03-04T03:00:00Z');
  await openTask('SALES', '回访', '2040-03-05T09:00:00Z');
  await openTask(null, '待领取', '2040-03-05T09:00:00Z');
  await openTask('SALES', '明天', '2040-03-05T16:00:00Z');
  expect(await live('2040-03-05T00:29:00Z')).toEqual([]);
  const [post, ...others] = await live('2040-03-05T00:30:00Z');
  expect(others).toEqual([]);
  expect(post).toMatchObject({
    host: 'qyapi.weixin.qq.com',
    path: '/cgi-bin/webhook/send?key=693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa',
    body: { msgtype: 'text' },
  });
  const { content } = (post as Received).body.text as { content: string };
  const [{ team: name, person }] = (await server.db.execute<{ team: string; person: string }>(
    sql`select t.name as team, e.name as person from team t join employee e on e.team_id = t.id where e.id = ${server.as('SALES').uuid}`,
  )) as unknown as [{ team: string; person: string }];
  expect(content.split('\n')).toEqual([
    `今日待办 · ${name}（2040-03-05）`,
    '共 3 项，其中 1 项已逾期',
    '团队待领取：1 项',
    `${person}：2 项，其中 1 项已逾期`,
    '请登录查看：https://crm.example',
  ]);
  expect(await live('2040-03-05T00:31:00Z')).toEqual([]);
  // A Saturday.
  expect(await live('2040-03-10T00:30:00Z')).toEqual([]);
});

test('posts are signed as DingTalk and Feishu check it, and in the organisation’s language', async () => {
  await openTask('SALES', '回访', '2040-03-06T09:00:00Z');
  await set(addresses.dingtalk, 'SECabc');
  const [ding] = await live('2040-03-06T00:30:00Z', 'EN');
  const query = new URL(`https://x${ding?.path}`).searchParams;
  const at = query.get('timestamp');
  expect(query.get('sign')).toBe(createHmac('sha256', 'SECabc').update(`${at}\nSECabc`).digest('base64'));
  expect(ding?.body.text).toMatchObject({ content: expect.stringContaining('Total: 1\n') });
  await openTask('SALES', '回访', '2040-03-07T09:00:00Z');
  await set(addresses.feishu, 'key');
  answer.text = '{"StatusCode":0,"code":0}';
  const [lark] = await live('2040-03-07T00:30:00Z');
  const { timestamp, sign } = lark?.body ?? {};
  expect(sign).toBe(createHmac('sha256', `${timestamp}\nkey`).update('').digest('base64'));
  expect(lark?.body).toMatchObject({
    msg_type: 'text',
    content: { text: expect.stringContaining('共 2 项') },
  });
});

test.each([
  [
    'a robot that is sent too much takes the post later',
    { status: 200, text: '{"errcode":45009}' },
    'PLANNED',
  ],
  [
    'a robot that is gone does not',
    { status: 200, text: '{"errcode":93000,"errmsg":"invalid webhook"}' },
    'FAILED',
  ],
  ['a redirect is not followed', { status: 302, text: '' }, 'FAILED'],
  ['an answer that says nothing leaves open what became of it', { status: 200, text: '<html>' }, 'UNKNOWN'],
  ['so does a server that broke', { status: 502, text: '' }, 'UNKNOWN'],
])('%s', async (_title, answered, state) => {
  await set(addresses.wecom);
  answer = answered;
  const { errors } = await server
    .as('ADMIN')
    .query(
      `mutation { testTeamRobot(input: { teamId: "${team()}", idempotencyKey: "k${state}${answered.status}" }) { robot { kind } } }`,
    );
  expect(errors).toBeUndefined();
  expect(await live(new Date(Date.now() + 1000).toISOString())).toHaveLength(1);
  const [row] = await server.db.execute(
    sql`select state from outgoing where kind = 'team-robot-trial' order by created_at desc limit 1`,
  );
  expect(row).toMatchObject({ state });
  const { data } = await server.as('MANAGER').query('{ teamRobots { kind keyEnding lastFailure } }');
  expect(data.teamRobots).toEqual([
    { kind: 'WECOM', keyEnding: '5aaa', lastFailure: `${answered.status} ${answered.text}` },
  ]);
  await server.db.execute(sql`delete from outgoing where kind = 'team-robot-trial'`);
});

test('an app’s answer is shown without the address and the secret, and read no further than it says something', async () => {
  await set(addresses.dingtalk, 'geheim');
  answer.text = `{"errcode":310000,"errmsg":"${addresses.dingtalk} 566cc69da782ec33ae5b7b geheim"}`;
  await tryIt({});
  await live(new Date(Date.now() + 1000).toISOString());
  const { data } = await server.as('MANAGER').query('{ teamRobots { lastFailure } }');
  expect(data.teamRobots[0].lastFailure).toBe('200 {"errcode":310000,"errmsg":"… … …"}');
  answer.text = `{"errcode":0,"errmsg":"${'好'.repeat(1_000_000)}"}`;
  const post = { kind: 'DINGTALK', url: addresses.dingtalk, secret: null, text: '今日待办' } as const;
  expect((await robot.send(post)).state).toBe('UNKNOWN');
});

test('a robot is tried once per idempotency key, of one team, and a key has 1 to 64 characters', async () => {
  await set(addresses.feishu);
  const codes = (outcome: Awaited<ReturnType<typeof tryIt>>) =>
    outcome.errors?.[0]?.extensions.issues.map(({ code }: { code: string }) => code);
  expect((await tryIt({ idempotencyKey: 'once' })).errors).toBeUndefined();
  expect((await tryIt({ idempotencyKey: 'once' })).errors).toBeUndefined();
  expect(codes(await tryIt({ idempotencyKey: '' }))).toEqual(['IDEMPOTENCY_KEY_LENGTH']);
  expect(codes(await tryIt({ idempotencyKey: 'k'.repeat(65), teamId: 'team_1' }))).toEqual([
    'MALFORMED_ID',
    'IDEMPOTENCY_KEY_LENGTH',
  ]);
  expect(await live(new Date(Date.now() + 1000).toISOString())).toHaveLength(1);
  const [{ id: other = '' } = {}] = await server.db.execute<{ id: string }>(
    sql`insert into team (name) values ('二组') returning id`,
  );
  const ofOther = { teamId: encodeId('team', other) };
  await set(addresses.wecom, null, 'ADMIN', ofOther);
  expect(codes(await tryIt({ ...ofOther, idempotencyKey: 'once' }))).toEqual(['IDEMPOTENCY_KEY_REUSED']);
});

test('no other address is ever posted to, and all that is wrong is said at once', async () => {
  const hostile = [
    addresses.wecom.replace('https', 'http'),
    'https://qyapi.weixin.qq.com.evil.example/cgi-bin/webhook/send?key=12345678',
    'https://qyapi.weixin.qq.com@127.0.0.1/cgi-bin/webhook/send?key=12345678',
    'https://qyapi.weixin.qq.com:8443/cgi-bin/webhook/send?key=12345678',
    'https://oapi.dingtalk.com/robot/send',
    'https://open.feishu.cn/open-apis/bot/v2/hook/../../../auth',
    'https://169.254.169.254/latest/meta-data',
    '飞书群',
  ];
  for (const url of hostile) {
    const { errors } = await set(url);
    const issues = errors?.[0]?.extensions.issues as { path: string[]; code: string }[];
    expect(
      issues.map(({ path, code }) => [path.join('.'), code]),
      url,
    ).toEqual([['input.url', 'ROBOT_ADDRESS']]);
  }
  const { errors } = await server
    .as('ADMIN')
    .query(
      `mutation { setTeamRobot(input: { teamId: "x", url: "${addresses.wecom}", secret: "s" }) { robot { kind } } }`,
    );
  const issues = errors?.[0]?.extensions.issues as { path: string[]; code: string }[];
  expect(issues.map(({ path }) => path.join('.')).sort()).toEqual(['input.secret', 'input.teamId']);
});

test('addresses and secrets are not read back; administrators set them, managers see that there are any, others neither', async () => {
  const { data } = await set(`  ${addresses.dingtalk}&extra=1 `, 'SECabc');
  expect(data.setTeamRobot.robot).toMatchObject({ kind: 'DINGTALK', keyEnding: '5b7b', lastFailure: null });
  const schema = JSON.stringify(
    await server.as('ADMIN').query('{ __type(name: "TeamRobot") { fields { name } } }'),
  );
  expect(schema).not.toMatch(/url|secret/);
  expect((await set(addresses.wecom, null, 'MANAGER')).errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  const seen = await server.as('SALES').query('{ teamRobots { kind } }');
  expect(seen.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  const remove = `mutation { removeTeamRobot(input: { teamId: "${team()}" }) { wasSet } }`;
  expect((await server.as('ADMIN').query(remove)).data.removeTeamRobot.wasSet).toBe(true);
  expect((await server.as('ADMIN').query(remove)).data.removeTeamRobot.wasSet).toBe(false);
  const gone = await server
    .as('ADMIN')
    .query(`mutation { testTeamRobot(input: { teamId: "${team()}" }) { robot { kind } } }`);
  expect(gone.errors?.[0]?.extensions.code).toBe('NOT_FOUND');
});
