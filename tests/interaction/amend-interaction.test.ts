import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { accessGrant } from '../../src/domains/grant/access-grant.table.ts';
import { interaction } from '../../src/domains/interaction/interaction.table.ts';
import {
  addContact,
  type Colleague,
  fileNow,
  openFile,
  startWriting,
  type Writing,
} from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

const update = (by: Colleague, id: string, values: object = { summary: '拜访，改正' }, expectedVersion = 1) =>
  by.write('updateInteraction', { id, expectedVersion, ...values }, '{ interaction { id summary version } }');
const remove = (by: Colleague, id: string) =>
  by.write('deleteInteraction', { id, expectedVersion: 1 }, '{ interactionId customer { id } }');

/** Logs a visit, entered so many hours and milliseconds ago. */
async function logged(by: Colleague, customerId: string, age: string | null = null): Promise<string> {
  const { payload } = await by.write(
    'logInteraction',
    { customerId, kind: 'VISIT', occurredAt: '2024-03-15T14:30:00+08:00', summary: '拜访' },
    '{ interaction { id } }',
  );
  const { id } = payload.interaction;
  if (age !== null) {
    await writing.db.transaction(async (tx) => {
      await tx.execute(sql`set local session_replication_role = replica`);
      await tx.execute(
        sql`update interaction set created_at = now() - ${age}::interval where id = ${uuidOf(id)}`,
      );
    });
  }
  return id;
}

const stored = async (id: string) =>
  (
    await writing.db
      .select()
      .from(interaction)
      .where(eq(interaction.id, uuidOf(id)))
  )[0];

test('what one recorded can be corrected for a day, and removed; the file is dated again', async () => {
  const file = await openFile(writing, writing.owner);
  const [kept, wrong] = [
    await logged(writing.owner, file.id, '23 hours 59 minutes'),
    await logged(writing.owner, file.id),
  ];
  const { payload } = await update(writing.owner, kept, {
    occurredAt: '2024-03-10T00:00:00Z',
    nextStep: null,
  });
  expect(payload.interaction.version).toBe(2);
  expect((await remove(writing.owner, wrong)).payload).toEqual({
    interactionId: wrong,
    customer: { id: file.id },
  });
  expect(await stored(wrong)).toBeUndefined();
  const { lastInteractionAt } = await fileNow(writing, file.uuid);
  expect(Date.parse(lastInteractionAt as string)).toBe(Date.parse('2024-03-10T00:00:00Z'));
});

test('after a day it is closed to its author, and open to a manager and a steward', async () => {
  const file = await openFile(writing, writing.owner);
  const id = await logged(writing.owner, file.id, '24 hours');
  for (const act of [update, remove]) {
    const { errors } = await act(writing.owner, id);
    expect(errors[0]?.extensions).toEqual({ code: 'FORBIDDEN', reason: 'RECORD_CLOSED' });
    expect(errors[0]?.message).toBe('You may change what you recorded for 24 hours; later a manager may.');
  }
  expect((await update(writing.manager, id)).payload.interaction.summary).toBe('拜访，改正');
  expect((await update(writing.steward, id, { summary: '拜访，再改正' }, 2)).code).toBeUndefined();
});

test('customer service corrects its own on every file, and no colleague’s', async () => {
  const file = await openFile(writing, writing.owner);
  const [own, others] = [await logged(writing.service, file.id), await logged(writing.owner, file.id)];
  expect((await update(writing.service, own)).code).toBeUndefined();
  const { errors } = await update(writing.service, others);
  expect(errors[0]?.extensions).toEqual({ code: 'FORBIDDEN', reason: 'NOT_AUTHOR' });
});

test('the owner of a file does not rewrite what service recorded on it', async () => {
  const file = await openFile(writing, writing.owner);
  const id = await logged(writing.service, file.id);
  for (const act of [update, remove])
    expect((await act(writing.owner, id)).errors[0]?.extensions).toMatchObject({ reason: 'NOT_AUTHOR' });
});

test('whoever has lost the file does not reach their record any more, and only reads it by a grant', async () => {
  const file = await openFile(writing, writing.owner);
  const id = await logged(writing.owner, file.id);
  await writing.db.execute(
    sql`update customer set owner_id = ${uuidOf(writing.stranger.id)} where id = ${file.uuid}`,
  );
  expect((await update(writing.owner, id)).code).toBe('NOT_FOUND');
  await writing.db.insert(accessGrant).values({
    customerId: file.uuid,
    granteeId: uuidOf(writing.owner.id),
    classes: ['business'],
    purpose: '交接',
    expiresAt: '2999-01-01T00:00:00Z',
  });
  for (const act of [update, remove]) expect((await act(writing.owner, id)).code).toBe('FORBIDDEN');
});

test('a record of an archived file is corrected as it was made', async () => {
  const file = await openFile(writing, writing.owner, { archivedAt: '2024-01-01T00:00:00Z' });
  const id = await logged(writing.owner, file.id);
  expect((await update(writing.owner, id)).code).toBeUndefined();
});

test('a correction meets the standards of an entry', async () => {
  const [file, other] = [await openFile(writing, writing.owner), await openFile(writing, writing.owner)];
  const con = await addContact(writing, other.uuid);
  const id = await logged(writing.owner, file.id);
  const wrong = { occurredAt: '2999-01-01T00:00:00Z', kind: null, contactId: con.id };
  expect((await update(writing.owner, id, wrong)).issues.sort()).toEqual([
    'input.contactId CONTACT_NOT_OF_CUSTOMER',
    'input.kind VALUE_REQUIRED',
    'input.occurredAt OCCURRED_IN_FUTURE',
  ]);
});

test('two who correct and remove a record at once: one gets the error that it changed or is gone', async () => {
  const file = await openFile(writing, writing.owner);
  const id = await logged(writing.owner, file.id);
  const codes = (await Promise.all([update(writing.owner, id), remove(writing.manager, id)])).map(
    ({ code }) => code,
  );
  expect([...codes].sort()).toEqual([(await stored(id)) ? 'CONFLICT' : 'NOT_FOUND', undefined]);
});
