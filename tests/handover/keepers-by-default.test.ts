import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Role } from '../../src/core/access/role.ts';
import { encodeId, uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { deal } from '../../src/domains/deal/deal.table.ts';
import { employee } from '../../src/domains/employee/employee.table.ts';
import {
  addDeal,
  type Colleague,
  fileNow,
  type Outcome,
  openFile,
  startWriting,
  type Writing,
} from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

let entered = 0;
/** A fresh colleague, past the API. */
async function enter(role: Role): Promise<Colleague> {
  entered += 1;
  const row = { name: `员工${entered}`, email: `e${entered}@default.example`, role };
  const [made] = await writing.db.insert(employee).values(row).returning();
  return { ...writing.owner, id: encodeId('emp', made?.id as string) };
}

const setEmployee = (db: Writing['db'], id: string, values: Partial<typeof employee.$inferInsert>) =>
  db
    .update(employee)
    .set(values)
    .where(eq(employee.id, uuidOf(id)));

const disabled = { disabledAt: '2026-01-01T00:00:00Z' };
/** Ways past the rule: by role, and by leaving. */
const unfit = [
  ['EMPLOYEE_ROLE', { role: 'ANALYST' }],
  ['EMPLOYEE_NOT_ACTIVE', disabled],
] as const;

const aStatementWaits = () =>
  expect
    .poll(async () => {
      const [row] = await writing.db.execute<{ waiting: number }>(
        sql`select count(*)::int as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return row?.waiting;
    })
    .toBe(1);

/** What a sales person writes without naming an owner. */
const creations: Record<string, () => Promise<() => Promise<Outcome>>> = {
  'a file': async () => () =>
    writing.stranger.write('createCustomer', { name: '上海缺省机械有限公司' }, '{ customer { id } }'),
  'a deal': async () => {
    const file = await openFile(writing, writing.stranger);
    return () =>
      writing.stranger.write('createDeal', { customerId: file.id, title: '设备' }, '{ deal { id } }');
  },
};

test.each(
  Object.keys(creations).flatMap((what) => unfit.map(([code, values]) => [what, code, values] as const)),
)(
  'who opens %s in the moment in which they become unable to own one is refused: %s',
  async (what, code, values) => {
    const create = (await creations[what]?.()) as () => Promise<Outcome>;
    let creating: Promise<Outcome> | undefined;
    try {
      await writing.db.transaction(async (tx) => {
        // Past what keeps who has files from leaving: in what is tested that looked before the file was there.
        await tx.execute(sql`set local session_replication_role = replica`);
        await setEmployee(tx as unknown as Writing['db'], writing.stranger.id, values);
        creating = create();
        await aStatementWaits();
      });
      expect((await creating)?.issues).toEqual([`input.ownerId ${code}`]);
    } finally {
      await setEmployee(writing.db, writing.stranger.id, { role: 'SALES', disabledAt: null });
    }
  },
);

test.each(unfit)(
  'a deal is not reopened for an owner who cannot own it any more: %s',
  async (code, values) => {
    for (const stage of ['LOST', 'WON'] as const) {
      const before = await enter('SALES');
      const file = await openFile(writing, writing.owner);
      const closed = stage === 'WON' ? { contractAmount: '1.00', effectiveOn: '2026-01-01' } : {};
      const { id, uuid, version } = await addDeal(writing, before, file.uuid, { stage, ...closed });
      await setEmployee(writing.db, before.id, values);
      const reopen = (input: object) =>
        writing.manager.write(
          'updateDeal',
          { id, expectedVersion: version, stage: 'OPEN', ...input },
          '{ deal { stage } }',
        );
      expect((await reopen({})).issues).toEqual([`input.ownerId ${code}`]);
      expect((await reopen({ ownerId: writing.owner.id })).errors).toEqual([]);
      const [now] = await writing.db.select().from(deal).where(eq(deal.id, uuid));
      expect([now?.stage, now?.ownerId]).toEqual(['OPEN', uuidOf(writing.owner.id)]);
    }
  },
);

test.each(unfit)(
  'a handover gives no open deal to the owner of its file who cannot own it: %s',
  async (_code, values) => {
    const leaver = await enter('SALES');
    const gone = await enter('SALES');
    const files = [
      await openFile(writing, gone, { archivedAt: '2026-01-01T00:00:00Z' }),
      await openFile(writing, leaver),
    ];
    const deals = [];
    for (const { uuid } of files) deals.push(await addDeal(writing, leaver, uuid));
    await setEmployee(writing.db, gone.id, values);
    const { fileNumber } = await fileNow(writing, files[0]?.uuid as string);
    const input = { fromEmployeeId: leaver.id, rules: [{ toEmployeeId: writing.stranger.id }] };
    const preview = () =>
      writing.server
        .as('MANAGER')
        .query('query ($input: HandOverFilesInput!) { handoverPreview(input: $input) { deals } }', { input });
    const handOver = () => writing.manager.write('handOverFiles', input, '{ handover { deals } }');
    const refusal = { code: 'CONFLICT', reason: 'OPEN_DEALS_WITHOUT_OWNER', fileNumbers: [fileNumber] };
    expect((await preview()).errors?.[0]?.extensions).toMatchObject(refusal);
    expect((await handOver()).errors[0]?.extensions).toMatchObject(refusal);
    expect((await fileNow(writing, files[1]?.uuid as string)).ownerId).toBe(uuidOf(leaver.id));

    const assigned = { id: files[0]?.id, ownerId: writing.owner.id };
    expect((await writing.manager.write('assignCustomer', assigned, '{ customer { id } }')).errors).toEqual(
      [],
    );
    expect((await preview()).data.handoverPreview).toEqual({ deals: 2 });
    expect((await handOver()).payload.handover).toEqual({ deals: 2 });
    const owners = await writing.db.execute<{ owner: string }>(
      sql`select owner_id as owner from deal where id in (${sql.join(
        deals.map(({ uuid }) => sql`${uuid}::uuid`),
        sql`, `,
      )}) order by id`,
    );
    expect(owners.map(({ owner }) => owner)).toEqual([uuidOf(writing.owner.id), uuidOf(writing.stranger.id)]);
  },
);

test.each([
  [{ role: 'ANALYST' }, /role/],
  [disabled, /left/],
] as const)(
  'a file is not restored to a custodian who can keep none, and it says why: %j',
  async (values, why) => {
    const keeper = await enter('CUSTOMER_SERVICE');
    const archived = { custodianId: uuidOf(keeper.id), archivedAt: '2026-01-01T00:00:00Z' };
    const file = await openFile(writing, writing.owner, archived);
    await setEmployee(writing.db, keeper.id, values);
    const input = { id: file.id, expectedVersion: file.version, archived: false };
    const { code, errors } = await writing.owner.write('archiveCustomer', input, '{ customer { id } }');
    expect(code).toBe('CONFLICT');
    expect(errors[0]?.message).toMatch(why);
  },
);
