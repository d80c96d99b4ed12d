import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  addContact,
  addNeed,
  fileNow,
  openFile,
  startWriting,
  traces,
  type Writing,
} from '../support/writing.ts';
import {
  approve,
  confirmedIn,
  openVerified,
  request,
  spoken,
  verificationFor,
} from './confirmation-world.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

const selection = '{ customer { verificationState version } }';

test('what a customer said is recorded with who, when and how, in the history and as an event', async () => {
  const file = await openVerified(writing);
  const { payload, errors } = await request(writing, writing.owner, file.uuid, spoken('CONFIRMED'));
  expect(errors).toEqual([]);
  expect(payload.customer.verificationState).toBe('CONFIRMED');
  const { answer } = await verificationFor(writing, 'MANAGER', file.id);
  expect(answer).toMatchObject({
    state: 'CONFIRMED',
    channel: 'RECORDED',
    way: 'SPOKEN',
    evidence: '王经理来电',
    recordedBy: { id: writing.owner.id },
  });
  expect(Date.now() - Date.parse(answer.answeredAt)).toBeLessThan(60_000);
  expect((await verificationFor(writing, 'ANALYST', file.id)).answer.evidence).toBeNull();
  const { data } = await writing.server.as('MANAGER').query(`{ customer(id: "${file.id}") {
    history(field: "verificationState", first: 1) { nodes { newValue actor { id } } } } }`);
  expect(data.customer.history.nodes).toEqual([{ newValue: 'CONFIRMED', actor: { id: writing.owner.id } }]);
  await writing.db.execute(sql`select sequence_events(1000000)`);
  const events = await writing.db.execute(
    sql`select type, fields from event_log where customer_id = ${file.uuid} order by seq desc limit 1`,
  );
  expect(JSON.stringify(events)).toContain('verification_state');
});

test('a confirmed value that changes is not confirmed any more, that value alone, on whatever path', async () => {
  const file = await openVerified(writing, { industry: '制造业', address: '科技路1号', creditGrade: 'A' });
  const contact = await addContact(writing, file.uuid, { mobile: '+8613812345678', birthday: '1980-01-01' });
  await addNeed(writing, file.uuid);
  await request(writing, writing.owner, file.uuid, spoken('CONFIRMED'));
  const all = ['address', 'industry', 'legalRepresentative', 'mobile', 'name', 'name'];
  const confirmed = async () => confirmedIn(await verificationFor(writing, 'MANAGER', file.id));
  expect(await confirmed()).toEqual(all);
  const { version: expectedVersion } = await fileNow(writing, file.uuid);
  await writing.owner.write(
    'updateCustomer',
    { id: file.id, expectedVersion, address: '科技路2号' },
    selection,
  );
  await writing.db.execute(sql`update contact set mobile = '+8613912345678' where id = ${contact.uuid}`);
  expect(await confirmed()).toEqual(['industry', 'legalRepresentative', 'name', 'name']);
  // Written back as it was, it is not confirmed for that; nor is what came later.
  await writing.db.execute(sql`update contact set mobile = '+8613812345678' where id = ${contact.uuid}`);
  await addContact(writing, file.uuid, { name: '李经理' });
  expect(await confirmed()).toEqual(['industry', 'legalRepresentative', 'name', 'name']);
  expect((await fileNow(writing, file.uuid)).verificationState).toBe('CONFIRMED');
  // Until the customer is heard again.
  await request(writing, writing.owner, file.uuid, spoken('CONFIRMED'));
  expect(await confirmed()).toEqual([...all, 'name'].sort());
  expect((await request(writing, writing.owner, file.uuid, spoken('DISPUTED', '不认识'))).errors).toEqual([]);
  expect(await confirmed()).toEqual([]);
  const rows = await writing.db.execute<{ state: string }>(
    sql`select count(*)::int as count, count(ended_at)::int as ended from confirmed_value where customer_id = ${file.uuid}`,
  );
  expect(rows[0]).toEqual({ count: all.length * 2 + 1, ended: all.length * 2 + 1 });
});

