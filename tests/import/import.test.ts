import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { contact } from '../../src/domains/contact/contact.table.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { deal } from '../../src/domains/deal/deal.table.ts';
import { employee } from '../../src/domains/employee/employee.table.ts';
import { rehearse } from '../../src/features/import/file.import.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { addEmployee, importText, traceOf, valueOfQuery } from './imported.ts';

let database: TestDatabase;
let ownerId: string;
beforeAll(async () => {
  database = await createTestDatabase({ isOneSession: true });
  ownerId = await addEmployee(database.db, 'owner@import.example');
});
afterAll(() => database.close());

let sources = 0;
/** A mapping of a source of its own, so that the tests do not meet each other's records. */
const customers = (fields: string, more = '') => {
  sources += 1;
  return `{ source: test-${sources}, records: [{ subject: customer, key: code, fields: { name: name, ${fields} } }${more}] }`;
};
const run = (yaml: string, csv: string, options = {}) =>
  importText(database.db, yaml, csv, { ownerId, ...options });
const found = async (name: string) => {
  const [row] = await database.db.select().from(customer).where(eq(customer.name, name));
  return row as typeof customer.$inferSelect;
};

test('a bad optional value is left out, a bad required one refuses the row, everything else comes in', async () => {
  const yaml = customers('website: site, industry: industry');
  const csv =
    '1,北京北辰信息技术有限公司,not a site,软件\n2,北京公司,good.example,软件\n3,北京南辰信息技术有限公司,good.example,软件\n';
  const { tallies, findings } = await run(yaml, `code,name,site,industry\n${csv}`);
  expect(tallies).toEqual({ customer: [2, 0, 0, 1] });
  expect(findings).toMatchObject([
    { line: 2, column: 'site', value: 'not a site', severity: 'left out', code: 'WEBSITE_FORMAT' },
    { line: 3, column: 'name', value: '北京公司', severity: 'row refused', code: 'LEGAL_NAME_ABBREVIATED' },
  ]);
  expect(await found('北京北辰信息技术有限公司')).toMatchObject({ website: null, industry: '软件', ownerId });
});

test('invisible marks in headers and cells, and the apostrophe of an export, are taken off', async () => {
  const csv =
    '\u202Acode\u202C,na\u200Bme\t,site,address\n\u200E1,Epsilon\u200B Works\t,\u200E,"Main Street 1\r\n2nd floor\t"\n\'2,Zeta Works,,\'=1+1\n';
  const { tallies, findings } = await run(customers('website: site, address: address'), csv);
  expect({ tallies, findings }).toEqual({ tallies: { customer: [2, 0, 0, 0] }, findings: [] });
  expect(await found('Epsilon Works')).toMatchObject({ website: null, address: 'Main Street 1\n2nd floor' });
  expect(await found('Zeta Works')).toMatchObject({ address: '=1+1' });
});

test('enumerations are read by name and by the labels of an export, in either language', async () => {
  const yaml = customers(
    'kind: kind, region: region, source: source, stage: stage, customerType: type, nature: nature, sourceDetail: detail',
  );
  const csv =
    'code,name,kind,region,source,stage,type,nature,detail\n1,Labelled Works,单位,华东,公开信息,潜在客户,VIP客户,国企,\n' +
    '2,Titled Works,organization,East China,EXPO, 意向客户 ,Existing,sole_proprietor,工博会\n';
  const { tallies, findings } = await run(yaml, csv);
  expect({ tallies, findings }).toEqual({ tallies: { customer: [2, 0, 0, 0] }, findings: [] });
  expect(await found('Labelled Works')).toMatchObject({
    kind: 'ORGANIZATION',
    region: 'EAST_CHINA',
    source: 'PUBLIC_RECORD',
    stage: 'POTENTIAL',
    customerType: 'VIP',
    nature: 'STATE_OWNED',
  });
  expect(await found('Titled Works')).toMatchObject({
    region: 'EAST_CHINA',
    source: 'EXPO',
    stage: 'INTENT',
    customerType: 'EXISTING',
    nature: 'SOLE_PROPRIETOR',
    sourceDetail: '工博会',
  });
  expect((await run(yaml, csv)).tallies).toEqual({ customer: [0, 0, 2, 0] });
});

