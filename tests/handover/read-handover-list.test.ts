import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pseudonymousRoles } from '../../src/core/access/policy.ts';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { accessLog } from '../../src/features/access-log/access-log.table.ts';
import type { StaffName } from '../support/server.ts';
import { addDeal, type Colleague, openFile, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
/** SALES gives one file to SALES_2, and CUSTOMER_SERVICE the custodianship of the manager's. */
let id: string;
let files: { owned: string; kept: string };
beforeAll(async () => {
  writing = await startWriting();
  const { owner, stranger, manager, service } = writing;
  const owned = await openFile(writing, owner, { name: '东方公司', custodianId: uuidOf(owner.id) });
  const kept = await openFile(writing, manager, {
    name: '西方公司',
    custodianId: uuidOf(owner.id),
    region: 'NORTHWEST',
  });
  files = { owned: owned.uuid, kept: kept.uuid };
  const rules = [
    { filter: { region: { eq: 'NORTHWEST' } }, toEmployeeId: service.id },
    { toEmployeeId: stranger.id },
  ];
  const { payload } = await manager.write(
    'handOverFiles',
    { fromEmployeeId: owner.id, rules },
    '{ handover { id } }',
  );
  id = payload.handover.id;
});
afterAll(() => writing.close());

async function open(who: StaffName, handoverId = id): Promise<Response> {
  const document = `{ node(id: "${handoverId}") { ... on Handover { listUrl } } }`;
  const { data } = await writing.server.as(who).query(document);
  return fetch(new URL(data.node.listUrl, writing.server.url), { headers: { 'accept-language': 'zh' } });
}
const pageOf = async (who: StaffName, handoverId = id) => (await open(who, handoverId)).text();

const readsBy = ({ id: employeeId }: Colleague) =>
  writing.db
    .select()
    .from(accessLog)
    .where(sql`operation_name = 'handoverList' and employee_id = ${uuidOf(employeeId)}::uuid`);

test('what the list shows of colleagues’ files is in the access log, each file and field; one’s own is not', async () => {
  const { manager, service, stranger, owner } = writing;
  for (const who of ['SALES', 'SALES_2', 'MANAGER', 'CUSTOMER_SERVICE'] as const) await pageOf(who);
  const entries = async (by: Colleague) =>
    (await readsBy(by)).map(({ classes, fields, customerIds }) => ({ classes, fields, customerIds }));
  const read = (customerId: string) => ({
    classes: ['business'],
    fields: ['Customer.deals', 'Customer.needs'],
    customerIds: [customerId],
  });
  await expect.poll(() => entries(service), { timeout: 60_000 }).toEqual([read(files.kept)]);
  expect(await entries(manager)).toEqual([read(files.owned)]);
  expect(await entries(stranger)).toEqual([]);
  expect(await entries(owner)).toEqual([]);
});

test('the list says how many files it has, and ends with as many: without that line it broke off', async () => {
  const page = await pageOf('MANAGER');
  expect(page.match(/清单档案数（份）<\/dt><dd>1</g)).toHaveLength(2);
  expect(page.match(/清单完，共 1 份。/g)).toHaveLength(2);
});

test.each(pseudonymousRoles)('to %s people are ids on it, but for who opens it', async (role) => {
  const { owner, manager, stranger, db } = writing;
  await db.execute(sql`update employee set role = ${role} where id = ${uuidOf(stranger.id)}::uuid`);
  try {
    const page = await pageOf('SALES_2');
    expect(page).toContain(`<dd>${owner.id}</dd>`);
    expect(page).toContain(`<dd>${manager.id}</dd>`);
    expect(page).toContain(`${owner.id} → SALES_2`);
    expect(page).not.toMatch(/\b(?:SALES|MANAGER)\b|东方/);
  } finally {
    await db.execute(sql`update employee set role = 'SALES' where id = ${uuidOf(stranger.id)}::uuid`);
  }
});

/** While the database refuses to read what lists hold, in statements that contain a text. */
async function whileRefused(statement: string, work: () => Promise<void>): Promise<void> {
  await writing.db.execute(`alter table handover_file rename to handover_file_kept`);
  await writing.db.execute(`
    create function refuse() returns boolean language plpgsql as $$ begin
      if current_query() like '%${statement}%' then raise exception 'shutting down' using errcode = '57P03'; end if;
      return true;
    end $$`);
  await writing.db.execute('create view handover_file as select * from handover_file_kept where refuse()');
  await writing.db.execute('grant select on handover_file to public');
  try {
    await work();
  } finally {
    await writing.db.execute('drop view handover_file');
    await writing.db.execute('drop function refuse');
    await writing.db.execute(`alter table handover_file_kept rename to handover_file`);
  }
}

test('while the database is away the page says so with 503 and Retry-After, as every answer', () =>
  whileRefused('performedBy', async () => {
    const response = await open('MANAGER');
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2']);
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(await response.text()).toContain('数据库暂时不可用，请稍后重试。');
  }));

test('a list that breaks off midway does not look whole: the transfer fails', () =>
  whileRefused('custodianBefore', async () => {
    await expect(pageOf('MANAGER')).rejects.toThrow('terminated');
  }));

test('a handover of segments or deals alone waits for nobody, and who received the segments sees it', async () => {
  const { owner, stranger, finance, manager, server, db } = writing;
  const done = '{ handover { id state confirmedAt createdAt segments deals segmentsTo { id } } }';
  const rules = [{ toEmployeeId: stranger.id }];
  const input = { fromEmployeeId: owner.id, rules };
  await db.execute(
    sql`insert into segment (name, rule, owner_id) values ('分群', '{}', ${uuidOf(owner.id)}::uuid)`,
  );
  const { payload } = await manager.write(
    'handOverFiles',
    { ...input, segmentsToEmployeeId: finance.id },
    done,
  );
  const { id: segments, createdAt } = payload.handover;
  expect(payload.handover).toMatchObject({
    state: 'CONFIRMED',
    segments: 1,
    segmentsTo: { id: finance.id },
    confirmedAt: createdAt,
  });
  const { data } = await server.as('FINANCE').query('{ handovers { nodes { id } } }');
  expect(data.handovers.nodes).toEqual([{ id: segments }]);
  expect(await pageOf('FINANCE', segments)).toMatch(
    /移交客户分群数<\/dt><dd>1 → FINANCE<.*<p>没有档案。<\/p>/,
  );
  await addDeal(writing, owner, files.owned);
  const deals = await manager.write('handOverFiles', input, done);
  expect(deals.payload.handover).toMatchObject({ state: 'CONFIRMED', deals: 1, segmentsTo: null });
});

test('of a handover from before lists were kept the page says so', async () => {
  await writing.db.execute(sql`delete from handover_file where handover_id = ${uuidOf(id)}::uuid`);
  const page = await pageOf('MANAGER');
  expect(page.match(/未保留清单。/g)).toHaveLength(2);
  expect(page).not.toMatch(/清单完|<table>/);
});
