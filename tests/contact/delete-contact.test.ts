import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Role } from '../../src/core/access/role.ts';
import type { Viewer } from '../../src/core/access/viewer.ts';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { writesOf } from '../../src/core/part/writes-of.ts';
import { initialSettings } from '../../src/core/settings/settings.ts';
import { contactModel } from '../../src/domains/contact/contact.model.ts';
import { contact } from '../../src/domains/contact/contact.table.ts';
import { contactWrites } from '../../src/domains/contact/contact.write.ts';
import { interaction } from '../../src/domains/interaction/interaction.table.ts';
import {
  addContact,
  type Colleague,
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

const remove = (by: Colleague, input: object) =>
  by.write('deleteContact', input, '{ contactId customer { id version } }');

test('a contact goes, what was recorded with them stays', async () => {
  const file = await openFile(writing, writing.owner);
  const con = await addContact(writing, file.uuid);
  await writing.db.insert(interaction).values({
    customerId: file.uuid,
    contactId: con.uuid,
    employeeId: uuidOf(writing.owner.id),
    kind: 'VISIT',
    occurredAt: '2024-01-01T00:00:00Z',
    summary: '拜访',
  });
  const { payload } = await remove(writing.owner, { id: con.id, expectedVersion: con.version });
  expect(payload).toMatchObject({ contactId: con.id, customer: { id: file.id } });
  expect(await writing.db.select().from(contact).where(eq(contact.id, con.uuid))).toEqual([]);
  const kept = await writing.db.select().from(interaction).where(eq(interaction.customerId, file.uuid));
  expect(kept).toMatchObject([{ contactId: null, summary: '拜访' }]);
});

test('in place of a primary contact that is deleted comes the one entered first of those left', async () => {
  const file = await openFile(writing, writing.owner);
  const add = (name: string, isPrimary: boolean, day: number) =>
    addContact(writing, file.uuid, { name, isPrimary, createdAt: `2024-01-0${day}T00:00:00Z` });
  const last = await add('丙', false, 3);
  const next = await add('乙', false, 2);
  const first = await add('甲', true, 1);
  const now = async () => {
    const rows = await writing.db.select().from(contact).where(eq(contact.customerId, file.uuid));
    return rows.filter(({ isPrimary }) => isPrimary).map(({ name }) => name);
  };
  await remove(writing.owner, { id: first.id, expectedVersion: 1 });
  expect(await now()).toEqual(['乙']);
  await remove(writing.owner, { id: last.id, expectedVersion: 1 });
  expect(await now()).toEqual(['乙']);
  await remove(writing.owner, { id: next.id, expectedVersion: 2 });
  expect(await now()).toEqual([]);
});

test('a file whose contacts are none of them primary stays so when one of them is deleted', async () => {
  const file = await openFile(writing, writing.owner);
  const [gone] = [await addContact(writing, file.uuid), await addContact(writing, file.uuid)];
  await remove(writing.owner, { id: gone.id, expectedVersion: 1 });
  const rows = await writing.db.select().from(contact).where(eq(contact.customerId, file.uuid));
  expect(rows).toMatchObject([{ isPrimary: false, version: 1 }]);
});

test('deleting twice finds nothing the second time', async () => {
  const file = await openFile(writing, writing.owner);
  const con = await addContact(writing, file.uuid);
  const input = { id: con.id, expectedVersion: con.version };
  const outcomes = await Promise.all([remove(writing.owner, input), remove(writing.owner, input)]);
  expect(outcomes.map(({ code }) => code).sort()).toEqual(['NOT_FOUND', undefined]);
});

test('a stale version is refused with the current one, and the contact stays', async () => {
  const file = await openFile(writing, writing.owner);
  const con = await addContact(writing, file.uuid);
  const { errors } = await remove(writing.owner, { id: con.id, expectedVersion: 5 });
  expect(errors[0]?.extensions).toMatchObject({ code: 'CONFLICT', currentVersion: 1 });
  expect(await writing.db.select().from(contact).where(eq(contact.id, con.uuid))).toHaveLength(1);
});

test('who may not change a contact may not delete one', async () => {
  const file = await openFile(writing, writing.owner);
  const con = await addContact(writing, file.uuid);
  for (const colleague of [writing.service, writing.finance, writing.marketing]) {
    expect((await remove(colleague, { id: con.id, expectedVersion: 1 })).code).toBe('FORBIDDEN');
  }
});

test('a part that does not say what deleting it takes is deleted by those who may change all of it', async () => {
  const { deletedWith: _, ...rules } = contactWrites.rules;
  const writes = writesOf(contactModel, rules);
  const file = await openFile(writing, writing.owner);
  const con = await addContact(writing, file.uuid);
  const removeAs = (id: string, role: Role) => {
    const viewer = { id: uuidOf(id), role, leads: [] as string[], groups: [] } as unknown as Viewer;
    const actor = {
      viewer,
      now: new Date(),
      settings: initialSettings,
      timeZone: 'Asia/Shanghai',
      currency: 'CNY',
      requestId: 'delete-contact',
    };
    return writes.remove(writing.db, actor, [{ id: con.id, expectedVersion: 1 }]);
  };
  await expect(removeAs(writing.finance.id, 'FINANCE')).rejects.toMatchObject({
    extensions: { code: 'FORBIDDEN' },
  });
  expect(await removeAs(writing.owner.id, 'SALES')).toMatchObject([{ id: con.uuid }]);
});

test('a contact of a stranger’s file and a missing contact answer alike', async () => {
  const file = await openFile(writing, writing.owner);
  const con = await addContact(writing, file.uuid);
  const foreign = await remove(writing.stranger, { id: con.id, expectedVersion: 1 });
  const missing = await remove(writing.stranger, { id: missingId('con'), expectedVersion: 1 });
  expect(foreign.code).toBe('NOT_FOUND');
  expect(foreign.errors).toEqual(missing.errors);
});

test('an id of another kind is refused', async () => {
  expect((await remove(writing.owner, { id: missingId('cus'), expectedVersion: 1 })).issues).toEqual([
    'input.id WRONG_ID_KIND',
  ]);
});

test('the number of statements does not depend on how many contacts there are', async () => {
  const file = await openFile(writing, writing.owner);
  const [first, second] = [await addContact(writing, file.uuid), await addContact(writing, file.uuid)];
  const one = await remove(writing.owner, { id: first.id, expectedVersion: 1 });
  for (let i = 0; i < 20; i++) await addContact(writing, file.uuid);
  const two = await remove(writing.owner, { id: second.id, expectedVersion: 1 });
  expect(two.statementCount).toBe(one.statementCount);
});
