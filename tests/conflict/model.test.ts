import { eq, sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeAs } from '../../src/core/database/database.ts';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { contact } from '../../src/domains/contact/contact.table.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { deal } from '../../src/domains/deal/deal.table.ts';
import { dealWrites } from '../../src/domains/deal/deal.write.ts';
import { accessGrant } from '../../src/domains/grant/access-grant.table.ts';
import {
  addContact,
  addDeal,
  type Outcome,
  openFile,
  startWriting,
  type Writing,
} from '../support/writing.ts';
import { conflictsOf, logCall } from './conflicts.ts';
import { FileModel, RowModel } from './file-model.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

type Values = Record<string, unknown>;
const subset = (fields: Record<string, fc.Arbitrary<unknown>>) => fc.record(fields, { requiredKeys: [] });
const inFile = subset({
  region: fc.constantFrom('EAST_CHINA', 'SOUTH_CHINA'),
  province: fc.constantFrom(null, '江苏省'),
  city: fc.constantFrom(null, '苏州市', '无锡市'),
  address: fc.constantFrom('1号', '2号'),
  employeeCount: fc.constantFrom(5, 6),
  annualRevenue: fc.constantFrom('5', '5.0', '6'),
});
const inDeal = subset({
  product: fc.constantFrom('空压机', null),
  amount: fc.constantFrom('5', '5.00', '6', null),
  contractAmount: fc.constantFrom('5', null),
  currency: fc.constantFrom('CNY', 'USD'),
});
const inContact = subset({
  title: fc.constantFrom('总监', null),
  department: fc.constantFrom('采购部', '财务部'),
});

