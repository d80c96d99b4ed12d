import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { need } from '../../src/domains/need/need.table.ts';
import { liveMember, liveSegment, referenceChange } from '../../src/features/membership/membership.table.ts';
import { type Answer, startTestServer, type TestServer } from '../support/server.ts';
import { connectSocket } from '../support/socket.ts';

/** The first of February in Shanghai, still January in New York. */
const createdAt = '2026-01-31T17:00:00Z';
const decisions = [
  { timeZone: 'Asia/Shanghai', currency: 'CNY', nameStandard: 'REFUSE' },
  { timeZone: 'America/New_York', currency: 'USD', nameStandard: 'OFF' },
] as const;

let server: TestServer;
let urls: string[];
let segmentId: string;
let customerId: string;

const send = async (url: string, query: string, variables?: object): Promise<Omit<Answer, 'statements'>> => {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'accept-language': 'en',
      authorization: `Bearer ${server.as('ADMIN').token}`,
    },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as Omit<Answer, 'statements'>;
};

beforeAll(async () => {
  server = await startTestServer();
  urls = [server.url, (await server.startAnother()).url];
  const ownerId = server.as('SALES').uuid;
  const [file] = await server.db
    .insert(customer)
    .values({ name: '北京信息技术股份有限公司', ownerId, createdAt })
    .returning({ id: customer.id });
  customerId = encodeId('cus', file?.id as string);
  await server.db.insert(need).values([
    { customerId: file?.id as string, item: '电脑', currency: 'CNY', budgetMin: '1' },
    { customerId: file?.id as string, item: '服务器', currency: 'USD', budgetMin: '2' },
  ]);
  const input = {
    name: '二月建档',
    kind: 'DYNAMIC',
    rule: { createdAt: { gte: '2026-02-01', lt: '2026-03-01' } },
  };
  const { data } = await send(
    server.url,
    'mutation ($input: CreateSegmentInput!) { createSegment(input: $input) { segment { id } } }',
    { input },
  );
  segmentId = data.createSegment.segment.id;
});
afterAll(() => server.close());

async function decide(values: object, url = server.url): Promise<number> {
  const { data } = await send(url, '{ settings { version } }');
  const input = { expectedVersion: data.settings.version, ...values };
  const changed = await send(
    url,
    'mutation ($input: UpdateSettingsInput!) { updateSettings(input: $input) { settings { version } } }',
    { input },
  );
  expect(changed.errors).toBeUndefined();
  return changed.data.updateSettings.settings.version;
}

/** Waits until an instance answers by a version of the settings. */
async function knows(url: string, version: number): Promise<void> {
  for (;;) {
    const { data } = await send(url, '{ settings { version } }');
    if (data.settings.version >= version) return;
  }
}

const question = `query ($segmentId: ID!) {
  organisation { timeZone currency }
  customers(filter: { createdAt: { gte: "2026-02-01" } }) { totalCount }
  rich: customers(filter: { needs: { some: { budgetMin: { gte: "2" } } } }) { totalCount }
  segment: customers(segmentId: $segmentId) { totalCount }
  customerStats(groupBy: [CREATED_AT_MONTH], measures: [{ of: SUM, field: NEED_BUDGET_MIN }]) {
    measures { currency value } groups { keys { value } } }
  settings { timeZone currency nameStandard }
}`;

/** What an answer made with these settings alone says. */
const answerBy = ({ timeZone, currency, nameStandard }: (typeof decisions)[number]) => {
  const isFebruary = timeZone === 'Asia/Shanghai';
  const among = { totalCount: isFebruary ? 1 : 0 };
  return {
    organisation: { timeZone, currency },
    customers: among,
    rich: { totalCount: currency === 'USD' ? 1 : 0 },
    segment: among,
    customerStats: {
      measures: [{ currency, value: currency === 'USD' ? '2.00' : '1.00' }],
      groups: [{ keys: [{ value: isFebruary ? '2026-02' : '2026-01' }] }],
    },
    settings: { timeZone, currency, nameStandard },
  };
};

