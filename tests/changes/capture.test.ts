import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { writeAs } from '../../src/core/database/database.ts';
import { contact } from '../../src/domains/contact/contact.table.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { deal } from '../../src/domains/deal/deal.table.ts';
import { accessGrant } from '../../src/domains/grant/access-grant.table.ts';
import { interaction } from '../../src/domains/interaction/interaction.table.ts';
import { need } from '../../src/domains/need/need.table.ts';
import { customerTag, tag } from '../../src/domains/tag/tag.table.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { addContact, addEmployee, addFile, forgetEvents, historyOf, outboxOf, versionOf } from './files.ts';

let database: TestDatabase;
let db: TestDatabase['db'];
let owner: string;
let colleague: string;
let file: string;

beforeAll(async () => {
  database = await createTestDatabase();
  db = database.db;
  owner = await addEmployee(db, 'owner');
  colleague = await addEmployee(db, 'colleague');
});
afterAll(() => database.close());
beforeEach(async () => {
  file = await addFile(db, owner);
  await forgetEvents(db);
});

const tellsOf = async (id = file) => (await outboxOf(db, id)).map(({ type, version }) => ({ type, version }));
const inOneWeek = sql`now() + interval '7 days'`;

test('a new file has the event CREATED with version 1 and its owner, and its history begins with the whole row', async () => {
  const id = await addFile(db, owner, '南方贸易有限公司');
  expect(await outboxOf(db, id)).toMatchObject([
    {
      type: 'CREATED',
      version: 1,
      subject: 'customer',
      subjectId: id,
      fields: [],
      ownerBefore: null,
      ownerAfter: owner,
    },
  ]);
  const [line] = await historyOf(db, id);
  expect(line).toMatchObject({
    operation: 'INSERT',
    field: null,
    oldValue: null,
    newValue: { name: '南方贸易有限公司' },
  });
  expect(line?.newValue).not.toHaveProperty('version');
  expect(line?.newValue).not.toHaveProperty('short_name');
});

test('the event of a changed file has the names of its changed fields, and their values only in the history', async () => {
  await db.update(customer).set({ industry: '制造业', city: '苏州' }).where(eq(customer.id, file));
  expect(await outboxOf(db, file)).toMatchObject([
    { type: 'UPDATED', version: 2, fields: ['city', 'industry'] },
  ]);
  expect((await historyOf(db, file)).slice(1)).toMatchObject([
    { operation: 'UPDATE', field: 'city', oldValue: null, newValue: '苏州', version: 2 },
    { operation: 'UPDATE', field: 'industry', oldValue: null, newValue: '制造业', version: 2 },
  ]);
});

test.each([
  ['handed over', { ownerId: 'colleague' }, 'OWNER_CHANGED'],
  ['archived', { archivedAt: '2026-01-01T00:00:00Z' }, 'ARCHIVED'],
])('a file that is %s says so', async (_what, change, type) => {
  const values = 'ownerId' in change ? { ownerId: colleague } : change;
  await db.update(customer).set(values).where(eq(customer.id, file));
  expect(await tellsOf()).toEqual([{ type, version: 2 }]);
});

test('a handover names both owners', async () => {
  await db.update(customer).set({ ownerId: colleague }).where(eq(customer.id, file));
  expect(await outboxOf(db, file)).toMatchObject([{ ownerBefore: owner, ownerAfter: colleague }]);
});

test('a file taken out of the archive has the event RESTORED', async () => {
  await db.update(customer).set({ archivedAt: '2026-01-01T00:00:00Z' }).where(eq(customer.id, file));
  await db.update(customer).set({ archivedAt: null }).where(eq(customer.id, file));
  expect(await tellsOf()).toEqual([
    { type: 'ARCHIVED', version: 2 },
    { type: 'RESTORED', version: 3 },
  ]);
});

test('a deleted file has one event, for everything that was in it', async () => {
  const contactId = await addContact(db, file);
  await db.insert(interaction).values({
    customerId: file,
    contactId,
    employeeId: owner,
    kind: 'NOTE',
    occurredAt: '2026-01-01T00:00:00Z',
    summary: 'x',
  });
  await forgetEvents(db);
  await db.delete(customer).where(eq(customer.id, file));
  expect(await outboxOf(db, file)).toMatchObject([
    { type: 'REMOVED', version: 4, ownerBefore: owner, ownerAfter: null },
  ]);
});