const editor = fc.constantFrom('owner' as const, 'manager' as const);
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('read' as const), editor }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('file' as const), editor, input: inFile }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('deal' as const), editor, input: inDeal }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('contact' as const), editor, input: inContact }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('retry' as const), editor }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('archive' as const), editor, archived: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), editor }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('import' as const), input: inDeal }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('sql' as const), input: inFile }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('call' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('contacts' as const), count: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('grant' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('recall' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('sequence' as const), atMost: fc.integer({ min: 1, max: 5 }) }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
type Editor = 'owner' | 'manager';
type Sent = { kind: 'file' | 'deal' | 'contact' | 'archive' | 'delete'; version: number; input: Values };

/** As stored: amounts have two decimals. */
const stored = (input: Values): Values =>
  Object.fromEntries(
    Object.entries(input).map(([field, value]) => [
      field,
      /amount|revenue/i.test(field) && value !== null ? Number(value).toFixed(2) : value,
    ]),
  );

/** What the model says of a write: null where it is taken, else why not. */
function expected(model: FileModel, { kind, version, input }: Sent, actor: string): string | null {
  if (kind === 'archive') {
    if (input.archived === model.isArchived) return null;
    if (model.changedAt > version) return 'CONFLICT';
    model.isArchived = input.archived as boolean;
    model.count();
    return null;
  }
  if (kind === 'delete') {
    if (model.contact.isGone) return 'NOT_FOUND';
    if (model.contact.version > version) return 'CONFLICT';
    if (model.isArchived) return 'ARCHIVED';
    model.contact.isGone = true;
    model.count();
    return null;
  }
  const row = model[kind];
  if (row.isGone) return 'NOT_FOUND';
  const found = row.conflicts(stored(input), version);
  if (found.length > 0) return `CONFLICT ${found.join()}`;
  if (model.isArchived) return 'ARCHIVED';
  if (kind === 'file') model.setFile(stored(input), actor);
  else model.setPart(row, stored(input), actor);
  return null;
}

/** The same of what the API answered. */
function answered(outcome: Outcome, kind: Sent['kind']): string | null {
  const { code, errors } = outcome;
  if (code === undefined) return null;
  if (code !== 'CONFLICT') return code as string;
  if (errors[0]?.extensions.archived) return 'ARCHIVED';
  if (kind === 'archive' || kind === 'delete') return 'CONFLICT';
  const found = conflictsOf(outcome).map(
    ({ field, actor }) => `${field} by ${(actor as { id: string } | null)?.id ?? null}`,
  );
  return `CONFLICT ${found.sort().join()}`;
}

async function play(steps: readonly Step[]): Promise<void> {
  const { db } = writing;
  const first = { region: 'EAST_CHINA', address: '1号', employeeCount: 5 } as const;
  // Outside of China, no region follows from a province.
  const file = await openFile(writing, writing.owner, { ...first, country: 'DE' });
  const row = await addDeal(writing, writing.owner, file.uuid, { amount: '5', currency: 'CNY' });
  const person = await addContact(writing, file.uuid, { department: '采购部' });
  const model = new FileModel({
    file: new RowModel({ province: null, city: null, annualRevenue: null, ...first }, [
      ['region', 'province', 'city'],
    ]),
    deal: new RowModel({ product: null, amount: '5.00', contractAmount: null, currency: 'CNY' }, [
      ['amount', 'currency'],
      ['contractAmount', 'currency'],
    ]),
    contact: new RowModel({ title: null, department: '采购部' }, []),
  });
  const read = () => ({ file: model.file.version, deal: model.deal.version, contact: model.contact.version });
  const seen = { owner: read(), manager: read() };
  const last: Partial<Record<Editor, Sent>> = {};
  const ids = { file: file.id, archive: file.id, deal: row.id, contact: person.id, delete: person.id };
  const mutations = {
    file: ['updateCustomer', '{ customer { id } }'],
    archive: ['archiveCustomer', '{ customer { id } }'],
    deal: ['updateDeal', '{ deal { id } }'],
    contact: ['updateContact', '{ contact { id } }'],
    delete: ['deleteContact', '{ contactId }'],
  } as const;

  const send = async (by: Editor, sent: Sent) => {
    const { kind, version, input } = sent;
    last[by] = sent;
    const [mutation, selection] = mutations[kind];
    const outcome = await writing[by].write(
      mutation,
      { ...input, id: ids[kind], expectedVersion: version },
      selection,
    );
    expect(answered(outcome, kind), JSON.stringify(sent)).toBe(expected(model, sent, writing[by].id));
  };

  for (const at of steps) {
    switch (at.kind) {
      case 'read':
        seen[at.editor] = read();
        break;
      case 'file':
      case 'deal':
      case 'contact':
        await send(at.editor, { kind: at.kind, version: seen[at.editor][at.kind], input: at.input });
        break;
      case 'archive':
        await send(at.editor, {
          kind: 'archive',
          version: seen[at.editor].file,
          input: { archived: at.archived },
        });
        break;
      case 'delete':
        await send(at.editor, { kind: 'delete', version: seen[at.editor].contact, input: {} });
        break;
      case 'retry': {
        const sent = last[at.editor];
        if (sent) await send(at.editor, sent);
        break;
      }
      case 'import':
        await writeAs(db, { actorId: null, source: 'IMPORT' }, async (tx) => {
          const [locked] = await tx
            .select()
            .from(customer)
            .where(eq(customer.id, file.uuid))
            .for('no key update');
          const [before] = await tx.select().from(deal).where(eq(deal.id, row.uuid)).for('update');
          await dealWrites.apply(tx, [{ id: row.uuid, file: locked!, before, values: at.input }]);
        });
        model.setPart(model.deal, stored(at.input), null);
        break;
      case 'sql':
        if (Object.keys(at.input).length > 0)
          await db.update(customer).set(at.input).where(eq(customer.id, file.uuid));
        model.setFile(stored(at.input), null);
        break;
      case 'call':
        expect((await logCall(writing.service, file)).code).toBeUndefined();
        model.count();
        break;
      case 'contacts':
        await db
          .insert(contact)
          .values(Array.from({ length: at.count }, () => ({ name: '李工', customerId: file.uuid })));
        for (let i = 0; i < at.count; i += 1) model.count();
        break;
      case 'grant':
        await db.insert(accessGrant).values({
          customerId: file.uuid,
          granteeId: uuidOf(writing.stranger.id),
          grantedById: uuidOf(writing.manager.id),
          classes: ['contact'],
          purpose: '代为回访',
          expiresAt: '2099-01-01T00:00:00Z',
        });
        model.count(false);
        break;
      case 'recall': {
        const ended = await db
          .update(accessGrant)
          .set({ endedAt: '2024-01-01T00:00:00Z' })
          .where(sql`customer_id = ${file.uuid} and ended_at is null`)
          .returning({ id: accessGrant.id });
        for (const _ of ended) model.count(false);
        break;
      }
      case 'sequence':
        await db.execute(sql`select sequence_events(${at.atMost})`);
        break;
    }
  }

  const pick = (found: object | undefined, { fields, version }: RowModel) => [
    found &&
      Object.fromEntries([...fields.keys()].map((field) => [field, found[field as keyof typeof found]])),
    (found as { version: number } | undefined)?.version,
    version,
  ];
  const kept = ({ fields, version }: RowModel) => [
    Object.fromEntries([...fields].map(([field, { value }]) => [field, value])),
    version,
    version,
  ];
  const [inDatabase] = await db.select().from(customer).where(eq(customer.id, file.uuid));
  const [dealNow] = await db.select().from(deal).where(eq(deal.id, row.uuid));
  const [contactNow] = await db.select().from(contact).where(eq(contact.id, person.uuid));
  expect(pick(inDatabase, model.file)).toEqual(kept(model.file));
  expect(inDatabase?.archivedAt !== null).toBe(model.isArchived);
  expect(pick(dealNow, model.deal)).toEqual(kept(model.deal));
  expect(contactNow === undefined).toBe(model.contact.isGone);
  if (contactNow) expect(pick(contactNow, model.contact)).toEqual(kept(model.contact));
}

test('two editors beside imports, grants, calls, retries and decisions: refused is what a plain model of the file refuses', async () => {
  const numRuns = Number(process.env.RUNS ?? 20);
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), play), { numRuns });
}, 1_200_000);
