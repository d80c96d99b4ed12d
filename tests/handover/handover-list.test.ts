import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import type { StaffName } from '../support/server.ts';
import {
  addDeal,
  addNeed,
  type Colleague,
  openFile,
  startWriting,
  type Writing,
} from '../support/writing.ts';

let writing: Writing;
let id: string;
let fileNumber: string;
beforeAll(async () => {
  writing = await startWriting();
  const { owner, stranger, manager, service } = writing;
  const file = await openFile(writing, owner, { name: '<b>东方</b>&公司', custodianId: uuidOf(owner.id) });
  await addNeed(writing, file.uuid);
  await addDeal(writing, owner, file.uuid);
  await openFile(writing, manager, { name: '西方公司', custodianId: uuidOf(owner.id), region: 'NORTHWEST' });
  const rules = [
    { filter: { region: { eq: 'NORTHWEST' } }, toEmployeeId: service.id },
    { toEmployeeId: stranger.id },
  ];
  const input = { fromEmployeeId: owner.id, rules, reason: 'LEAVING' };
  const { payload } = await manager.write('handOverFiles', input, '{ handover { id reason state } }');
  expect(payload.handover).toMatchObject({ reason: 'LEAVING', state: 'PENDING' });
  id = payload.handover.id;
  const [row] = await writing.db.execute<{ file_number: string }>(
    sql`select file_number from customer where id = ${file.uuid}`,
  );
  fileNumber = row?.file_number as string;
});
afterAll(() => writing.close());

const listUrl = async (who: StaffName): Promise<string | undefined> => {
  const { data } = await writing.server
    .as(who)
    .query(`{ node(id: "${id}") { ... on Handover { listUrl } } }`);
  return data.node?.listUrl;
};

const open = (path: string, headers: Record<string, string> = {}) =>
  fetch(new URL(path, writing.server.url), { headers });

const pageOf = async (who: StaffName, language = 'zh-CN') => {
  const response = await open((await listUrl(who)) as string, { 'accept-language': language });
  expect(response.status).toBe(200);
  return response.text();
};

test('a receiver opens and prints what came to them: numbers, names, counts, before and after, places to sign', async () => {
  const page = await pageOf('SALES_2');
  expect(page).toContain('移交清单');
  for (const text of [fileNumber, '潜在客户', '离职', 'SALES → SALES_2', '接收人签字、日期'])
    expect(page).toContain(text);
  expect(page).toMatch(/data-label="未满足需求">1<.*data-label="进行中商机">1</);
  // Text of a file is text on the page.
  expect(page).not.toContain('<b>东方');
  expect(page).toContain('&#60;b&#62;东方&#60;/b&#62;&#38;公司');
  expect(page).not.toContain('西方公司');
});

test('the front desk that became custodian finds its part, and the manager both', async () => {
  expect(await pageOf('CUSTOMER_SERVICE')).toContain('西方公司');
  expect(await pageOf('CUSTOMER_SERVICE')).not.toContain('东方');
  for (const who of ['MANAGER', 'DATA_STEWARD', 'ADMIN'] as const) {
    expect(await pageOf(who), who).toMatch(/东方.*西方公司|西方公司.*东方/s);
  }
});

test('who gave the files still has the list, without what they may not see any more', async () => {
  const page = await pageOf('SALES');
  expect(page).toContain('您现在无权查看此档案');
  expect(page).not.toMatch(/东方|西方/);
});

test('the language is the one requested, else the browser’s, else Chinese; the page runs nothing', async () => {
  const path = (await listUrl('SALES_2')) as string;
  const english = await open(path, { 'accept-language': 'en-GB,en;q=0.9,zh;q=0.8' });
  expect(await english.text()).toContain('Handover list');
  expect(await (await open(`${path}&locale=zh`, { 'accept-language': 'en' })).text()).toContain('移交清单');
  expect(await (await open(`${path}&locale=en`)).text()).toContain('Handover list');
  expect(await (await open(path, { 'accept-language': 'fr' })).text()).toContain('移交清单');
  const policy = english.headers.get('content-security-policy');
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/script|unsafe/);
  expect(english.headers.get('cache-control')).toBe('no-store');
});

