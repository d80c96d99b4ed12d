import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Mail, MailOutcome } from '../../src/core/mail/mail.types.ts';
import { sendNext } from '../../src/core/outgoing/outgoing-worker.ts';
import { initialSettings } from '../../src/core/settings/settings.ts';
import { outgoingKinds } from '../../src/runs.ts';
import { addContact, fileNow, openFile, startWriting, traces, type Writing } from '../support/writing.ts';
import { approve, formOf, linkOf, openVerified, request, send, visit } from './confirmation-world.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

const selection = '{ url qrCode customer { id } }';
const phones = [{ label: null, number: '+862155551234', extension: null }];

/** Sends what is due. */
async function mails(): Promise<Mail[]> {
  const sent: Mail[] = [];
  const send = async (mail: Mail): Promise<MailOutcome> => {
    sent.push(mail);
    return { state: 'DONE', detail: '250' };
  };
  const { db, server } = writing;
  const link = { run: <T>(work: (one: typeof db) => Promise<T>) => work(db) };
  const scene = {
    now: new Date(Date.now() + 60_000),
    settings: initialSettings,
    publicUrl: new URL(server.url).origin,
  };
  while (await sendNext(link, outgoingKinds, { mail: { send }, robot: null }, scene));
  return sent;
}

const lastRequest = async (id: string) =>
  (
    await writing.server
      .as('MANAGER')
      .query(
        `{ customer(id: "${id}") { verification { request { channel contactId wrongTries endedAt outcome requestedBy { id } } } } }`,
      )
  ).data.customer.verification.request;

test('a link leads to the page, as a QR code too; its token is stored as its hash, and no row of the file shows it', async () => {
  const file = await openVerified(writing, { phones });
  const before = await traces(writing, file.uuid);
  const { payload } = await request(writing, writing.owner, file.uuid, { channel: 'QR' }, selection);
  const token = payload.url.split('/').at(-1);
  expect(payload.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/confirm\/[\w-]{43}$/);
  expect(payload.qrCode).toMatch(/^<svg [^<]*viewBox=/);
  const { status, text, headers } = await visit(payload.url);
  expect([status, headers.get('cache-control'), headers.get('referrer-policy')]).toEqual([
    200,
    'no-store',
    'no-referrer',
  ]);
  expect(headers.get('x-robots-tag')).toBe('noindex, nofollow');
  expect(text).not.toContain((await fileNow(writing, file.uuid)).name);
  const rows = await writing.db.execute(sql`select to_jsonb(r) as row from confirmation_request r`);
  expect(JSON.stringify(rows)).not.toContain(token);
  expect(await traces(writing, file.uuid)).toBe(before);
  expect(await lastRequest(file.id)).toEqual({
    ...{ channel: 'QR', contactId: null, wrongTries: 0, endedAt: null, outcome: null },
    requestedBy: { id: writing.owner.id },
  });
});

test('a new link replaces the former, one that is revoked leads nowhere, and the same key makes no second request', async () => {
  const file = await openVerified(writing, { phones });
  const opens = async (link: string) => (await send(link, { check: '1234' })).status;
  const first = await linkOf(writing, file.uuid);
  expect(await opens(first)).toBe(200);
  const { version: expectedVersion } = await fileNow(writing, file.uuid);
  const input = { id: file.id, expectedVersion, channel: 'LINK', idempotencyKey: 'one' };
  const second = await writing.owner.write('requestConfirmation', input, selection);
  expect([await opens(first), await opens(second.payload.url)]).toEqual([403, 200]);
  const again = await writing.owner.write('requestConfirmation', input, selection);
  expect([await opens(second.payload.url), await opens(again.payload.url)]).toEqual([403, 200]);
  const rows = await writing.db.execute(
    sql`select outcome from confirmation_request where customer_id = ${file.uuid} order by id`,
  );
  expect(rows.map(({ outcome }) => outcome)).toEqual(['REPLACED', null]);
  for (const who of [writing.stranger, writing.service])
    expect(
      (await who.write('revokeConfirmation', { id: file.id }, '{ customer { id } }')).payload,
    ).toBeNull();
  for (let i = 0; i < 2; i += 1) {
    const { errors } = await writing.owner.write(
      'revokeConfirmation',
      { id: file.id },
      '{ customer { id } }',
    );
    expect(errors).toEqual([]);
  }
  expect(await opens(again.payload.url)).toBe(403);
  expect((await lastRequest(file.id)).outcome).toBe('REVOKED');
  // A file that is submitted again is shown to nobody until it is verified.
  const last = await linkOf(writing, file.uuid);
  await writing.db.execute(
    sql`insert into verification_step (customer_id, state, employee_id) values (${file.uuid}, 'SUBMITTED', ${writing.server.as('SALES').uuid})`,
  );
  expect(await opens(last)).toBe(403);
});

