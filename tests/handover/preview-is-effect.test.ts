import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { custodians, fileOwners } from '../../src/core/access/policy.ts';
import { encodeId, uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import type { StaffName } from '../support/server.ts';
import { startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

const colleagues = ['SALES', 'SALES_2', 'MANAGER', 'DATA_STEWARD', 'CUSTOMER_SERVICE'] as const;
const regions = ['EAST_CHINA', 'NORTH_CHINA', 'SOUTH_CHINA'] as const;
type Person = (typeof colleagues)[number] | 'LEAVER';

const owner = fc.constantFrom<Person>('LEAVER', 'LEAVER', 'SALES', 'MANAGER');
const file = fc.record({
  owner,
  custodian: fc.constantFrom<Person | null>('LEAVER', 'LEAVER', null, ...colleagues),
  region: fc.constantFrom(...regions),
  isArchived: fc.boolean(),
  contacts: fc.nat(2),
  openNeeds: fc.nat(2),
  followUps: fc.nat(1),
  deals: fc.array(fc.record({ owner, isOpen: fc.boolean() }), { maxLength: 2 }),
  isLentToLeaver: fc.boolean(),
});
const rule = fc.record({
  region: fc.option(fc.constantFrom(...regions), { nil: null }),
  to: fc.constantFrom(...colleagues),
});
const company = fc.record({
  files: fc.array(file, { maxLength: 8 }),
  rules: fc.array(rule, { minLength: 1, maxLength: 3 }),
  segments: fc.nat(2),
  segmentsTo: fc.option(fc.constantFrom(...colleagues), { nil: null }),
  disable: fc.boolean(),
});
type Company = typeof company extends fc.Arbitrary<infer T> ? T : never;

const idOf = (name: StaffName): string => writing.server.as(name).id;

/** Enters a leaver with all they have, and gives their id. */
async function enter({ files, segments }: Company): Promise<string> {
  const { db } = writing;
  const [leaver] = await db.execute<{ id: string }>(
    sql`insert into employee (name, email, role) values ('移交人', new_id()::text || '@leaver.example', 'SALES') returning id`,
  );
  const leaverId = leaver?.id as string;
  const uuid = (person: Person | null) =>
    person === null ? null : person === 'LEAVER' ? leaverId : writing.server.as(person).uuid;
  for (const one of files) {
    const [row] = await db.execute<{ id: string }>(sql`
      insert into customer (name, owner_id, custodian_id, region, archived_at)
      values ('公司', ${uuid(one.owner)}, ${uuid(one.custodian)}, ${one.region}, ${one.isArchived ? '2026-01-01T00:00:00Z' : null}) returning id`);
    const id = row?.id as string;
    await db.execute(
      sql`insert into contact (customer_id, name) select ${id}::uuid, '王经理' from generate_series(1, ${one.contacts}::int)`,
    );
    await db.execute(
      sql`insert into need (customer_id, item) select ${id}::uuid, '设备' from generate_series(1, ${one.openNeeds}::int)`,
    );
    await db.execute(sql`insert into interaction (customer_id, employee_id, kind, occurred_at, summary, next_step_at)
      select ${id}::uuid, ${leaverId}::uuid, 'VISIT', now(), '拜访', '2999-01-01' from generate_series(1, ${one.followUps}::int)`);
    for (const deal of one.deals)
      await db.execute(
        sql`insert into deal (customer_id, owner_id, title, stage) values (${id}, ${uuid(deal.owner)}, '设备', ${deal.isOpen ? 'OPEN' : 'LOST'})`,
      );
    if (one.isLentToLeaver)
      await db.execute(
        sql`insert into access_grant (customer_id, grantee_id, classes, purpose, expires_at) values (${id}, ${leaverId}, '{contact}', '代班', '2999-01-01')`,
      );
  }
  await db.execute(
    sql`insert into segment (name, rule, owner_id) select '客户分群' || i, '{}', ${leaverId}::uuid from generate_series(1, ${segments}::int) i`,
  );
  return leaverId;
}

interface Held {
  [column: string]: unknown;
  id: string;
  owner: string;
}

/** Who has what, as the tables say. */
async function snapshot(leaverId: string) {
  const rows = async <T extends Held>(statement: ReturnType<typeof sql>) =>
    new Map((await writing.db.execute<T>(statement)).map((row) => [row.id, row]));
  return {
    files: await rows<
      Held & { custodian: string | null; archived: boolean; contacts: number; needs: number; steps: number }
    >(sql`
      select id, owner_id as owner, custodian_id as custodian, archived_at is not null as archived,
        (select count(*)::int from contact where customer_id = f.id) as contacts,
        (select count(*)::int from need where customer_id = f.id and status = 'OPEN') as needs,
        (select count(*)::int from interaction where customer_id = f.id and next_step_at > now()) as steps from customer f`),
    deals: await rows<Held & { open: boolean }>(
      sql`select id, owner_id as owner, stage = 'OPEN' as open from deal`,
    ),
    segments: await rows(sql`select id, owner_id as owner from segment`),
    grants: await rows(
      sql`select id, grantee_id as owner from access_grant where ended_at is null and grantee_id = ${leaverId}`,
    ),
  };
}
type Snapshot = Awaited<ReturnType<typeof snapshot>>;

/** What changed between two looks at the tables, in the words of the preview. */
function differenceOf(before: Snapshot, after: Snapshot, leaverId: string) {
  const pairs = [...before.files.values()].map((was) => ({ was, is: after.files.get(was.id) as typeof was }));
  const owned = pairs.filter(({ was, is }) => was.owner !== is.owner);
  const kept = pairs.filter(({ was, is }) => was.custodian !== is.custodian);
  const sum = (pick: (file: (typeof pairs)[number]['was']) => number) =>
    owned.reduce((total, { was }) => total + pick(was), 0);
  const moved = (kind: 'deals' | 'segments') =>
    [...before[kind].values()].filter(({ id, owner: was }) => after[kind].get(id)?.owner !== was).length;
  const receivers = new Set([
    ...owned.map(({ is }) => is.owner),
    ...kept.map(({ is }) => is.custodian as string),
  ]);
  const left = (column: 'owner' | 'custodian', of = pairs) =>
    of.filter(({ is }) => is[column] === leaverId).length;
  const active = pairs.filter(({ is }) => !is.archived);
  return {
    customers: owned.length,
    archivedCustomers: owned.filter(({ was }) => was.archived).length,
    custodianships: kept.length,
    contacts: sum(({ contacts }) => contacts),
    openNeeds: sum(({ needs }) => needs),
    followUps: sum(({ steps }) => steps),
    deals: moved('deals'),
    segments: moved('segments'),
    grants: before.grants.size - after.grants.size,
    customersLeft: left('owner'),
    custodianshipsLeft: left('custodian'),
    dealsLeft: [...after.deals.values()].filter(({ owner: is, open }) => is === leaverId && open).length,
    activeCustomersLeft: left('owner', active),
    activeCustodianshipsLeft: left('custodian', active),
    recipients: [...receivers]
      .map((id) => ({
        employeeId: encodeId('emp', id),
        customers: owned.filter(({ is }) => is.owner === id).length,
        custodianships: kept.filter(({ is }) => is.custodian === id).length,
      }))
      .sort(byId),
  };
}
const byId = (a: { employeeId: string }, b: { employeeId: string }) => (a.employeeId < b.employeeId ? -1 : 1);

const shares = 'recipients { employeeId customers custodianships }';
const left = 'customersLeft custodianshipsLeft dealsLeft activeCustomersLeft activeCustodianshipsLeft';
const shared = 'customers archivedCustomers custodianships deals grants segments';

test('the preview is what the handover does, field by field, and refuses what it refuses', async () => {
  const numRuns = Number(process.env.RUNS ?? 20);
  let moved = 0;
  await fc.assert(
    fc.asyncProperty(company, async (drawn) => {
      const leaverId = await enter(drawn);
      const input = {
        fromEmployeeId: encodeId('emp', leaverId),
        rules: drawn.rules.map(({ region, to }) => ({
          ...(region && { filter: { region: { eq: region } } }),
          toEmployeeId: idOf(to),
        })),
        segmentsToEmployeeId: drawn.segmentsTo && idOf(drawn.segmentsTo),
        disable: drawn.disable,
      };
      const document = (selection: string) =>
        `query ($input: HandOverFilesInput!) { handoverPreview(input: $input) { ${selection} } }`;
      const preview = await writing.server
        .as('ADMIN')
        .query(document(`state ${shared} contacts openNeeds followUps ${left} ${shares}`), { input });
      const before = await snapshot(leaverId);
      const expectedState = preview.data?.handoverPreview.state;
      const decided = { ...input, expectedState };
      const done = await writing.admin.write(
        'handOverFiles',
        decided,
        `{ handover { ${shared} ${shares} } }`,
      );
      const difference = differenceOf(before, await snapshot(leaverId), leaverId);
      if (preview.errors) {
        expect(done.errors[0]?.extensions).toEqual(preview.errors[0]?.extensions);
        return;
      }
      const { state: _, ...shown } = preview.data.handoverPreview;
      shown.recipients.sort(byId);
      const isEmpty = shown.customers + shown.custodianships + shown.deals + shown.segments === 0;
      if (isEmpty) {
        expect(done.issues).toEqual(['input.rules NOTHING_TO_HAND_OVER']);
        return;
      }
      if (drawn.disable && shown.activeCustomersLeft + shown.activeCustodianshipsLeft > 0) {
        expect(done.code).toBe('CONFLICT');
        return;
      }
      expect(done.errors).toEqual([]);
      moved += 1;
      expect(difference).toEqual(shown);
      const { recipients, ...counts } = done.payload.handover;
      expect({ ...counts, recipients: recipients.sort(byId) }).toEqual(
        expect.objectContaining({ ...counts, recipients: shown.recipients }),
      );
      for (const field of shared.split(' ')) expect(counts[field], field).toBe(shown[field]);
    }),
    { numRuns },
  );
  expect(moved).toBeGreaterThan(numRuns / 8);
}, 300_000);

test('a custodian of many files who owns none hands all of them to whom they name', async () => {
  const { service, owner: keeper, db } = writing;
  const [entered] = await db.execute<{ id: string }>(
    sql`insert into employee (name, email, role) values ('数据管理员', 'steward@leaver.example', 'DATA_STEWARD') returning id`,
  );
  const steward = { id: encodeId('emp', entered?.id as string) };
  await db.execute(sql`
    insert into customer (name, owner_id, custodian_id)
    select '责任' || i, ${uuidOf(keeper.id)}::uuid, ${uuidOf(steward.id)}::uuid from generate_series(1, 601) i`);
  const input = { fromEmployeeId: steward.id, rules: [{ toEmployeeId: service.id }] };
  const { data } = await writing.server
    .as('MANAGER')
    .query(
      'query ($input: HandOverFilesInput!) { handoverPreview(input: $input) { customers custodianships } }',
      { input },
    );

  expect(data.handoverPreview).toEqual({ customers: 0, custodianships: 601 });
  const { payload } = await writing.manager.write(
    'handOverFiles',
    input,
    `{ handover { custodianships ${shares} } }`,
  );
  expect(payload.handover.custodianships).toBe(601);
  const [row] = await db.execute<{ count: number }>(
    sql`select count(*)::int from customer where name like '责任%' and custodian_id = ${uuidOf(service.id)} and owner_id = ${uuidOf(keeper.id)}`,
  );
  expect(row?.count).toBe(601);
  expect(custodians).toContain('CUSTOMER_SERVICE');
  expect(fileOwners).not.toContain('CUSTOMER_SERVICE');
});
