import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { contact } from '../../src/domains/contact/contact.table.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startTestServer } from '../support/server.ts';
import { addEmployee, importText } from './imported.ts';

let database: TestDatabase;
let ownerId: string;
beforeAll(async () => {
  database = await createTestDatabase({ isOneSession: true });
  ownerId = await addEmployee(database.db, 'owner@parts.example');
});
afterAll(() => database.close());

const run = (yaml: string, csv: string, options = {}) =>
  importText(database.db, yaml, csv, { ownerId, ...options });

const fileOf = async (name: string) => {
  const [row] = await database.db.select().from(customer).where(eq(customer.name, name));
  return row as typeof customer.$inferSelect;
};
const contactsOf = async (name: string) => {
  const { id } = await fileOf(name);
  return database.db.select().from(contact).where(eq(contact.customerId, id)).orderBy(contact.name);
};

const filesAlone = (source: string) =>
  `{ source: ${source}, records: [{ subject: customer, key: code, fields: { name: name } }] }`;

/** Parts of the files that `filesAlone` has imported, with the column `file` naming the file. */
const partsOf = (source: string, subject: string, fields: string, file = 'file') =>
  `{ source: ${source}, records: [{ subject: ${subject}, key: code, fields: { customer: ${file}, ${fields} } }] }`;

const dealFields = 'title: title, stage: stage, contractAmount: amount, effectiveOn: day';

/** What a later import says of the file of a row that is there, without naming the file the row is in. */
const silences = [
  ['blank', 'file', ''],
  ['an unknown key', 'file', 'nobody'],
  ['another file, as an initial value', '{ column: file, initial: true }', 'other'],
] as const;

test.each(silences)(
  'a deal whose file is %s wins and loses in the file it is in',
  async (title, file, cell) => {
    const source = `deals-${silences.findIndex(([name]) => name === title)}`;
    const [name, other] = [`Won ${source} Works`, `Other ${source} Works`];
    await run(filesAlone(source), `code,name\none,${name}\nother,${other}\n`);
    const yaml = partsOf(source, 'deal', dealFields, file);
    const header = 'code,file,title,stage,amount,day\n';
    await run(yaml, `${header}D,one,Deal,OPEN,,\n`);
    const won = await run(yaml, `${header}D,${cell},Deal,WON,100,2024-05-01\n`);
    expect(won.tallies).toEqual({ deal: [0, 1, 0, 0] });
    expect((await fileOf(name)).stage).toBe('WON');
    const lost = await run(yaml, `${header}D,${cell},Deal,LOST,100,2024-05-01\n`);
    expect(lost.tallies).toEqual({ deal: [0, 1, 0, 0] });
    expect((await fileOf(name)).stage).toBe('INTENT');
    expect((await fileOf(other)).stage).toBe('POTENTIAL');
  },
);

test.each(silences)(
  'a contact whose file is %s becomes the primary one, and has its numbers read by its country',
  async (title, file, cell) => {
    const source = `contacts-${silences.findIndex(([name]) => name === title)}`;
    const [name, other] = [`Phone ${source} Works`, `Other ${source} Works`];
    const files = filesAlone(source).replace('name: name', 'name: name, country: country');
    await run(files, `code,name,country\none,${name},US\nother,${other},CN\n`);
    const yaml = partsOf(source, 'contact', 'name: person, isPrimary: main, phone: phone', file);
    await run(yaml, 'code,file,person,main,phone\nA,one,Ann,yes,\nB,one,Ben,,\n');
    const again = await run(yaml, `code,file,person,main,phone\nB,${cell},Ben,yes,(212) 555-0123\n`);
    expect(again.tallies).toEqual({ contact: [0, 1, 0, 0] });
    expect(await contactsOf(name)).toMatchObject([
      { name: 'Ann', isPrimary: false },
      { name: 'Ben', isPrimary: true, phone: '+12125550123' },
    ]);
  },
);

test.each(silences)(
  'a part of an archived file is left as it is when its file is %s',
  async (title, file, cell) => {
    const source = `archived-${silences.findIndex(([name]) => name === title)}`;
    const name = `Archived ${source} Works`;
    await run(filesAlone(source), `code,name\none,${name}\nother,Other ${source} Works\n`);
    const yaml = partsOf(source, 'contact', 'name: person', file);
    await run(yaml, 'code,file,person\nA,one,Ann\n');
    await database.db
      .update(customer)
      .set({ archivedAt: '2024-01-01T00:00:00Z' })
      .where(eq(customer.name, name));
    const again = await run(yaml, `code,file,person\nA,${cell},Anna\n`);
    expect(again.tallies).toEqual({ contact: [0, 0, 0, 1] });
    expect(again.findings.map(({ code }) => code)).toContain('ARCHIVED');
    expect(await contactsOf(name)).toMatchObject([{ name: 'Ann' }]);
  },
);

