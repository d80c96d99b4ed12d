import { count, eq } from 'drizzle-orm';
import { fileHistory } from '../../src/core/changes/changes.table.ts';
import type { Issue } from '../../src/core/errors.ts';
import { encodeId, type IdPrefix, uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { contact } from '../../src/domains/contact/contact.table.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { deal } from '../../src/domains/deal/deal.table.ts';
import { need } from '../../src/domains/need/need.table.ts';
import { type Answer, type StaffName, startTestServer, type TestServerOptions } from './server.ts';

/** An employee with a client that acts for them. */
export interface Colleague {
  id: string;
  write: (mutation: string, input: object, selection: string) => Promise<Outcome>;
}

export interface Outcome {
  /** The payload, null when the mutation failed. */
  // biome-ignore lint/suspicious/noExplicitAny: each test knows what it selected
  payload: any;
  errors: { message: string; extensions: Record<string, unknown> }[];
  code: unknown;
  /** "path code" of each violation. */
  issues: string[];
  /** Fields a FORBIDDEN names, in alphabetical order. */
  refused: string[];
  statementCount: number;
}

/** A company in which `owner` keeps files, `stranger` is another sales person, and the rest have one role each. */
export async function startWriting(options: TestServerOptions = {}) {
  const server = await startTestServer(options);
  const colleague = (name: StaffName): Colleague => {
    const { id, query } = server.as(name);
    return {
      id,
      write: async (mutation, input, selection) => {
        const type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input!`;
        const document = `mutation Write($input: ${type}) { ${mutation}(input: $input) ${selection} }`;
        return outcomeOf(mutation, await query(document, { input }));
      },
    };
  };
  return {
    server,
    db: server.db,
    close: server.close,
    owner: colleague('SALES'),
    stranger: colleague('SALES_2'),
    manager: colleague('MANAGER'),
    steward: colleague('DATA_STEWARD'),
    service: colleague('CUSTOMER_SERVICE'),
    finance: colleague('FINANCE'),
    marketing: colleague('MARKETING'),
    admin: colleague('ADMIN'),
  };
}
export type Writing = Awaited<ReturnType<typeof startWriting>>;

const outcomeOf = (mutation: string, { data, errors, statements }: Answer): Outcome => ({
  payload: data?.[mutation] ?? null,
  errors: errors ?? [],
  code: errors?.[0]?.extensions.code,
  issues: ((errors?.[0]?.extensions.issues ?? []) as Issue[]).map(
    ({ path, code }) => `${path.join('.')} ${code}`,
  ),
  refused: [...((errors?.[0]?.extensions.fields ?? []) as string[])].sort(),
  statementCount: statements,
});

/** An id of the right kind that nothing has. */
export const missingId = (prefix: IdPrefix): string =>
  encodeId(prefix, '01890000-0000-7000-8000-00000000dead');

let opened = 0;

/** A file in the database, its owner's unless told otherwise. */
export async function openFile(
  { db }: Writing,
  owner: Colleague,
  values: Partial<typeof customer.$inferInsert> = {},
) {
  opened += 1;
  const [row] = await db
    .insert(customer)
    .values({ name: `上海第${opened}精密机械有限公司`, ...values, ownerId: uuidOf(owner.id) })
    .returning();
  const { id, version } = row as typeof customer.$inferSelect;
  return { id: encodeId('cus', id), uuid: id, version };
}

/** A contact of a file. */
export async function addContact(
  { db }: Writing,
  customerId: string,
  values: Partial<typeof contact.$inferInsert> = {},
) {
  const [row] = await db
    .insert(contact)
    .values({ name: '王经理', ...values, customerId })
    .returning();
  const { id, version } = row as typeof contact.$inferSelect;
  return { id: encodeId('con', id), uuid: id, version };
}

/** A need of a file. */
export async function addNeed(
  { db }: Writing,
  customerId: string,
  values: Partial<typeof need.$inferInsert> = {},
) {
  const [row] = await db
    .insert(need)
    .values({ item: '自动化生产线改造', ...values, customerId })
    .returning();
  const { id, version } = row as typeof need.$inferSelect;
  return { id: encodeId('need', id), uuid: id, version };
}

/** A deal of a file. */
export async function addDeal(
  { db }: Writing,
  owner: Colleague,
  customerId: string,
  values: Partial<typeof deal.$inferInsert> = {},
) {
  const [row] = await db
    .insert(deal)
    .values({ title: '节能设备', ...values, customerId, ownerId: uuidOf(owner.id) })
    .returning();
  const { id, version } = row as typeof deal.$inferSelect;
  return { id: encodeId('deal', id), uuid: id, version };
}

/** The file as stored. */
export async function fileNow({ db }: Writing, uuid: string) {
  const [row] = await db.select().from(customer).where(eq(customer.id, uuid));
  return row as typeof customer.$inferSelect;
}

/** Lines of history the file has: what "leaves no trace" is measured by. */
export async function traces({ db }: Writing, uuid: string): Promise<number> {
  const [row] = await db.select({ count: count() }).from(fileHistory).where(eq(fileHistory.customerId, uuid));
  return (row as { count: number }).count;
}