test('while settings change under load on two instances, every answer is of one version of them, prepared statements and saved rules included', async () => {
  let isOver = false;
  const seen = urls.map(() => new Set<number>());
  const ask = async (i: number) => {
    while (!isOver) {
      const { data, errors } = await send(urls[i] as string, question, { segmentId });
      expect(errors).toBeUndefined();
      const index = decisions.findIndex(({ timeZone }) => timeZone === data.settings.timeZone);
      expect(data).toEqual(answerBy(decisions[index] as (typeof decisions)[number]));
      seen[i]?.add(index);
    }
  };
  const load = Promise.all([0, 1, 0, 1, 0, 1].map(ask));
  try {
    for (let change = 1; change <= 12; change += 1) {
      const version = await decide(decisions[change % 2] as object, urls[change % 3 === 0 ? 1 : 0]);
      await Promise.all(urls.map((url) => knows(url, version)));
      await Promise.all(urls.map((url) => send(url, question, { segmentId })));
    }
  } finally {
    isOver = true;
    await load;
  }
  expect(seen.map((found) => [...found].sort())).toEqual([
    [0, 1],
    [0, 1],
  ]);
});

test('whoever changes a setting sees it in their next request, and the other instance follows within a second', async () => {
  for (const url of urls) {
    const version = await decide({ auditDay: url === server.url ? 7 : 8 }, url);
    expect((await send(url, '{ settings { version } }')).data.settings.version).toBe(version);
    const startedMs = performance.now();
    await Promise.all(urls.map((one) => knows(one, version)));
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  }
});

test('the standard of names holds on the other instance: refused, warned of, or taken', async () => {
  const rename = (name: string) =>
    send(
      urls[1] as string,
      `mutation ($input: CreateCustomerInput!) { createCustomer(input: $input) {
        customer { name } warnings { path code } } }`,
      { input: { name, ownerId: server.as('SALES').id } },
    );
  await knows(urls[1] as string, await decide({ nameStandard: 'REFUSE' }));
  expect((await rename('北京公司')).errors?.[0]?.extensions.issues).toMatchObject([
    { path: ['input', 'name'], code: 'LEGAL_NAME_ABBREVIATED' },
  ]);
  await knows(urls[1] as string, await decide({ nameStandard: 'WARN' }));
  expect((await rename('北京公司')).data.createCustomer).toEqual({
    customer: { name: '北京公司' },
    warnings: [{ path: ['input', 'name'], code: 'LEGAL_NAME_ABBREVIATED' }],
  });
  await knows(urls[1] as string, await decide({ nameStandard: 'OFF' }));
  expect((await rename('上海公司')).data.createCustomer).toEqual({
    customer: { name: '上海公司' },
    warnings: [],
  });
});

test('a new amount that names no currency is in the organisation’s, by whatever writer', async () => {
  await decide({ currency: 'EUR' });
  const { data } = await server
    .as('ADMIN')
    .query('mutation ($input: CreateNeedInput!) { createNeed(input: $input) { need { currency } } }', {
      input: { customerId, item: '打印机' },
    });
  expect(data.createNeed.need.currency).toBe('EUR');
  const [row] = await server.db
    .insert(need)
    .values({ customerId: (await server.db.select().from(customer))[0]?.id as string, item: '纸' })
    .returning();
  expect(row?.currency).toBe('EUR');
});

test('a live segment’s members follow a new time zone, and its subscribers are sent the difference', async () => {
  await knows(server.url, await decide({ timeZone: 'Asia/Shanghai', currency: 'CNY' }));
  const socket = connectSocket(server.socketUrl, server.as('ADMIN').token);
  const follow = (after: string | null) =>
    socket.subscribe(
      `subscription ($id: ID!, $after: String) {
        segmentMembershipChanged(segmentId: $id, after: $after) { type customerId } }`,
      { id: segmentId, after },
    );
  follow(null);
  // Followed, and evaluated by the settings of now; from here, not from whenever the subscription stands.
  const isSettled = async () => {
    const [live] = await server.db.select().from(liveSegment);
    const [member] = await server.db.select().from(liveMember);
    const [note] = await server.db.select().from(referenceChange);
    return live?.staleCause === null && member !== undefined && note === undefined;
  };
  while (!(await isSettled())) await socket.query('{ viewer { id } }');
  await server.db.execute(sql`select sequence_events(1000)`);
  const { data } = await server.as('ADMIN').query('{ customers(first: 1) { changesCursor } }');
  const stream = follow(data.customers.changesCursor);
  await decide({ timeZone: 'America/New_York' });
  expect((await stream.next()).data.segmentMembershipChanged).toEqual({ type: 'LEFT', customerId });
  await decide({ timeZone: 'Asia/Shanghai' });
  expect((await stream.next()).data.segmentMembershipChanged).toEqual({ type: 'ENTERED', customerId });
  await socket.close();
});