test('a phone is read as an export writes it, with its extension', async () => {
  const yaml = customers(
    '',
    ', { subject: contact, key: code, fields: { customer: code, name: contact, phone: phone } }',
  ).replace(', }', ' }');
  const csv = `code,name,contact,phone\n1,Eta Works,王经理,'+86 755 8234 5678-801\n2,Theta Works,李经理,95588\n`;
  const { tallies, findings } = await run(yaml, csv);
  expect({ tallies, findings }).toEqual({
    tallies: { customer: [2, 0, 0, 0], contact: [2, 0, 0, 0] },
    findings: [],
  });
  const rows = await database.db.select().from(contact).orderBy(contact.createdAt);
  expect(rows.map(({ phone, phoneExtension }) => [phone, phoneExtension]).slice(-2)).toEqual([
    ['+8675582345678', '801'],
    ['95588', null],
  ]);
  expect((await run(yaml, csv)).tallies).toEqual({ customer: [0, 0, 2, 0], contact: [0, 0, 2, 0] });
});

test('a name that may not be full comes in with a warning, a lead without one under its short name', async () => {
  const { tallies, findings } = await run(
    customers('shortName: short, fax: fax, notes: notes'),
    "code,name,short,fax,notes\n1,锦州环境工程技术公司,,'+86 755 8234 5678,#N/A\n2,,锦州环境,,会员\n3,,,,x\n",
  );
  expect(tallies).toEqual({ customer: [2, 0, 0, 1] });
  expect(findings.map(({ line, severity, code }) => [line, severity, code])).toEqual([
    [2, 'left out', 'TEXT_PLACEHOLDER'],
    [2, 'warning', 'LEGAL_NAME_UNSURE'],
    [4, 'row refused', 'VALUE_REQUIRED'],
  ]);
  expect(await found('锦州环境工程技术公司')).toMatchObject({ fax: '+8675582345678', notes: null });
});

test('an import lists its own key on the file, and reads numbers and keys of other systems', async () => {
  const yaml = customers('phones: phones, externalKeys: keys');
  const csv = `code,name,phones,keys\n1,Phi Works,总机: 0755-82345678转801; 95588,sap:10023\n2,Chi Works,,\n`;
  expect((await run(yaml, csv)).tallies).toEqual({ customer: [2, 0, 0, 0] });
  const own = { source: `test-${sources}`, key: '1' };
  expect(await found('Phi Works')).toMatchObject({
    phones: [{ label: '总机', number: '+8675582345678', extension: '801' }, { number: '95588' }],
    externalKeys: [{ source: 'sap', key: '10023' }, own],
  });
  expect((await found('Chi Works')).externalKeys).toEqual([{ ...own, key: '2' }]);
  expect((await run(yaml, csv)).tallies).toEqual({ customer: [0, 0, 2, 0] });
  const sap =
    '{ source: sap, records: [{ subject: customer, key: code, fields: { name: name, city: city } }] }';
  expect((await run(sap, 'code,name,city\n10023,Phi Works,Oslo\n')).tallies).toEqual({
    customer: [0, 1, 0, 0],
  });
});

test('a key by which another file is found is left out of the list, again and again', async () => {
  const yaml = customers('externalKeys: keys');
  const csv = 'code,name,keys\n1,Psi Works,mdm:77\n2,Omega Works,mdm:77; mdm:78\n';
  const first = await run(yaml, csv);
  const left = [{ line: 3, column: 'keys', severity: 'left out', code: 'EXTERNAL_KEY_IN_USE' }];
  expect(first).toMatchObject({ tallies: { customer: [2, 0, 0, 0] }, findings: left });
  const own = { source: `test-${sources}` };
  expect((await found('Psi Works')).externalKeys).toEqual([
    { source: 'mdm', key: '77' },
    { ...own, key: '1' },
  ]);
  expect((await found('Omega Works')).externalKeys).toEqual([
    { source: 'mdm', key: '78' },
    { ...own, key: '2' },
  ]);
  expect(await run(yaml, csv)).toMatchObject({ tallies: { customer: [0, 0, 2, 0] }, findings: left });
});