test.each([1, 2, 500])(
  'where a file says nothing of it, a customer’s first contact is primary, however often it comes, in batches of %i',
  async (batchRows) => {
    const source = `first-${batchRows}`;
    const [name, other] = [`First ${source} Works`, `Other ${source} Works`];
    await run(filesAlone(source), `code,name\none,${name}\nother,${other}\n`);
    const csv = 'code,file,person\nA,one,Ann\nB,one,Ben\nC,other,Cas\n';
    const yaml = partsOf(source, 'contact', 'name: person');
    expect((await run(yaml, csv, { batchRows })).tallies).toEqual({ contact: [3, 0, 0, 0] });
    expect((await run(yaml, csv, { batchRows })).tallies).toEqual({ contact: [0, 0, 3, 0] });
    expect(await contactsOf(name)).toMatchObject([
      { name: 'Ann', isPrimary: true, version: 1 },
      { name: 'Ben', isPrimary: false, version: 1 },
    ]);
    expect(await contactsOf(other)).toMatchObject([{ name: 'Cas', isPrimary: true }]);
  },
);

test.each([1, 2, 500])(
  'of several primary contacts of one customer the first is it, however often the file comes, in batches of %i',
  async (batchRows) => {
    const source = `primary-${batchRows}`;
    const [name, other] = [`Primary ${source} Works`, `Other ${source} Works`];
    await run(filesAlone(source), `code,name\none,${name}\nother,${other}\n`);
    const yaml = partsOf(source, 'contact', 'name: person, isPrimary: main');
    const rows = 'A,one,Ann,yes\nB,one,Ben,yes\nC,other,Cas,yes\nD,one,Dan,no\nE,one,Eve,yes\n';
    const csv = `code,file,person,main\n${rows}`;
    for (const tally of [
      [5, 0, 0, 0],
      [0, 0, 5, 0],
      [0, 0, 5, 0],
    ]) {
      const { tallies, findings } = await run(yaml, csv, { batchRows });
      expect(tallies).toEqual({ contact: tally });
      expect(findings).toMatchObject(
        [3, 6].map((line) => ({ line, column: 'main', severity: 'left out', code: 'FLAG_REPEATED' })),
      );
      expect(findings[0]?.reason).toContain('Line 2');
      const primary = (await contactsOf(name)).filter(({ isPrimary }) => isPrimary);
      expect(primary.map((row) => row.name)).toEqual(['Ann']);
      expect(await contactsOf(other)).toMatchObject([{ name: 'Cas', isPrimary: true }]);
    }
  },
);

test('times of databases and spreadsheets are instants and dates by the clocks of the organisation', async () => {
  const source = 'times';
  const name = `Times ${source} Works`;
  const files = filesAlone(source).replace('name: name', 'name: name, foundedOn: founded');
  await run(files, `code,name,founded\none,${name},2010-12-01 08:26:00\ntwo,Other ${source} Works,40513\n`);
  expect((await fileOf(name)).foundedOn).toBe('2010-12-01');
  expect((await fileOf(`Other ${source} Works`)).foundedOn).toBe('2010-12-01');
  const yaml = partsOf(source, 'need', 'item: item, expectedAt: at');
  const written = ['2024-03-15 14:30:00', '2024/3/15 14:30', '45366.604166666664', '2024-03-15T06:30:00Z'];
  const rows = written.map((at, i) => `N${i},one,采购台式电脑20台,${at}\n`).join('');
  expect((await run(yaml, `code,file,item,at\n${rows}`)).findings).toEqual([]);
  const needs = await database.db.execute<{ at: string }>(
    sql`select to_json(expected_at at time zone 'UTC')#>>'{}' as at from need`,
  );
  expect(needs.map(({ at }) => at)).toEqual(written.map(() => '2024-03-15T06:30:00'));
});

test('imported needs of 2019 are not of the last six months, and one without a day is of today', async () => {
  const source = 'past';
  const name = `Past ${source} Works`;
  await run(
    filesAlone(source).replace('name: name', 'name: name, openedOn: opened'),
    `code,name,opened\none,${name},2019/3/1 0:00\ntwo,New ${source} Works,\n`,
  );
  expect((await fileOf(name)).openedOn).toBe('2019-03-01');
  // By the clock of the organisation, where it is already afternoon.
  expect((await fileOf(`New ${source} Works`)).openedOn).toBe('2026-08-31');
  const yaml = partsOf(source, 'need', 'item: item, budgetMin: budget, raisedAt: day');
  const rows = ['P1,one,2019/5/1 14:30', 'P2,one,43586', 'P3,one,2019-12-31 23:59:59', 'P4,two,']
    .map((row) => `${row},采购台式电脑20台,600000\n`)
    .join('');
  expect((await run(yaml, `code,file,day,item,budget\n${rows}`)).findings).toEqual([]);
  const server = await startTestServer({ database });
  const recent = { needs: { some: { raisedAt: { withinLast: 'P6M' }, budgetMin: { gte: '500000' } } } };
  const names = async (filter: object) => {
    const { data } = await server
      .as('MANAGER')
      .query('query ($filter: CustomerFilter) { customers(filter: $filter) { nodes { name } } }', { filter });
    return data.customers.nodes.map((node: { name: string }) => node.name);
  };
  expect(await names(recent)).toEqual([`New ${source} Works`]);
  expect(await names({ name: { eq: name }, needs: { count: { gte: 3 } } })).toEqual([name]);
  const { data } = await server
    .as('MANAGER')
    .query(
      'query ($filter: CustomerFilter) { customerStats(filter: $filter, groupBy: [OPENED_ON_MONTH]) { groups { count keys { value } } } }',
      { filter: { name: { eq: name } } },
    );
  expect(data.customerStats.groups).toEqual([{ count: 1, keys: [{ value: '2019-03' }] }]);
});