test('a mail brings one contact the link to a page with nobody else’s data; its token exists from then on', async () => {
  const file = await openVerified(writing, { phones });
  const contact = await addContact(writing, file.uuid, {
    ...{ name: '周小姐', mobile: '+8613800001111', email: 'zhou@example.com' },
  });
  await addContact(writing, file.uuid, { name: '吴先生', mobile: '+8613800002222' });
  const { payload, errors } = await request(
    writing,
    writing.owner,
    file.uuid,
    { channel: 'EMAIL', contactId: contact.id, idempotencyKey: 'mail' },
    selection,
  );
  expect([errors, payload.url, payload.qrCode]).toEqual([[], null, null]);
  const [stored] = await writing.db.execute(
    sql`select token_hash from confirmation_request where customer_id = ${file.uuid}`,
  );
  expect(stored?.token_hash).toBeNull();
  const sent = await mails();
  expect(sent.map(({ to, subject }) => [to, subject])).toEqual([
    ['zhou@example.com', '请核对我们登记的贵方信息'],
  ]);
  expect(`${sent[0]?.text}${sent[0]?.html}`).not.toMatch(/周小姐|精密机械|0001111/);
  const link = /http\S+\/confirm\/[\w-]{43}/.exec(sent[0]?.text ?? '')?.[0] as string;
  expect((await visit(link)).status).toBe(200);
  expect((await send(link, { check: '2222' })).status).toBe(403);
  const shown = await send(link, { check: '1111' });
  expect(shown.text).toContain('周小姐');
  expect(shown.text).not.toContain('吴先生');
  expect(Object.values(formOf(shown))).toContain('zhou@example.com');
  expect(await mails()).toEqual([]);
  // Nobody hears of a request that was revoked before the mail went.
  await request(writing, writing.owner, file.uuid, { channel: 'EMAIL', contactId: contact.id });
  await writing.owner.write('revokeConfirmation', { id: file.id }, '{ customer { id } }');
  expect(await mails()).toEqual([]);
});

test('a request names all that is wrong with it, and is refused where a customer could not show who they are', async () => {
  const file = await openVerified(writing);
  const contact = await addContact(writing, file.uuid, { mobile: null, email: null });
  const other = await addContact(writing, (await openFile(writing, writing.owner)).uuid);
  const issues = async (values: object) =>
    (await request(writing, writing.owner, file.uuid, values)).issues.sort();
  expect(await issues({ channel: 'EMAIL', answer: 'CONFIRMED', way: 'SPOKEN', evidence: '电话' })).toEqual([
    'input.answer NOT_OF_CHANNEL',
    'input.contactId VALUE_REQUIRED',
    'input.evidence NOT_OF_CHANNEL',
    'input.way NOT_OF_CHANNEL',
  ]);
  expect(await issues({ channel: 'EMAIL', contactId: contact.id })).toEqual(['input.contactId NO_EMAIL']);
  expect(await issues({ channel: 'LINK', contactId: other.id })).toEqual(['input.contactId NOT_IN_FILE']);
  const none = await request(writing, writing.owner, file.uuid, { channel: 'LINK' });
  expect(none.errors[0]?.extensions).toMatchObject({ code: 'CONFLICT', reason: 'NO_PHONE' });
  const draft = await openFile(writing, writing.owner, { phones });
  expect(
    (await request(writing, writing.owner, draft.uuid, { channel: 'LINK' })).errors[0]?.extensions.reason,
  ).toBe('NOT_VERIFIED');
  expect((await request(writing, writing.finance, draft.uuid, { channel: 'LINK' })).code).toBe('FORBIDDEN');
  await approve(writing, draft.uuid);
  expect(await linkOf(writing, draft.uuid)).toContain('/confirm/');
});
