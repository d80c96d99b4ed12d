import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { addEmployee, type Imported, importPath, traceOf, valueOfQuery } from './imported.ts';

// Public data sets beside the project, never part of it.
const sets = new URL('../../../shared/data/', import.meta.url);
const isAbsent = !existsSync(sets);
const title = (text: string) => `${text}${isAbsent ? ' (skipped: ../shared/data is absent)' : ''}`;

let database: TestDatabase;
let ownerId: string;
beforeAll(async () => {
  database = await createTestDatabase({ isOneSession: true });
  ownerId = await addEmployee(database.db, 'owner@import.example');
});
afterAll(() => database.close());

const run = (mapping: string, file: string): Promise<Imported> => {
  const yaml = readFileSync(new URL(`../../mappings/${mapping}.yaml`, import.meta.url), 'utf8');
  return importPath(database.db, yaml, fileURLToPath(new URL(file, sets)), { ownerId });
};
const value = (statement: ReturnType<typeof sql>) => valueOfQuery(database.db, statement);
const codes = ({ findings }: Imported) => [
  ...new Set(findings.map(({ severity, code }) => `${severity}: ${code}`)),
];

describe.skipIf(isAbsent)(title('the CRM export'), { timeout: 60_000 }, () => {
  test('brings 35 agents under their 6 managers, none of whom can sign in', async () => {
    const { tallies, findings } = await run('crm-sales-teams', 'crm_sales_opportunities/sales_teams.csv');
    expect(tallies).toEqual({ manager: [6, 0, 0, 0], team: [6, 0, 0, 0], agent: [35, 0, 0, 0] });
    expect(findings).toEqual([]);
    const leader = sql`select l.name from employee e join team t on t.id = e.team_id join employee l on l.id = t.leader_id`;
    expect(await value(sql`${leader} where e.email = 'moses.frase@import.example'`)).toBe('Dustin Brinkmann');
    expect(await value(sql`select count(*) from employee where password_hash is not null`)).toBe('0');
  });

  test('brings 85 customers, their revenue in full and their spelling mistakes mended', async () => {
    const { tallies, findings } = await run('crm-accounts', 'crm_sales_opportunities/accounts.csv');
    expect(tallies).toEqual({ customer: [85, 0, 0, 0] });
    expect(findings).toEqual([]);
    expect(await value(sql`select annual_revenue from customer where name = 'Acme Corporation'`)).toBe(
      '1100040000.00',
    );
    expect(await value(sql`select count(*) from customer where industry = 'technology'`)).toBe('12');
    expect(await value(sql`select count(*) from customer where country = 'PH'`)).toBe('1');
  });

  test('brings the 7,375 deals that name an account and reports the 1,425 that name none', async () => {
    const { rows, tallies, findings } = await run(
      'crm-pipeline',
      'crm_sales_opportunities/sales_pipeline.csv',
    );
    expect(rows).toBe(8800);
    expect(tallies).toEqual({ deal: [7375, 0, 0, 1425] });
    expect(findings).toHaveLength(1425);
    expect(findings[0]).toMatchObject({
      line: 11,
      column: 'account',
      severity: 'row refused',
      code: 'VALUE_REQUIRED',
    });
    const [stages] = await database.db.execute(sql`
      select count(*) filter (where stage = 'WON') as won, count(*) filter (where stage = 'LOST') as lost,
             count(*) filter (where stage = 'OPEN') as open, sum(contract_amount) as contracts from deal`);
    expect(stages).toEqual({ won: '4238', lost: '2473', open: '664', contracts: '10005534.00' });
    expect(
      await value(sql`select count(*) from deal where product = 'GTXPro' or title like '%GTXPro%'`),
    ).toBe('0');
    expect(
      await value(sql`
        select count(*) from deal
        where stage = 'WON' and effective_on is distinct from (closed_at at time zone 'Asia/Shanghai')::date`),
    ).toBe('0');
    expect(
      await value(sql`
        select count(*) from customer c
        where (stage = 'WON') <> exists (select from deal where customer_id = c.id and deal.stage = 'WON')`),
    ).toBe('0');
  });

  test('changes nothing the second time: no row, no version, no history, no event', async () => {
    const before = await traceOf(database.db);
    const again = [
      await run('crm-sales-teams', 'crm_sales_opportunities/sales_teams.csv'),
      await run('crm-accounts', 'crm_sales_opportunities/accounts.csv'),
      await run('crm-pipeline', 'crm_sales_opportunities/sales_pipeline.csv'),
    ];
    expect(Object.assign({}, ...again.map(({ tallies }) => tallies))).toEqual({
      manager: [0, 0, 6, 0],
      team: [0, 0, 6, 0],
      agent: [0, 0, 35, 0],
      customer: [0, 0, 85, 0],
      deal: [0, 0, 7375, 1425],
    });
    expect(await traceOf(database.db)).toEqual(before);
  });
});