test('a bad country refuses a new row instead of making the customer Chinese', async () => {
  const { tallies, findings } = await run(
    customers('country: country'),
    'code,name,country\n1,Atlantis Trading,Atlantis\n',
  );
  expect(tallies).toEqual({ customer: [0, 0, 0, 1] });
  expect(findings).toMatchObject([{ column: 'country', severity: 'row refused', code: 'COUNTRY_UNKNOWN' }]);
});

test('a changed value updates its record, what the file is blank about or the mapping does not name stays', async () => {
  const yaml = customers('city: city, industry: industry');
  await run(yaml, 'code,name,city,industry\n1,Alpha Works,Oslo,steel\n2,Beta Works,Rome,wool\n');
  const before = await found('Alpha Works');
  await database.db.update(customer).set({ address: 'Main Street 1' }).where(eq(customer.id, before.id));
  const again = await run(yaml, 'code,name,city,industry\n1,Alpha Works,Bergen,\n2,Beta Works,Rome,wool\n');
  expect(again.tallies).toEqual({ customer: [0, 1, 1, 0] });
  const after = { city: 'Bergen', industry: 'steel', address: 'Main Street 1', version: before.version + 2 };
  expect(await found('Alpha Works')).toMatchObject(after);
  expect((await found('Beta Works')).version).toBe(1);
});

test('a bad value in a later file leaves the good one of the earlier in place', async () => {
  const yaml = customers('website: site');
  await run(yaml, 'code,name,site\n1,Gamma Works,https://gamma.example\n');
  const again = await run(yaml, 'code,name,site\n1,Gamma Works,nothing\n');
  expect(again.tallies).toEqual({ customer: [0, 0, 1, 0] });
  expect((await found('Gamma Works')).website).toBe('https://gamma.example');
});

test('an initial value is set once and then left to people', async () => {
  const yaml = customers('tier: { value: C, initial: true }');
  await run(yaml, 'code,name\n1,Delta Works\n');
  await database.db.update(customer).set({ tier: 'A' }).where(eq(customer.name, 'Delta Works'));
  expect((await run(yaml, 'code,name\n1,Delta Works\n')).tallies).toEqual({ customer: [0, 0, 1, 0] });
  expect((await found('Delta Works')).tier).toBe('A');
});

test('a key the file repeats is one record, in one batch or two; with other values it is refused', async () => {
  const yaml = customers('city: city');
  const csv = 'code,name,city\n1,Repeated Works,苏州市\n1,Repeated Works,苏州市\n1,Repeated Works,无锡市\n';
  for (const batchRows of [1, 500]) {
    const { tallies, findings } = await run(yaml, csv, { batchRows });
    expect(tallies).toEqual({ customer: batchRows === 1 ? [1, 0, 0, 1] : [0, 0, 1, 1] });
    expect(findings).toMatchObject([
      { line: 4, column: 'code', code: 'KEY_REPEATED', severity: 'row refused' },
    ]);
    expect(findings[0]?.reason).toContain('Line 2');
  }
});

test('a row without its key is refused', async () => {
  const { findings } = await run(customers(''), 'code,name\n,Zeta Works\n');
  expect(findings).toMatchObject([{ line: 2, column: 'code', severity: 'row refused', code: 'KEY_BLANK' }]);
});

test('a dry run reports the same and leaves nothing', async () => {
  const yaml = customers(
    '',
    ', { subject: contact, key: code, fields: { customer: code, name: person, phone: phone } }',
  );
  const csv = 'code,name,person,phone\n1,Eta Works,Li,138\n2,Theta Works,Wang,+86 138 0013 8000\n';
  const before = await traceOf(database.db);
  let rehearsal: unknown;
  await rehearse(database.db, async (tx) => {
    rehearsal = await importText(tx, yaml, csv, { ownerId, batchRows: 1 });
  });
  expect(await traceOf(database.db)).toEqual(before);
  expect(await run(yaml, csv, { batchRows: 1 })).toEqual(rehearsal);
  expect(rehearsal).toMatchObject({ tallies: { customer: [2, 0, 0, 0], contact: [2, 0, 0, 0] } });
});

test('the history names who imported, and that it was an import', async () => {
  const manager = await addEmployee(database.db, 'manager@import.example', 'MANAGER');
  await run(customers(''), 'code,name\n1,Iota Works\n', { origin: { actorId: manager, source: 'IMPORT' } });
  const line = sql`select actor_id || ' ' || source from file_history where customer_id = ${(await found('Iota Works')).id}`;
  expect(await valueOfQuery(database.db, line)).toBe(`${manager} IMPORT`);
});