test('an answer is taken of a verified file alone, from who may write its state, of what they have seen', async () => {
  const draft = await openFile(writing, writing.owner);
  const early = await request(writing, writing.owner, draft.uuid, spoken('CONFIRMED'));
  expect(early.errors[0]?.extensions).toMatchObject({ code: 'CONFLICT', reason: 'NOT_VERIFIED' });
  const file = await openVerified(writing);
  const { version } = await fileNow(writing, file.uuid);
  for (const [who, code] of [
    [writing.stranger, 'NOT_FOUND'],
    [writing.service, 'FORBIDDEN'],
    [writing.marketing, 'FORBIDDEN'],
    [writing.finance, 'FORBIDDEN'],
  ] as const)
    expect((await request(writing, who, file.uuid, spoken('CONFIRMED'))).code).toBe(code);
  await addContact(writing, file.uuid);
  const input = { id: file.id, expectedVersion: version, ...spoken('CONFIRMED') };
  expect((await writing.owner.write('requestConfirmation', input, selection)).code).toBe('CONFLICT');
  expect((await request(writing, writing.manager, file.uuid, spoken('DISPUTED'))).errors).toEqual([]);
  await writing.db.execute(sql`update customer set archived_at = now() where id = ${file.uuid}`);
  const archived = await request(writing, writing.owner, file.uuid, spoken('CONFIRMED'));
  expect(archived.errors[0]?.extensions).toMatchObject({ code: 'CONFLICT', archived: true });
});

test('the same record twice leaves one trace, and a wrong one names every violation and changes nothing', async () => {
  const file = await openVerified(writing);
  const { version: expectedVersion } = await fileNow(writing, file.uuid);
  const input = { id: file.id, expectedVersion, ...spoken('CONFIRMED') };
  const first = await writing.owner.write('requestConfirmation', input, selection);
  const before = await traces(writing, file.uuid);
  const again = await writing.owner.write('requestConfirmation', input, selection);
  expect([again.payload, again.errors]).toEqual([first.payload, []]);
  expect(await traces(writing, file.uuid)).toBe(before);
  const wrong = { channel: 'RECORDED', answer: 'VERIFIED', way: 'PAGE', evidence: ' ' };
  expect((await request(writing, writing.owner, file.uuid, wrong)).issues.sort()).toEqual([
    'input.answer ANSWER_STATE',
    'input.evidence TEXT_REQUIRED',
    'input.way NOT_RECORDED',
  ]);
  expect((await request(writing, writing.owner, file.uuid, { channel: 'RECORDED' })).issues.sort()).toEqual([
    'input.answer VALUE_REQUIRED',
    'input.evidence VALUE_REQUIRED',
    'input.way VALUE_REQUIRED',
  ]);
  expect(await traces(writing, file.uuid)).toBe(before);
});

test('an answer takes as many statements for a file with thirty contacts as for one with none, and is kept, psql included', async () => {
  const small = await openVerified(writing);
  const large = await openVerified(writing);
  for (let i = 0; i < 30; i += 1) await addContact(writing, large.uuid, { mobile: `+86138123456${10 + i}` });
  const counts = [];
  for (const { uuid } of [small, large]) {
    const { statementCount } = await request(writing, writing.owner, uuid, spoken('CONFIRMED'));
    counts.push(statementCount);
  }
  expect(counts[0]).toBe(counts[1]);
  for (const statement of [
    sql`update confirmed_value set column_name = 'fax' where customer_id = ${small.uuid}`,
    sql`update verification_step set way = 'SIGNED' where customer_id = ${small.uuid}`,
    sql`insert into verification_step (customer_id, state) values (${small.uuid}, 'DISPUTED')`,
  ])
    await expect(writing.db.execute(statement)).rejects.toThrow();
  await approve(writing, small.uuid);
  expect((await verificationFor(writing, 'MANAGER', small.id)).answer).toBeNull();
  expect(confirmedIn(await verificationFor(writing, 'MANAGER', small.id))).toContain('name');
});
