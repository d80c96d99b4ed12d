import { eq } from 'drizzle-orm';
import { eventLog, fileHistory, outbox } from '../../src/core/changes/changes.table.ts';
import { sequence } from '../../src/core/changes/sequencer.ts';
import type { Database } from '../../src/core/database/database.ts';
import { contact } from '../../src/domains/contact/contact.table.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { employee } from '../../src/domains/employee/employee.table.ts';

/** Enters a sales person and returns their id. */
export async function addEmployee(db: Database, name: string): Promise<string> {
  const [row] = await db
    .insert(employee)
    .values({ name, email: `${name}@test.example`, role: 'SALES' })
    .returning();
  return row!.id;
}

/** Opens a file and returns its id. */
export async function addFile(db: Database, ownerId: string, name = '东方机械有限公司'): Promise<string> {
  const [row] = await db.insert(customer).values({ name, ownerId }).returning();
  return row!.id;
}

/** Adds a contact and returns its id. */
export async function addContact(db: Database, customerId: string, name = '张三'): Promise<string> {
  const [row] = await db.insert(contact).values({ customerId, name }).returning();
  return row!.id;
}

export const versionOf = async (db: Database, id: string): Promise<number> => {
  const [row] = await db.select({ version: customer.version }).from(customer).where(eq(customer.id, id));
  return row!.version;
};

/** Events of a file that are committed and not yet sequenced, in order. */
export const outboxOf = (db: Database, customerId: string) =>
  db.select().from(outbox).where(eq(outbox.customerId, customerId)).orderBy(outbox.id);

export const historyOf = (db: Database, customerId: string) =>
  db
    .select()
    .from(fileHistory)
    .where(eq(fileHistory.customerId, customerId))
    .orderBy(fileHistory.version, fileHistory.id, fileHistory.field);

export const wholeLog = (db: Database) => db.select().from(eventLog).orderBy(eventLog.seq);

/** Gives what arranging a test has left behind its place in the log, so that the outbox holds what comes after. */
export const forgetEvents = (db: Database) => sequence(db);