test('a batch takes the same number of statements however many rows it has', async () => {
  const yaml = customers(
    'city: city',
    ', { subject: contact, key: code, fields: { customer: code, name: name } }',
  );
  const rows = (count: number, city: string) =>
    Array.from({ length: count }, (_, index) => `${count}-${index},Works ${count} ${index},${city}\n`).join(
      '',
    );
  const counts: number[] = [];
  for (const [count, city] of [
    [2, 'Oslo'],
    [200, 'Oslo'],
    [2, 'Rome'],
    [200, 'Rome'],
  ] as const) {
    database.statements.length = 0;
    await run(yaml, `code,name,city\n${rows(count, city)}`);
    counts.push(database.statements.length);
  }
  expect(counts[0]).toBe(counts[1]);
  expect(counts[2]).toBe(counts[3]);
});

const withDeals = () =>
  customers(
    '',
    `, { subject: deal, key: deal, when: { deal: "*" }, fields: { customer: code, title: deal, stage: stage,
         contractAmount: amount, effectiveOn: day } }`,
  );

test('a won deal needs its amount and date, and moves its customer to WON; the last one to leave moves it back', async () => {
  const yaml = withDeals();
  const header = 'code,name,deal,stage,amount,day\n';
  const first = await run(
    yaml,
    `${header}1,Kappa Works,K1,WON,100,2024-05-01\n2,Lambda Works,L1,WON,,2024-05-01\n`,
  );
  expect(first.tallies).toEqual({ customer: [2, 0, 0, 0], deal: [1, 0, 0, 1] });
  expect(first.findings).toMatchObject([{ line: 3, column: 'amount', code: 'WON_INCOMPLETE' }]);
  expect((await found('Kappa Works')).stage).toBe('WON');
  expect((await found('Lambda Works')).stage).toBe('POTENTIAL');
  await run(yaml, `${header}1,Kappa Works,K1,LOST,100,2024-05-01\n`);
  expect((await found('Kappa Works')).stage).toBe('INTENT');
});

test('a record of an unknown customer is refused, one deleted here stays deleted, one of an archived file is left', async () => {
  const yaml = withDeals().replace('customer: code', 'customer: other');
  const header = 'code,name,other,deal,stage,amount,day\n';
  const csv = `${header}1,Mu Works,1,M1,OPEN,,\n2,Nu Works,2,N1,OPEN,,\n3,Xi Works,x,X1,OPEN,,\n`;
  const first = await run(yaml, csv);
  expect(first.findings).toMatchObject([{ line: 4, column: 'other', value: 'x', code: 'REFERENCE_UNKNOWN' }]);
  await database.db.delete(deal).where(eq(deal.title, 'M1'));
  await database.db
    .update(customer)
    .set({ archivedAt: '2024-01-01T00:00:00Z' })
    .where(eq(customer.name, 'Nu Works'));
  const again = await run(yaml, csv);
  expect(again.tallies).toEqual({ customer: [0, 0, 2, 1], deal: [0, 0, 0, 3] });
  expect(again.findings.map(({ line, record, code }) => `${line} ${record} ${code}`).sort()).toEqual([
    '2 deal DELETED',
    '3 customer ARCHIVED',
    '3 deal ARCHIVED',
    '4 deal REFERENCE_UNKNOWN',
  ]);
});

test('a new primary contact takes the place of the old', async () => {
  const yaml = customers(
    '',
    ', { subject: contact, key: person, fields: { customer: code, name: person, isPrimary: main } }',
  );
  await run(yaml, 'code,name,person,main\n1,Omicron Works,Li,yes\n');
  await run(yaml, 'code,name,person,main\n1,Omicron Works,Wang,yes\n');
  const { id } = await found('Omicron Works');
  const people = await database.db
    .select()
    .from(contact)
    .where(eq(contact.customerId, id))
    .orderBy(contact.name);
  expect(people.map(({ name, isPrimary }) => [name, isPrimary])).toEqual([
    ['Li', false],
    ['Wang', true],
  ]);
});