const parts = {
  contact: {
    types: ['CONTACT_ADDED', 'CONTACT_CHANGED', 'CONTACT_REMOVED'],
    add: () => db.insert(contact).values({ customerId: file, name: '李四' }).returning({ id: contact.id }),
    change: (id: string) => db.update(contact).set({ mobile: '+8613912345678' }).where(eq(contact.id, id)),
    remove: (id: string) => db.delete(contact).where(eq(contact.id, id)),
  },
  interaction: {
    types: ['INTERACTION_LOGGED', 'INTERACTION_CHANGED', 'INTERACTION_REMOVED'],
    add: () =>
      db
        .insert(interaction)
        .values({
          customerId: file,
          employeeId: owner,
          kind: 'VISIT',
          occurredAt: '2026-01-01T00:00:00Z',
          summary: 'x',
        })
        .returning({ id: interaction.id }),
    change: (id: string) =>
      db.update(interaction).set({ outcome: '约定下周再谈' }).where(eq(interaction.id, id)),
    remove: (id: string) => db.delete(interaction).where(eq(interaction.id, id)),
  },
  need: {
    types: ['NEED_ADDED', 'NEED_CHANGED', 'NEED_REMOVED'],
    add: () => db.insert(need).values({ customerId: file, item: '数控机床' }).returning({ id: need.id }),
    change: (id: string) => db.update(need).set({ budgetMin: '500000' }).where(eq(need.id, id)),
    remove: (id: string) => db.delete(need).where(eq(need.id, id)),
  },
  deal: {
    types: ['DEAL_ADDED', 'DEAL_CHANGED', 'DEAL_REMOVED'],
    add: () =>
      db.insert(deal).values({ customerId: file, ownerId: owner, title: '机床' }).returning({ id: deal.id }),
    change: (id: string) => db.update(deal).set({ amount: '10.5' }).where(eq(deal.id, id)),
    remove: (id: string) => db.delete(deal).where(eq(deal.id, id)),
  },
  access_grant: {
    // It ends once: deleting what has ended takes no right away.
    types: ['ACCESS_GRANTED', 'ACCESS_ENDED', 'ACCESS_CHANGED'],
    add: () =>
      db
        .insert(accessGrant)
        .values({
          customerId: file,
          granteeId: colleague,
          classes: ['contact'],
          purpose: '休假代管',
          expiresAt: inOneWeek,
        })
        .returning({ id: accessGrant.id }),
    change: (id: string) => db.update(accessGrant).set({ endedAt: sql`now()` }).where(eq(accessGrant.id, id)),
    remove: (id: string) => db.delete(accessGrant).where(eq(accessGrant.id, id)),
  },
};

test.each(Object.entries(parts))(
  'what happens to a %s in a file has its events in order and raises the version',
  async (subject, part) => {
    const [row] = await part.add();
    await part.change(row!.id);
    await part.remove(row!.id);
    const events = await outboxOf(db, file);
    expect(events.map(({ type }) => type)).toEqual(part.types);
    expect(events.map(({ version }) => version)).toEqual([2, 3, 4]);
    expect(events.every((event) => event.subject === subject && event.subjectId === row!.id)).toBe(true);
    expect(events.every(({ ownerBefore, ownerAfter }) => ownerBefore === owner && ownerAfter === owner)).toBe(
      true,
    );
    expect(await versionOf(db, file)).toBe(4);
    expect((await historyOf(db, file)).slice(1).map(({ operation }) => operation)).toEqual([
      'INSERT',
      'UPDATE',
      'DELETE',
    ]);
  },
);

test('tags have events when they are put on and taken off, also when an assignment is edited in place', async () => {
  const [blue, red] = await db
    .insert(tag)
    .values([{ value: `蓝${file}` }, { value: `红${file}` }])
    .returning();
  await db.insert(customerTag).values({ customerId: file, tagId: blue!.id });
  await db.update(customerTag).set({ tagId: red!.id }).where(eq(customerTag.customerId, file));
  await db.delete(customerTag).where(eq(customerTag.customerId, file));
  expect((await outboxOf(db, file)).map(({ type, subjectId }) => ({ type, subjectId }))).toEqual([
    { type: 'TAGGED', subjectId: blue!.id },
    { type: 'UNTAGGED', subjectId: blue!.id },
    { type: 'TAGGED', subjectId: red!.id },
    { type: 'UNTAGGED', subjectId: red!.id },
  ]);
});

test('a change of rights names the employee whose rights changed, and leaves the time of the last change alone', async () => {
  const [before] = await db.select().from(customer).where(eq(customer.id, file));
  await parts.access_grant.add();
  expect(await outboxOf(db, file)).toMatchObject([
    { type: 'ACCESS_GRANTED', granteeId: colleague, version: 2 },
  ]);
  const [after] = await db.select().from(customer).where(eq(customer.id, file));
  expect(after?.updatedAt).toBe(before?.updatedAt);
});

