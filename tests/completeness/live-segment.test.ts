import { afterAll, beforeAll, expect, test } from 'vitest';
import { sequence } from '../../src/core/changes/sequencer.ts';
import '../../src/api.ts';
import { Role } from '../../src/core/access/role.ts';
import { compileAuthorizedFilter } from '../../src/core/model/filter.ts';
import { aliases } from '../../src/core/model/read-context.ts';
import { sweepFigures } from '../../src/domains/customer/completeness-sweep.write.ts';
import { customerModel } from '../../src/domains/customer/customer.model.ts';
import { segment } from '../../src/domains/segment/segment.table.ts';
import { goLive } from '../../src/features/membership/materialized-segment.write.ts';
import { advanceMembership, emptyRuleCache } from '../../src/features/membership/membership.write.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let ownerId: string;
let fileId: string;
beforeAll(async () => {
  database = await createTestDatabase();
  const [row] = await database.client<{ ownerId: string; fileId: string }[]>`
    with owner as (insert into employee (name, email, role) values ('经理', 'a@test.example', 'MANAGER') returning id),
    file as (insert into customer (name, owner_id) select '上海精密机械有限公司', id from owner returning id)
    select owner.id as "ownerId", file.id as "fileId" from owner, file`;
  ({ ownerId, fileId } = row as { ownerId: string; fileId: string });
});
afterAll(() => database.close());

const cache = emptyRuleCache();
const isMember = async (): Promise<boolean> => {
  for (let isBehind = true; isBehind; ) {
    await sequence(database.db);
    const step = await advanceMembership(database.db, { now: new Date() }, cache);
    isBehind = step.isBehind || step.events > 0 || step.changes > 0;
  }
  const rows = await database.client`select from live_member where customer_id = ${fileId}`;
  return rows.length > 0;
};
const score = async (): Promise<number> => {
  const [row] = await database.client<{ score: number }[]>`
    select completeness_score as score from file_figure where customer_id = ${fileId}`;
  return row?.score as number;
};

test('a live segment on completeness follows what fills a file, in it or in its parts, and other requirements', async () => {
  const rule = { completenessScore: { gt: await score() } };
  const [made] = await database.db
    .insert(segment)
    .values({ name: '完整档案', rule, ownerId, shared: true })
    .returning();
  await goLive(database.db, made?.id as string, { now: new Date() } as never);
  expect(await isMember()).toBe(false);
  await database.client`insert into contact (customer_id, name, mobile) values (${fileId}, '王经理', '+8613800138000')`;
  expect(await isMember()).toBe(true);
  await database.client`delete from contact`;
  expect(await isMember()).toBe(false);
  await database.client`update customer set industry = '制造业' where id = ${fileId}`;
  expect(await isMember()).toBe(true);
  await database.client`update settings set content = content || '{"requirements": [{"field": "city", "weight": 1}]}'`;
  await sweepFigures(database.db);
  await sweepFigures(database.db);
  expect(await score()).toBe(0);
  expect(await isMember()).toBe(false);
});

test('who follows such a segment must read every class that counts', () => {
  const next = aliases();
  const viewer = {
    id: ownerId,
    name: '',
    email: '',
    role: Role.MARKETING,
    teamId: null,
    leads: [],
    groups: [],
    sessionId: '',
  };
  const reading = { viewer, now: new Date(), timeZone: 'Asia/Shanghai', currency: 'CNY' };
  const { classes } = compileAuthorizedFilter(
    reading,
    customerModel,
    { completenessScore: { gt: 5 } },
    next(),
    null,
    next,
  );
  expect([...classes].sort()).toEqual(['basic', 'business', 'card', 'contact', 'credit', 'personal']);
});