test('a link opens one list for one sign-in, and nothing altered, foreign or after the sign-in ended', async () => {
  const path = (await listUrl('SALES_2')) as string;
  const refused = async (other: string) => (await open(other)).status;
  expect(await refused(path.slice(0, -1) + (path.endsWith('A') ? 'B' : 'A'))).toBe(403);
  expect(await refused(path.replace(/signature=.*/, ''))).toBe(403);
  expect(await refused(`/handovers/ho_nothing?${path.split('?')[1]}`)).toBe(403);
  const [claims] = path.split('signature=')[1]?.split('.') ?? [];
  expect(await refused(path.replace(claims as string, uuidOf(writing.manager.id)))).toBe(403);
  expect(await listUrl('MARKETING')).toBeUndefined();
  await writing.db.execute(
    sql`update session set ended_at = now() where employee_id = ${uuidOf(writing.finance.id)}`,
  );
  const late = /\.(\d{13})\./.exec(path)?.[1] as string;
  expect(await refused(path.replace(late, String(Number(late) + 60_000)))).toBe(403);
});

const confirm = (by: Colleague) =>
  by.write(
    'confirmHandover',
    { id },
    '{ handover { state confirmedAt recipients { employeeId state confirmedAt } } }',
  );

const waiting = async (who: StaffName): Promise<number> => {
  const { id: me, query } = writing.server.as(who);
  const filter = `{ recipient: { eq: "${me}", state: PENDING } }`;
  return (await query(`{ handovers(filter: ${filter}) { totalCount } }`)).data.handovers.totalCount;
};

test('each receiver confirms their part, nobody else, and the handover is confirmed with the last', async () => {
  expect((await confirm(writing.marketing)).code).toBe('NOT_FOUND');
  for (const by of [writing.owner, writing.manager]) expect((await confirm(by)).code).toBe('FORBIDDEN');
  expect([await waiting('SALES_2'), await waiting('CUSTOMER_SERVICE'), await waiting('SALES')]).toEqual([
    1, 1, 0,
  ]);
  const first = (await confirm(writing.stranger)).payload.handover;
  expect(first).toMatchObject({ state: 'PENDING', confirmedAt: null });
  expect([await waiting('SALES_2'), await waiting('CUSTOMER_SERVICE')]).toEqual([0, 1]);
  expect((await confirm(writing.stranger)).payload.handover).toEqual(first);
  const last = (await confirm(writing.service)).payload.handover;
  expect(last.state).toBe('CONFIRMED');
  expect(last.recipients.map(({ state }: { state: string }) => state)).toEqual(['CONFIRMED', 'CONFIRMED']);
  expect(await pageOf('SALES_2')).not.toContain('待确认');
});

test('a list of ten thousand files comes whole, in pieces', async () => {
  const { owner, stranger, manager, db } = writing;
  const input = { fromEmployeeId: owner.id, rules: [{ toEmployeeId: stranger.id }] };
  await openFile(writing, owner);
  const { payload } = await manager.write('handOverFiles', input, '{ handover { id listUrl } }');
  await db.transaction(async (tx) => {
    await tx.execute(sql`set local session_replication_role = replica`);
    await tx.execute(
      sql`insert into customer (name, owner_id) select '批量' || i, ${uuidOf(stranger.id)}::uuid from generate_series(1, 9999) i`,
    );
    await tx.execute(sql`
      insert into handover_file (handover_id, receiver_id, customer_id, owner_before_id, as_owner, as_custodian)
      select ${uuidOf(payload.handover.id)}::uuid, owner_id, id, ${uuidOf(owner.id)}::uuid, true, false from customer where name like '批量%'`);
  });
  const response = await open(payload.handover.listUrl);
  let rows = 0;
  let largest = 0;
  for await (const bytes of response.body ?? []) {
    const text = Buffer.from(bytes as Uint8Array).toString();
    rows += text.split('<tr><td').length - 1;
    largest = Math.max(largest, text.length);
  }
  expect(response.status).toBe(200);
  // A row may be cut by the network where its first tag stands.
  expect(rows).toBeGreaterThan(9_900);
  expect(largest).toBeLessThan(1_000_000);
});
