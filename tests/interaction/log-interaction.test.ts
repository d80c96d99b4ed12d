import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { accessGrant } from '../../src/domains/grant/access-grant.table.ts';
import { InteractionKind, interaction } from '../../src/domains/interaction/interaction.table.ts';
import {
  addContact,
  type Colleague,
  fileNow,
  missingId,
  openFile,
  startWriting,
  type Writing,
} from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

const log = (by: Colleague, input: object) =>
  by.write(
    'logInteraction',
    input,
    '{ interaction { id kind summary occurredAt contact { id } employee { id } customer { version lastInteractionAt } } }',
  );

const visit = {
  kind: 'VISIT',
  occurredAt: '2024-03-15T14:30:00+08:00',
  summary: '拜访,谈到设备售后响应速度',
};

test('an exchange is recorded as the viewer’s own and dates the file', async () => {
  const file = await openFile(writing, writing.owner);
  const con = await addContact(writing, file.uuid);
  const { payload } = await log(writing.owner, { ...visit, customerId: file.id, contactId: con.id });
  expect(payload.interaction).toMatchObject({
    summary: visit.summary,
    contact: { id: con.id },
    employee: { id: writing.owner.id },
    customer: { version: file.version + 2 },
  });
  expect(Date.parse(payload.interaction.customer.lastInteractionAt)).toBe(Date.parse(visit.occurredAt));
});

test('customer service records on every file, though it edits none', async () => {
  const file = await openFile(writing, writing.owner);
  const { payload } = await log(writing.service, { ...visit, customerId: file.id, kind: 'COMPLAINT' });
  expect(payload.interaction.employee.id).toBe(writing.service.id);
});

test('finance and marketing record reports on any file, and nothing else', async () => {
  const file = await openFile(writing, writing.owner);
  const report = { ...visit, customerId: file.id, kind: 'REPORT' };
  for (const colleague of [writing.finance, writing.marketing]) {
    const { payload } = await log(colleague, report);
    expect(payload.interaction).toMatchObject({ kind: 'REPORT', employee: { id: colleague.id } });
    for (const kind of Object.values(InteractionKind).filter((one) => one !== 'REPORT')) {
      const { errors } = await log(colleague, { ...report, kind });
      expect(errors[0]?.extensions).toEqual({ code: 'FORBIDDEN', fields: ['kind'] });
      expect(errors[0]?.message).toBe('You may record REPORT only.');
    }
  }
});

test('a report stays one in the hands of marketing, and what they recorded in another post is closed to them', async () => {
  const file = await openFile(writing, writing.owner);
  const { payload } = await log(writing.marketing, { ...visit, customerId: file.id, kind: 'REPORT' });
  const update = (id: string, values: object) =>
    writing.marketing.write(
      'updateInteraction',
      { id, expectedVersion: 1, ...values },
      '{ interaction { summary } }',
    );
  const { id } = payload.interaction;
  expect((await update(id, { kind: 'NOTE' })).refused).toEqual(['kind']);
  expect((await update(id, { summary: '市场分析' })).payload.interaction.summary).toBe('市场分析');
  const former = await log(writing.manager, { ...visit, customerId: file.id });
  await writing.db
    .update(interaction)
    .set({ employeeId: uuidOf(writing.marketing.id) })
    .where(eq(interaction.id, uuidOf(former.payload.interaction.id)));
  expect((await update(former.payload.interaction.id, { kind: 'REPORT' })).refused).toEqual(['kind']);
});

test('a grant lets one read, never record', async () => {
  const file = await openFile(writing, writing.owner);
  await writing.db.insert(accessGrant).values({
    customerId: file.uuid,
    granteeId: uuidOf(writing.stranger.id),
    classes: ['business'],
    purpose: '代班',
    expiresAt: '2999-01-01T00:00:00Z',
  });
  expect((await log(writing.stranger, { ...visit, customerId: file.id })).code).toBe('FORBIDDEN');
});

test('a stranger’s file and a missing file answer alike', async () => {
  const file = await openFile(writing, writing.owner);
  const foreign = await log(writing.stranger, { ...visit, customerId: file.id });
  const missing = await log(writing.stranger, { ...visit, customerId: missingId('cus') });
  expect(foreign.code).toBe('NOT_FOUND');
  expect(foreign.errors).toEqual(missing.errors);
});

test('all violations are named at once, among them another customer’s contact', async () => {
  const [file, other] = [await openFile(writing, writing.owner), await openFile(writing, writing.owner)];
  const con = await addContact(writing, other.uuid);
  const input = { kind: 'NOTE', occurredAt: '2999-01-01T00:00:00Z', summary: ' ', outcome: 'x'.repeat(2001) };
  const { issues } = await log(writing.owner, { ...input, customerId: file.id, contactId: con.id });
  expect(issues.sort()).toEqual([
    'input.contactId CONTACT_NOT_OF_CUSTOMER',
    'input.occurredAt OCCURRED_IN_FUTURE',
    'input.outcome TEXT_TOO_LONG',
    'input.summary TEXT_REQUIRED',
  ]);
});

test('another customer’s contact and a missing contact answer alike', async () => {
  const [file, other] = [await openFile(writing, writing.owner), await openFile(writing, writing.stranger)];
  const con = await addContact(writing, other.uuid);
  const foreign = await log(writing.owner, { ...visit, customerId: file.id, contactId: con.id });
  const missing = await log(writing.owner, { ...visit, customerId: file.id, contactId: missingId('con') });
  expect(foreign.errors).toEqual(missing.errors);
});

test('an archived file takes records', async () => {
  const file = await openFile(writing, writing.owner, { archivedAt: '2024-01-01T00:00:00Z' });
  expect((await log(writing.service, { ...visit, customerId: file.id })).code).toBeUndefined();
});

test('the same key again returns the first record, also ten at once', async () => {
  const file = await openFile(writing, writing.owner);
  const input = { ...visit, customerId: file.id, idempotencyKey: 'i-1' };
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => log(writing.owner, input)));
  expect(new Set(outcomes.map(({ payload }) => payload.interaction.id)).size).toBe(1);
  const stored = await writing.db.select().from(interaction).where(eq(interaction.customerId, file.uuid));
  expect(stored).toHaveLength(1);
  expect((await fileNow(writing, file.uuid)).version).toBe(file.version + 1);
});

test('the number of statements does not depend on how many records there are', async () => {
  const file = await openFile(writing, writing.owner);
  const first = await log(writing.owner, { ...visit, customerId: file.id });
  for (let i = 0; i < 20; i++) await log(writing.owner, { ...visit, customerId: file.id });
  const last = await log(writing.owner, { ...visit, customerId: file.id });
  expect(last.statementCount).toBe(first.statementCount);
});