describe.skipIf(isAbsent)(title('the Northwind export'), () => {
  test('brings 9 employees, each in the team of the person they report to', async () => {
    const { tallies } = await run('northwind-employees', 'northwind/employees.csv');
    expect(tallies).toEqual({ employee: [9, 0, 0, 0], team: [2, 0, 0, 0], 'reporting line': [0, 8, 0, 0] });
    const lines = await database.db.execute(sql`
      select l.name as leader, string_agg(e.name, ', ' order by e.name) as members
      from employee e join team t on t.id = e.team_id join employee l on l.id = t.leader_id
      where t.name like 'Northwind%' group by l.name order by l.name`);
    expect([...lines]).toEqual([
      {
        leader: 'Andrew Fuller',
        members: 'Janet Leverling, Laura Callahan, Margaret Peacock, Nancy Davolio, Steven Buchanan',
      },
      { leader: 'Steven Buchanan', members: 'Anne Dodsworth, Michael Suyama, Robert King' },
    ]);
  });

  test('brings 91 customers with 91 contacts, without the 43 phones that are none today', async () => {
    const imported = await run('northwind-customers', 'northwind/customers.csv');
    expect(imported.tallies).toEqual({ customer: [91, 0, 0, 0], contact: [91, 0, 0, 0] });
    expect(imported.findings).toHaveLength(43);
    expect(
      imported.findings.every(({ column, severity }) => column === 'phone' && severity === 'left out'),
    ).toBe(true);
    expect(await value(sql`select count(*) from contact where phone like '+%'`)).toBe('48');
  });

  test('changes nothing the second time', async () => {
    const before = await traceOf(database.db);
    const { tallies } = await run('northwind-employees', 'northwind/employees.csv');
    expect(tallies).toEqual({ employee: [0, 0, 9, 0], team: [0, 0, 2, 0], 'reporting line': [0, 0, 8, 0] });
    const customers = await run('northwind-customers', 'northwind/customers.csv');
    expect(customers.tallies).toEqual({ customer: [0, 0, 91, 0], contact: [0, 0, 91, 0] });
    expect(customers.findings).toHaveLength(43);
    expect(await traceOf(database.db)).toEqual(before);
  });
});

describe.skipIf(isAbsent)(title('the companies listed in Shenzhen'), { timeout: 60_000 }, () => {
  test('all 1,589 come in by their full names, and the blank row is counted', async () => {
    const imported = await run('china-companies', 'china_companies/sz_listed_companies.csv');
    expect(imported).toMatchObject({ rows: 1589, blank: 1, tallies: { customer: [1589, 0, 0, 0] } });
    expect(codes(imported)).toEqual(['left out: WEBSITE_FORMAT']);
    const [vanke] = await database.db.execute(sql`
      select short_name, region, province, city, industry, website,
             to_json(array(select label from customer_tag join tag on tag.id = tag_id where customer_id = c.id)) as tags
      from customer c where name = '万科企业股份有限公司'`);
    expect(vanke).toEqual({
      short_name: '万科A',
      region: 'SOUTH_CHINA',
      province: '广东省',
      city: '深圳市',
      industry: '房地产业',
      website: 'https://www.vanke.com',
      tags: ['上市-A股'],
    });
    expect(
      await value(
        sql`select count(*) from customer_tag join tag on tag.id = tag_id where label = '上市-B股'`,
      ),
    ).toBe('51');
  });

  test('change nothing the second time', async () => {
    const before = await traceOf(database.db);
    const { tallies } = await run('china-companies', 'china_companies/sz_listed_companies.csv');
    expect(tallies).toEqual({ customer: [0, 0, 1589, 0] });
    expect(await traceOf(database.db)).toEqual(before);
  });
});
