import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { fileNow, startWriting, traces, type Writing } from '../support/writing.ts';
import { formOf, linkOf, openVerified, send, verificationFor, visit } from './confirmation-world.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting({ config: { trustProxy: true } });
});
afterAll(() => writing.close());

const phones = [{ label: null, number: '+862155551234', extension: null }];
let nth = 0;
/** Sends a form from an address of its own. */
async function from(address: string, link: string, body: string, type = 'application/x-www-form-urlencoded') {
  const answer = await fetch(link, {
    method: 'POST',
    body,
    headers: { 'x-forwarded-for': address, 'content-type': type, 'accept-language': 'en' },
  });
  return { status: answer.status, text: await answer.text() };
}
const anybody = () => {
  nth += 1;
  return `203.0.113.${nth % 250}`;
};

test('wrong digits, unknown, used, revoked and odd tokens get one and the same answer, in the same time', async () => {
  const file = await openVerified(writing, { phones });
  const used = await linkOf(writing, file.uuid);
  await send(used, { ...formOf(await send(used, { check: '1234' })), do: 'confirm' });
  const revoked = await linkOf(writing, file.uuid);
  const right = await linkOf(writing, file.uuid);
  const base = right.slice(0, right.lastIndexOf('/') + 1);
  const unknown = ['A'.repeat(43), 'x', '%00', '%E4%B8%AD', "'%20or%201=1--", '..%2f..%2fetc'].map(
    (token) => base + token,
  );
  const texts = new Set<string>();
  for (const link of [used, revoked, ...unknown, right]) {
    const started = performance.now();
    const { status, text } = await from(anybody(), link, 'check=9999');
    expect(performance.now() - started).toBeGreaterThan(290);
    texts.add(`${status} ${text}`);
    expect((await visit(link)).text).toBe((await visit(right)).text);
  }
  expect([...texts]).toHaveLength(1);
  expect([...texts][0]).toMatch(/^403 /);
});

test('of five hundred tries from many addresses ten count, and the link is locked; the same number of one address are refused', async () => {
  const file = await openVerified(writing, { phones });
  const link = await linkOf(writing, file.uuid);
  const before = await traces(writing, file.uuid);
  const tries = Array.from({ length: 500 }, (_, i) => String(2000 + i));
  const statuses: number[] = [];
  while (tries.length > 0) {
    const some = await Promise.all(
      tries.splice(0, 50).map((digits) => from(anybody(), link, `check=${digits}`)),
    );
    statuses.push(...some.map(({ status }) => status));
  }
  expect(new Set(statuses)).toEqual(new Set([403]));
  const [row] = await writing.db.execute(
    sql`select wrong_tries, outcome from confirmation_request where customer_id = ${file.uuid}`,
  );
  expect(row).toEqual({ wrong_tries: 10, outcome: 'LOCKED' });
  expect((await from(anybody(), link, 'check=1234')).status).toBe(403);
  const other = await linkOf(writing, file.uuid);
  const alone: number[] = [];
  for (let i = 0; i < 4; i += 1)
    alone.push(
      ...(
        await Promise.all(Array.from({ length: 10 }, () => from('198.51.100.7', `${other}x`, 'check=0000')))
      ).map(({ status }) => status),
    );
  expect(alone.filter((status) => status === 429).length).toBeGreaterThan(10);
  expect((await from('198.51.100.7', other, 'check=1234')).status).toBe(429);
  expect((await from(anybody(), other, 'check=1234')).status).toBe(200);
  expect(await traces(writing, file.uuid)).toBe(before);
  await expect
    .poll(async () => {
      const [log] = await writing.db.execute(
        sql`select count(*)::int as count from access_log where kind = 'REFUSED' and code = 'CONFIRMATION_DIGITS' and ${file.uuid}::uuid = any(customer_ids)`,
      );
      return log?.count;
    })
    .toBe(10);
});

test('right digits give back the try they took, however often a customer comes back', async () => {
  const file = await openVerified(writing, { phones });
  const link = await linkOf(writing, file.uuid);
  for (let i = 0; i < 15; i += 1) expect((await from(anybody(), link, 'check=1234')).status).toBe(200);
});

test('huge, foreign and odd bodies change nothing', async () => {
  const file = await openVerified(writing, { phones });
  const link = await linkOf(writing, file.uuid);
  const before = await traces(writing, file.uuid);
  const shown = await from(anybody(), link, 'check=1234');
  const form = formOf({ ...shown, headers: new Headers() });
  const body = (values: Record<string, string>) => new URLSearchParams({ ...form, ...values }).toString();
  expect((await from(anybody(), link, `check=1234&v0=${'x'.repeat(300_000)}`)).status).toBe(413);
  expect((await from(anybody(), link, '{"check":"1234"}', 'application/json')).status).toBe(415);
  expect((await from(anybody(), link, '', 'multipart/form-data; boundary=x')).status).toBe(415);
  for (const odd of [
    '',
    'check',
    'check=1234%00',
    'check=12345',
    'check=__proto__',
    'check[]=1234',
    '%E0%A4%A',
  ])
    expect((await from(anybody(), link, odd)).status).toBe(403);
  expect((await from(anybody(), link, body({ do: 'delete' }))).status).toBe(200);
  expect((await from(anybody(), link, body({ do: 'confirm', seen: 'x' }))).text).toContain('just changed');
  const long = await from(anybody(), link, body({ do: 'correct', v0: '长'.repeat(5_000) }));
  expect(long.text).toContain('aria-invalid');
  expect(await traces(writing, file.uuid)).toBe(before);
  expect((await fileNow(writing, file.uuid)).verificationState).toBe('VERIFIED');
});

test.each(['archived', 'submitted again'])(
  'an answer that waits while the file is %s is not taken, and is refused as any other',
  async (what) => {
    const file = await openVerified(writing, { phones });
    const link = await linkOf(writing, file.uuid);
    const form = formOf(await send(link, { check: '1234' }));
    let sent: ReturnType<typeof send> | undefined;
    await writing.db.transaction(async (tx) => {
      await tx.execute(sql`select from customer where id = ${file.uuid} for update`);
      sent = send(link, { ...form, do: 'confirm' }, 'en');
      for (;;) {
        // Outside of the transaction, which would see the same activity for ever.
        const [blocked] = await writing.db.execute(
          sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        );
        if (blocked) break;
      }
      await tx.execute(
        what === 'archived'
          ? sql`update customer set archived_at = now() where id = ${file.uuid}`
          : sql`insert into verification_step (customer_id, state, employee_id) values (${file.uuid}, 'SUBMITTED', ${uuidOf(writing.owner.id)})`,
      );
    });
    const answer = await sent;
    expect(answer?.status).toBe(403);
    expect(answer?.text).toContain('This cannot be opened');
    expect((await fileNow(writing, file.uuid)).verificationState).not.toBe('CONFIRMED');
  },
);

test('what a file holds is shown as text, whatever it looks like', async () => {
  const evil = '"><script>alert(1)</script><img src=x onerror=alert(2)>';
  const file = await openVerified(writing, { phones, shortName: evil, address: `${evil}\n</textarea>` });
  const { text } = await send(await linkOf(writing, file.uuid), { check: '1234' });
  expect(text).not.toMatch(/<script|<img/);
  expect(text.match(/<\/textarea>/g)?.length).toBe(text.match(/<textarea/g)?.length);
  expect((await verificationFor(writing, 'MANAGER', file.id)).state).toBe('VERIFIED');
});
