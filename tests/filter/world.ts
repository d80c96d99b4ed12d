// Some sixty files full of nulls, boundary values, Chinese and month ends, in the database and in memory.
import { sql } from 'drizzle-orm';
import { fileChange } from '../../src/core/changes/changes.table.ts';
import { sequence } from '../../src/core/changes/sequencer.ts';
import type { Model, Relation } from '../../src/core/model/model.types.ts';
import { fileTables, notedTables } from '../../src/core/model/registry.ts';
import { contact } from '../../src/domains/contact/contact.table.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { deal } from '../../src/domains/deal/deal.table.ts';
import { employee, team } from '../../src/domains/employee/employee.table.ts';
import { accessGrant } from '../../src/domains/grant/access-grant.table.ts';
import { interaction } from '../../src/domains/interaction/interaction.table.ts';
import { need } from '../../src/domains/need/need.table.ts';
import { segment } from '../../src/domains/segment/segment.table.ts';
import { customerTag, tag } from '../../src/domains/tag/tag.table.ts';
import type { TestDatabase } from '../support/database.ts';

export type RawRow = Record<string, unknown>;

export interface World {
  rowsOf: (table: string) => RawRow[];
  /** Rows that a relation of a model leads to, by the names of columns alone: nothing of how the SQL joins them. */
  related: (model: Model, relation: Relation, row: RawRow) => RawRow[];
  labelsOf: (file: RawRow) => string[];
  /** Rules of the saved segments by TypeID. */
  rules: Map<string, Record<string, unknown>>;
}

export const texts = [
  '智造业',
  '智造',
  '软件和信息技术服务业',
  'ABC Ltd',
  'abc',
  '100%_a\\b',
  'a%b',
  ' 空格 ',
  '',
] as const;
export const amounts = [
  '0.00',
  '0.01',
  '499999.99',
  '500000.00',
  '500000.01',
  '1000000.00',
  '-1.00',
] as const;
/** Around the moments of the test: month ends, leap days, midnights in Shanghai, the last microsecond. */
export const instants = [
  '2023-08-31T15:59:59.999999Z',
  '2023-08-31T16:00:00Z',
  '2024-02-28T15:59:59.999Z',
  '2024-02-28T16:00:00Z',
  '2024-02-29T16:30:00Z',
  '2025-12-31T16:00:00Z',
  '2026-02-27T15:59:59.999999Z',
  '2026-02-27T16:00:00Z',
  '2026-02-28T04:30:00Z',
  '2026-07-31T04:30:00Z',
  '2026-08-30T16:00:00Z',
  '2026-08-31T04:30:00Z',
  '2026-08-31T15:59:59.999999Z',
  '2026-08-31T16:00:00Z',
  '2027-02-28T15:59:59.999Z',
] as const;
export const dates = [
  '1984-02-29',
  '1990-03-01',
  '1999-12-31',
  '2000-02-29',
  '2024-02-28',
  '2024-02-29',
  '2024-03-01',
  '2026-02-28',
  '2026-07-31',
  '2026-08-31',
  '2026-09-01',
  '2027-02-28',
] as const;

/** The same draw each time: a linear congruential generator. */
function createDraw(seed: number) {
  let state = seed;
  const next = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % below;
  };
  const pick = <T>(values: readonly T[]): T => values[next(values.length)] as T;
  return { next, pick, maybe: <T>(values: readonly T[]): T | null => (next(3) === 0 ? null : pick(values)) };
}