test('a contact that moves to another file leaves the one and comes into the other', async () => {
  const contactId = await addContact(db, file);
  const other = await addFile(db, colleague);
  await forgetEvents(db);
  await db.update(contact).set({ customerId: other }).where(eq(contact.id, contactId));
  expect(await outboxOf(db, file)).toMatchObject([
    { type: 'CONTACT_REMOVED', version: 3, ownerAfter: owner },
  ]);
  expect(await outboxOf(db, other)).toMatchObject([
    { type: 'CONTACT_ADDED', version: 2, ownerAfter: colleague },
  ]);
});

test('removing a contact also has events of the interactions that named it', async () => {
  const contactId = await addContact(db, file);
  await db.insert(interaction).values({
    customerId: file,
    contactId,
    employeeId: owner,
    kind: 'NOTE',
    occurredAt: '2026-01-01T00:00:00Z',
    summary: 'x',
  });
  await forgetEvents(db);
  await db.delete(contact).where(eq(contact.id, contactId));
  expect((await outboxOf(db, file)).map(({ type }) => type).sort()).toEqual([
    'CONTACT_REMOVED',
    'INTERACTION_CHANGED',
  ]);
});

test('an update that changes nothing leaves no trace', async () => {
  const contactId = await addContact(db, file);
  await forgetEvents(db);
  const history = (await historyOf(db, file)).length;
  await db.update(customer).set({ name: sql`name` }).where(eq(customer.id, file));
  await db.update(contact).set({ name: '张三', title: null }).where(eq(contact.id, contactId));
  expect(await outboxOf(db, file)).toEqual([]);
  expect(await historyOf(db, file)).toHaveLength(history);
  expect(await versionOf(db, file)).toBe(2);
});

test('nobody can set version, time of change or last interaction by hand', async () => {
  await db
    .update(customer)
    .set({ version: 77, updatedAt: '2001-01-01T00:00:00Z', lastInteractionAt: '2001-01-01T00:00:00Z' })
    .where(eq(customer.id, file));
  const [row] = await db.select().from(customer).where(eq(customer.id, file));
  expect(row).toMatchObject({ version: 1, lastInteractionAt: null });
  expect(row?.updatedAt.startsWith('2001')).toBe(false);
  expect(await outboxOf(db, file)).toEqual([]);
});

test('the last interaction follows the latest one there is', async () => {
  const last = async () => {
    const [row] = await db.select().from(customer).where(eq(customer.id, file));
    return row?.lastInteractionAt?.slice(0, 10) ?? null;
  };
  const log = async (day: string) => {
    const values = {
      customerId: file,
      employeeId: owner,
      kind: 'NOTE' as const,
      occurredAt: `${day}T08:00:00Z`,
      summary: 'x',
    };
    const [row] = await db.insert(interaction).values(values).returning();
    return row!.id;
  };
  await log('2026-01-10');
  const latest = await log('2026-03-01');
  await log('2026-02-01');
  expect(await last()).toBe('2026-03-01');
  await db.update(interaction).set({ occurredAt: '2026-01-01T00:00:00Z' }).where(eq(interaction.id, latest));
  expect(await last()).toBe('2026-02-01');
  await db.delete(interaction).where(eq(interaction.customerId, file));
  expect(await last()).toBe(null);
});

test('a change carries its actor, source and request, and the next one on the connection does not', async () => {
  await writeAs(db, { actorId: colleague, source: 'API', requestId: 'r-1' }, (tx) =>
    tx.update(customer).set({ city: '无锡' }).where(eq(customer.id, file)),
  );
  await db.update(customer).set({ city: '常州' }).where(eq(customer.id, file));
  const expected = [
    { actorId: colleague, source: 'API', requestId: 'r-1' },
    { actorId: null, source: 'SQL', requestId: null },
  ];
  expect(await outboxOf(db, file)).toMatchObject(expected);
  expect((await historyOf(db, file)).slice(1)).toMatchObject(expected);
});

test('a change that is rolled back leaves nothing', async () => {
  const attempt = db.transaction(async (tx) => {
    await tx.update(customer).set({ city: '无锡' }).where(eq(customer.id, file));
    throw new Error('changed my mind');
  });
  await expect(attempt).rejects.toThrow('changed my mind');
  expect(await outboxOf(db, file)).toEqual([]);
  expect(await versionOf(db, file)).toBe(1);
});

test('truncate is refused, because it would leave no trace', async () => {
  await expect(db.execute(sql`truncate interaction`)).rejects.toThrow();
});