test('a code or address that another row has refuses the row and not its batch', async () => {
  const code = '91330100799655058B';
  const yaml = customers('unifiedSocialCreditCode: uscc');
  const one = await run(
    yaml,
    `code,name,uscc\n1,杭州泛远信息技术有限公司,${code}\n2,杭州泛近信息技术有限公司,${code}\n3,杭州泛中信息技术有限公司,\n`,
  );
  expect(one.tallies).toEqual({ customer: [2, 0, 0, 1] });
  expect(one.findings).toMatchObject([{ line: 3, column: 'uscc', code: 'SOCIAL_CREDIT_CODE_IN_USE' }]);
  const staff = `{ source: staff, records: [{ subject: employee, key: mail, fields: { email: mail, name: name, role: { value: SALES } } }] }`;
  const two = await run(staff, 'mail,name\nOWNER@import.example,Twin\nnew@import.example,New\n');
  expect(two.tallies).toEqual({ employee: [1, 0, 0, 1] });
  expect(two.findings).toMatchObject([{ line: 2, code: 'EMAIL_IN_USE' }]);
});

test('an employee who has left is given nothing, neither new nor again', async () => {
  const yaml = `{ source: leavers, records: [
    { subject: employee, key: mail, fields: { email: mail, name: mail, role: { value: SALES } } },
    { subject: customer, key: name, fields: { name: name, owner: mail } }] }`;
  await run(yaml, 'mail,name\nleaver@import.example,Pi Works\n');
  // Who leaves hands their files on first: an active file needs an active owner.
  await database.db.update(customer).set({ ownerId }).where(eq(customer.name, 'Pi Works'));
  await database.db
    .update(employee)
    .set({ disabledAt: '2024-01-01T00:00:00Z' })
    .where(eq(employee.email, 'leaver@import.example'));
  const again = await run(
    yaml,
    'mail,name\nleaver@import.example,Pi Works\nleaver@import.example,Rho Works\n',
  );
  expect(again.tallies.customer).toEqual([1, 0, 1, 0]);
  expect(again.findings).toMatchObject(
    [2, 3].map((line) => ({ line, column: 'mail', severity: 'left out', code: 'EMPLOYEE_NOT_ACTIVE' })),
  );
  expect((await found('Pi Works')).ownerId).toBe(ownerId);
  expect((await found('Rho Works')).ownerId).toBe(ownerId);
});

test('tags are put on once, and a tag too long is left out', async () => {
  const yaml = customers('').replace(
    'fields',
    'tags: [{ template: "规模-{size}" }, { value: 展会 }], fields',
  );
  const csv = `code,name,size\n1,Sigma Works,大\n2,Tau Works,${'大'.repeat(80)}\n`;
  const first = await run(yaml, csv);
  expect(first.findings).toMatchObject([
    { line: 3, column: 'size', severity: 'left out', code: 'TEXT_TOO_LONG' },
  ]);
  expect((await run(yaml, csv)).tallies).toEqual({ customer: [0, 0, 2, 0] });
  const labels = sql`
    select string_agg(label, ' ' order by label) from customer_tag join tag on tag.id = tag_id
    where customer_id = ${(await found('Sigma Works')).id}`;
  expect(await valueOfQuery(database.db, labels)).toBe('展会 规模-大');
});

test('a row the database itself refuses stops the import by its lines and shows no value', async () => {
  const yaml = customers('').replace('key: code', 'key: { template: "{code}" }');
  const refuseOne = sql`
    create function refuse_one() returns trigger language plpgsql as $$
    begin if new.name = 'Omega Works' then raise exception 'not this one'; end if; return new; end $$`;
  await database.db.execute(refuseOne);
  await database.db.execute(
    sql`create trigger refuse_one before insert on customer for each row execute function refuse_one()`,
  );
  const csv = 'code,name\n1,Upsilon Works\n2,Omega Works\n3,Phi Works\n';
  const failing = run(yaml, csv, { batchRows: 1 });
  await expect(failing).rejects.toThrow(/^Stopped at lines 3 to 3: not this one\. What came before is kept/);
  await database.db.execute(sql`drop trigger refuse_one on customer`);
  expect((await run(yaml, csv)).tallies).toEqual({ customer: [2, 0, 1, 0] });
});