/** Enters the fixture. `viewers` are two sales people; the first has grants on two of the second's files. */
export async function enterWorld({ db }: TestDatabase) {
  const draw = createDraw(20_240_315);
  const [east, west] = await db
    .insert(team)
    .values([{ name: '华东一队' }, { name: '西部二队' }])
    .returning();
  const staff = await db
    .insert(employee)
    .values(
      ['SALES', 'SALES', 'MANAGER', 'FINANCE'].map((role, i) => ({
        email: `e${i}@test.example`,
        name: `员工${i}`,
        role: role as 'SALES',
        title: i % 2 ? '销售' : null,
        teamId: [east?.id, west?.id, east?.id, null][i] as string | null,
      })),
    )
    .returning();
  const ids = staff.map(({ id }) => id);
  const enums = {
    region: ['EAST_CHINA', 'NORTH_CHINA'],
    size: ['SMALL', 'LARGE'],
    stage: ['POTENTIAL', 'INTENT', 'WON', 'LOST'],
    tier: ['A', 'B'],
    grade: ['AAA', 'C'],
  } as const;
  const files = await db
    .insert(customer)
    .values(
      Array.from({ length: 60 }, () => ({
        name: draw.pick(texts),
        shortName: draw.maybe(texts),
        legalRepresentative: draw.maybe(texts),
        businessScope: draw.maybe(texts),
        city: draw.maybe(texts),
        address: draw.maybe(texts),
        website: draw.maybe(texts),
        annualRevenue: draw.maybe(amounts),
        source: draw.maybe(['WECHAT', 'EXPO'] as const),
        kind: draw.pick(['ORGANIZATION', 'PERSON'] as const),
        foundedOn: draw.maybe(dates),
        registeredCapital: draw.maybe(amounts),
        employeeCount: draw.maybe([0, 1, 99, 2_147_483_647]),
        industry: draw.maybe(texts),
        province: draw.maybe(['浙江', '江苏省']),
        region: draw.maybe(enums.region),
        size: draw.maybe(enums.size),
        stage: draw.pick(enums.stage),
        tier: draw.maybe(enums.tier),
        creditGrade: draw.maybe(enums.grade),
        creditLimit: draw.maybe(amounts),
        ownerId: draw.pick(ids.slice(0, 2)),
        custodianId: draw.maybe(ids),
        archivedAt: draw.maybe(instants),
        createdAt: draw.pick(instants),
        updatedAt: draw.pick(instants),
      })),
    )
    .returning();
  const some = files.map(({ id }) => id);
  const entered = () => ({
    customerId: draw.pick(some),
    createdAt: draw.pick(instants),
    updatedAt: draw.pick(instants),
  });
  const contacts = await db
    .insert(contact)
    .values(
      Array.from({ length: 70 }, () => ({
        ...entered(),
        name: draw.pick(texts),
        title: draw.maybe(texts),
        phone: draw.maybe(['+8613800001234', '+8613900005678']),
        birthday: draw.maybe(dates),
        role: draw.maybe(['BUYER', 'USER'] as const),
        department: draw.maybe(texts),
        mobile: draw.maybe(['+8613800001234', '+8613900005678']),
        email: draw.maybe(['abc', 'a@b.example']),
        wechat: draw.maybe(texts),
        gender: draw.maybe(['FEMALE', 'MALE'] as const),
        household: draw.maybe(texts),
        health: draw.maybe(texts),
        politicalStatus: draw.maybe(texts),
        religion: draw.maybe(['佛教', '无']),
        preferences: draw.maybe(texts),
      })),
    )
    .returning();
  await db.insert(need).values(
    Array.from({ length: 70 }, () => {
      const budgetMin = draw.maybe(amounts.slice(0, 6));
      return {
        ...entered(),
        item: draw.pick(texts),
        budgetMin,
        budgetMax: budgetMin === null ? draw.maybe(amounts) : null,
        specification: draw.maybe(texts),
        painPoint: draw.maybe(texts),
        unit: draw.maybe(texts),
        status: draw.pick(['OPEN', 'DROPPED'] as const),
        quantity: draw.maybe(['0.001', '1.000', '20.500']),
        expectedAt: draw.maybe(instants),
        priority: draw.pick(['HIGH', 'LOW'] as const),
      };
    }),
  );
  await db.insert(deal).values(
    Array.from({ length: 60 }, () => {
      const won = draw.next(2) === 0;
      return {
        ...entered(),
        ownerId: draw.pick(ids),
        title: draw.pick(texts),
        stage: won ? ('WON' as const) : draw.pick(['OPEN', 'LOST'] as const),
        product: draw.maybe(texts),
        startedOn: draw.maybe(dates),
        lostReason: draw.maybe(texts),
        amount: draw.maybe(amounts),
        contractAmount: won ? draw.pick(amounts.filter((amount) => Number(amount) > 0)) : null,
        effectiveOn: won ? draw.pick(dates) : draw.maybe(dates),
        closedAt: draw.maybe(instants),
      };
    }),
  );
  await db.insert(interaction).values(
    Array.from({ length: 70 }, () => ({
      ...entered(),
      employeeId: draw.pick(ids),
      contactId: draw.maybe(contacts.map(({ id }) => id)),
      kind: draw.pick(['VISIT', 'COMPLAINT'] as const),
      occurredAt: draw.pick(instants),
      direction: draw.maybe(['INBOUND', 'OUTBOUND'] as const),
      summary: draw.pick(texts),
      outcome: draw.maybe(texts),
      nextStep: draw.maybe(texts),
      nextStepAt: draw.maybe(instants),
    })),
  );
  const tags = await db
    .insert(tag)
    .values([
      { facet: '行业', value: '制造业' },
      { facet: '规模', value: '中小企业' },
      { facet: null, value: '高预算' },
      { facet: null, value: '无人' },
    ])
    .returning();
  await db.insert(customerTag).values(
    some.flatMap((customerId) =>
      tags
        .slice(0, 3)
        .filter(() => draw.next(3) === 0)
        .map(({ id }) => ({ customerId, tagId: id })),
    ),
  );
  await db.execute(
    sql`update customer set stage = 'LOST' where stage = 'INTENT' and created_at < '2026-01-01'`,
  );
  await db.execute(sql`update customer set credit_limit = 500000 where credit_limit = 0`);
  await db.execute(
    sql`update contact set phone = '+8613900005678' where phone = '+8613800001234' and created_at > '2026-01-01'`,
  );
  // A condition on changes sees those that have their place in the log.
  await sequence(db);
  await db.insert(fileChange).values(
    Array.from({ length: 60 }, (_, i) => {
      const ofContact = i % 2 === 0 ? draw.pick(contacts) : null;
      const customerId = ofContact?.customerId ?? draw.pick(some);
      const field = ofContact
        ? draw.pick(['phone', 'birthday'])
        : draw.pick(['stage', 'credit_limit', 'founded_on', 'employee_count']);
      const values = {
        phone: ['+8613800001234', '+8613900005678'],
        birthday: dates,
        stage: enums.stage,
        credit_limit: [0, 500_000, 499_999.99],
        founded_on: dates,
        employee_count: [0, 99],
      }[field] as unknown[];
      return {
        customerId,
        version: 1,
        subject: ofContact ? 'contact' : 'customer',
        subjectId: ofContact?.id ?? customerId,
        operation: 'UPDATE',
        field,
        oldValue: draw.maybe(values),
        newValue: draw.maybe(values),
        actorId: draw.maybe(ids),
        source: 'API',
        occurredAt: draw.pick(instants),
      };
    }),
  );
  const [mine, theirs] = ids as [string, string];
  const foreign = files.filter(({ ownerId }) => ownerId === theirs).slice(0, 3);
  await db.insert(accessGrant).values(
    foreign.map(({ id }, i) => ({
      customerId: id,
      granteeId: mine,
      classes: [['business'], ['contact', 'special'], ['credit']][i] as string[],
      purpose: '联合拜访',
      consentReference: i === 1 ? '同意书 2026-1' : null,
      expiresAt: '2099-01-01T00:00:00Z',
      ...(i === 2 && { endedAt: '2026-01-01T00:00:00Z' }),
    })),
  );
  // The manager reads special fields by grant only.
  await db.insert(accessGrant).values(
    some
      .filter((_, i) => i % 4 !== 0)
      .map((customerId) => ({
        customerId,
        granteeId: ids[2] as string,
        classes: ['special'],
        purpose: '慰问',
        consentReference: '同意书 2026-2',
        expiresAt: '2099-01-01T00:00:00Z',
      })),
  );
  const rules = [
    { name: '高预算', rule: { needs: { some: { budgetMin: { gte: '500000' } } } } },
    { name: '流失', rule: { stage: { eq: 'LOST' }, creditLimit: { lt: '500000' } } },
  ];
  const segments = await db
    .insert(segment)
    .values(rules.map((one) => ({ ...one, ownerId: theirs, shared: true })))
    .returning();
  return { staff, segments };
}

/** Reads every table as it stands. */
export async function loadWorld({ client }: TestDatabase, rules: World['rules']): Promise<World> {
  const names = [...fileTables(), ...notedTables(), 'file_history', 'access_grant'];
  const tables = new Map<string, RawRow[]>();
  for (const name of names) {
    const rows = await client.unsafe(`select to_json(t) #>> '{}' as row from "${name}" t`);
    tables.set(
      name,
      rows.map(({ row }) => JSON.parse(row) as RawRow),
    );
  }
  const rowsOf = (name: string) => tables.get(name) as RawRow[];
  const where = (table: string, column: string, value: unknown) =>
    rowsOf(table).filter((row) => row[column] === value);
  return {
    rowsOf,
    rules,
    related: ({ tableName }, { field, arity, target }, row) =>
      arity === 'one'
        ? where(target().tableName, 'id', row[`${field}_id`])
        : where(target().tableName, `${tableName}_id`, row.id),
    labelsOf: (file) =>
      where('customer_tag', 'customer_id', file.id).map(
        ({ tag_id }) => where('tag', 'id', tag_id)[0]?.label as string,
      ),
  };
}
