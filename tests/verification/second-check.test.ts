import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifiers } from '../../src/core/access/policy.ts';
import { Role } from '../../src/core/access/role.ts';
import { encodeId, uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { initialSettings } from '../../src/core/settings/settings.ts';
import { advanceTaskRules } from '../../src/features/task-rule/task-rule.write.ts';
import { workAroundTheClock } from '../support/calendar.ts';
import { type Colleague, fileNow, openFile, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
  await workAroundTheClock(writing.db);
  await advance();
  await set({ verifiedFields: ['name'] });
});
afterAll(() => writing.close());

const advance = async () => {
  await writing.db.execute(sql`select sequence_events(1000000)`);
  while ((await advanceTaskRules(writing.db, { now: new Date(), settings: initialSettings })).isBehind);
};
async function set(values: object) {
  const { data } = await writing.server.as('ADMIN').query('{ settings { version } }');
  const input = { expectedVersion: data.settings.version, ...values };
  expect((await writing.admin.write('updateSettings', input, '{ settings { version } }')).errors).toEqual([]);
}
/** A file whose name the manager wrote. */
async function written() {
  const file = await openFile(writing, writing.owner);
  await writing.db.execute(sql`select sequence_events(1000000)`);
  await writing.db.execute(
    sql`update file_change set actor_id = ${uuidOf(writing.manager.id)} where customer_id = ${file.uuid}`,
  );
  return file;
}
const decide = async (who: Colleague, mutation: string, uuid: string, values: object = {}) => {
  const { version: expectedVersion, id } = await fileNow(writing, uuid);
  const input = { id: encodeId('cus', id), expectedVersion, ...values };
  return who.write(
    mutation,
    input,
    '{ customer { verification { state isSecondPass fields { field state isSecondPass } } } }',
  );
};
const verifyName = (uuid: string, method: string, evidence?: string) =>
  decide(writing.manager, 'verifyFields', uuid, { fields: [{ field: 'name', method, evidence }] });
const nameOf = ({ payload }: Awaited<ReturnType<typeof decide>>) => payload.customer.verification.fields[0];
/** As if so much time had gone by since what was done. */
const passHours = (uuid: string, hours: number) =>
  writing.db.transaction(async (tx) => {
    await tx.execute(sql`set local session_replication_role = replica`);
    await tx.execute(
      sql`update field_check set verified_at = verified_at - make_interval(hours => ${hours}) where customer_id = ${uuid}`,
    );
    await tx.execute(
      sql`update verification_step set occurred_at = occurred_at - make_interval(hours => ${hours}) where customer_id = ${uuid}`,
    );
  });

test('SECOND_PASS: the author verifies later, by another method, with evidence, and it is marked', async () => {
  await set({ secondCheck: 'SECOND_PASS', secondPassAfter: 'PT12H' });
  const { uuid } = await written();
  expect(nameOf(await verifyName(uuid, 'WEBSITE'))).toEqual({
    field: 'name',
    state: 'NOTED',
    isSecondPass: false,
  });
  // A retry.
  expect(nameOf(await verifyName(uuid, 'WEBSITE')).state).toBe('NOTED');
  const pass = 'input.fields.0 SECOND_PASS_REQUIRED';
  expect((await verifyName(uuid, 'PHONE', '电话核对')).issues).toEqual([pass]);
  expect((await decide(writing.manager, 'submitFile', uuid)).errors).toEqual([]);
  await passHours(uuid, 13);
  expect((await verifyName(uuid, 'WEBSITE', '官网')).issues).toEqual([pass]);
  expect((await verifyName(uuid, 'PHONE')).issues).toEqual([pass]);
  expect((await decide(writing.manager, 'approveFile', uuid)).issues).toEqual([
    'input.name FIELD_NOT_VERIFIED',
    'input.evidence SECOND_PASS_REQUIRED',
  ]);
  expect(nameOf(await verifyName(uuid, 'PHONE', '电话核对'))).toEqual({
    field: 'name',
    state: 'VERIFIED',
    isSecondPass: true,
  });
  const { payload } = await decide(writing.manager, 'approveFile', uuid, { evidence: '营业执照原件' });
  expect(payload.customer.verification).toMatchObject({ state: 'VERIFIED', isSecondPass: true });
});

test('IF_AVAILABLE: the author verifies only where nobody else does; credit is never their own', async () => {
  await set({ secondCheck: 'IF_AVAILABLE' });
  const { uuid } = await written();
  expect((await verifyName(uuid, 'PHONE')).errors[0]?.extensions.reason).toBe('SECOND_CHECK');
  const others = sql`id <> ${uuidOf(writing.manager.id)} and role in ('MANAGER', 'DATA_STEWARD', 'ADMIN') and disabled_at is null`;
  const gone = await writing.db.execute<{ id: string }>(
    sql`update employee set disabled_at = now() where ${others} returning id`,
  );
  expect(nameOf(await verifyName(uuid, 'PHONE')).state).toBe('VERIFIED');
  const { version: expectedVersion } = await fileNow(writing, uuid);
  const id = encodeId('cus', uuid);
  await writing.finance.write(
    'updateCustomer',
    { id, expectedVersion, creditGrade: 'B' },
    '{ customer { id } }',
  );
  const credit = await decide(writing.finance, 'verifyFields', uuid, {
    fields: [{ field: 'creditGrade', method: 'DOCUMENT' }],
  });
  expect(credit.errors[0]?.extensions.reason).toBe('SECOND_CHECK');
  await writing.db.execute(
    sql`update employee set disabled_at = null where id = any(${`{${gone.map(({ id: one }) => one).join()}}`}::uuid[])`,
  );
});

test.each(Object.values(Role))(
  '%s is somebody else who verifies exactly if the policy says so',
  async (role) => {
    class Undo extends Error {}
    let found: boolean | undefined;
    const trial = writing.db.transaction(async (tx) => {
      await tx.execute(sql`set local session_replication_role = replica`);
      await tx.execute(
        sql`update employee set disabled_at = now() where id <> ${uuidOf(writing.service.id)}`,
      );
      await tx.execute(sql`update employee set role = ${role} where id = ${uuidOf(writing.service.id)}`);
      const [row] = await tx.execute<{ there: boolean }>(
        sql`select has_other_verifiers(${uuidOf(writing.manager.id)}) as there`,
      );
      found = row?.there;
      throw new Undo();
    });
    await expect(trial).rejects.toThrow(Undo);
    expect(found).toBe(verifiers.includes(role));
  },
);

test('a submitted file is a task of who verifies, a rejected one of who submitted it, with the reason', async () => {
  await set({ secondCheck: 'REQUIRED' });
  const file = await openFile(writing, writing.owner);
  const tasks = async () => {
    await advance();
    const { data, errors } = await writing.server.as('SALES').query(
      `{ customer(id: "${file.id}") { verification { rejectedReason } tasks(orderBy: [{ field: CREATED_AT, direction: ASC }]) {
         nodes { kind state reported assignee { id } } } } }`,
    );
    expect(errors).toBeUndefined();
    return { reason: data.customer.verification.rejectedReason, tasks: data.customer.tasks.nodes };
  };
  await decide(writing.owner, 'submitFile', file.uuid);
  const [verify] = (await tasks()).tasks;
  expect([verify.kind, verify.state]).toEqual(['VERIFY', 'OPEN']);
  expect([writing.manager.id, writing.steward.id]).toContain(verify.assignee.id);
  expect((await decide(writing.manager, 'rejectFile', file.uuid, { reason: ' ' })).issues).toEqual([
    'input.reason TEXT_REQUIRED',
  ]);
  expect((await decide(writing.owner, 'rejectFile', file.uuid, { reason: '有误' })).code).toBe('FORBIDDEN');
  expect(
    (await decide(writing.manager, 'rejectFile', file.uuid, { reason: '名称与执照不符' })).errors,
  ).toEqual([]);
  const rejected = await tasks();
  expect(rejected.reason).toBe('名称与执照不符');
  expect(rejected.tasks).toMatchObject([
    { kind: 'VERIFY', state: 'DONE' },
    { kind: 'RECTIFY', state: 'OPEN', reported: '名称与执照不符', assignee: { id: writing.owner.id } },
  ]);
  await decide(writing.owner, 'submitFile', file.uuid);
  const again = await tasks();
  expect([
    again.reason,
    again.tasks.map(({ kind, state }: Record<string, string>) => `${kind} ${state}`),
  ]).toEqual([null, ['VERIFY DONE', 'RECTIFY DONE', 'VERIFY OPEN']]);
});

test('what the rules do about a file while it is decided about is in the way of no decision', async () => {
  const file = await openFile(writing, writing.owner);
  const id = encodeId('cus', file.uuid);
  const decideOn = async (who: Colleague, mutation: string, version: number, values: object = {}) => {
    const input = { id, expectedVersion: version, ...values };
    const { errors, payload } = await who.write(mutation, input, '{ customer { version } }');
    expect(errors).toEqual([]);
    await advance();
    return payload?.customer.version;
  };
  const { version } = await fileNow(writing, file.uuid);
  const submitted = await decideOn(writing.owner, 'submitFile', version);
  expect((await fileNow(writing, file.uuid)).version).toBeGreaterThan(submitted);
  const rejected = await decideOn(writing.steward, 'rejectFile', submitted, { reason: '名称有误' });
  const again = await decideOn(writing.owner, 'submitFile', rejected);
  await decideOn(writing.steward, 'verifyFields', again, { fields: [{ field: 'name', method: 'REGISTER' }] });
  await decideOn(writing.steward, 'approveFile', again);
});

test('a department verifies the fields it answers for, and the leader of the owner’s team approves', async () => {
  const file = await openFile(writing, writing.owner, { industry: '制造业', size: 'SMALL' });
  const industry = { fields: [{ field: 'industry', method: 'WEBSITE' }] };
  expect((await decide(writing.marketing, 'verifyFields', file.uuid, industry)).refused).toEqual([
    'industry',
  ]);
  const [department] = await writing.db.execute<{ id: string }>(
    sql`insert into department (name, responsible_for) values ('市场部', '{MARKET}') returning id`,
  );
  await writing.db.execute(
    sql`update employee set department_id = ${department?.id} where id = ${uuidOf(writing.marketing.id)}`,
  );
  expect((await decide(writing.marketing, 'verifyFields', file.uuid, industry)).errors).toEqual([]);
  const both = {
    fields: [
      { field: 'size', method: 'WEBSITE' },
      { field: 'name', method: 'WEBSITE' },
    ],
  };
  expect((await decide(writing.marketing, 'verifyFields', file.uuid, both)).refused).toEqual(['name']);
  const [team] = await writing.db.execute<{ id: string }>(
    sql`insert into team (name, leader_id) values ('华东组', ${uuidOf(writing.service.id)}) returning id`,
  );
  await decide(writing.owner, 'submitFile', file.uuid);
  expect((await decide(writing.service, 'approveFile', file.uuid)).code).toBe('FORBIDDEN');
  await writing.db.execute(
    sql`update employee set team_id = ${team?.id} where id = ${uuidOf(writing.owner.id)}`,
  );
  const name = { fields: [{ field: 'name', method: 'PHONE' }] };
  expect((await decide(writing.service, 'verifyFields', file.uuid, name)).errors).toEqual([]);
  const { payload } = await decide(writing.service, 'approveFile', file.uuid);
  expect(payload.customer.verification.state).toBe('VERIFIED');
});

test('who leads the owner’s team decides about no file, and verifies nothing of it, that a grant alone opens to them', async () => {
  const file = await openFile(writing, writing.owner, { industry: '制造业' });
  const [team] = await writing.db.execute<{ id: string }>(
    sql`insert into team (name, leader_id) values ('华南组', ${uuidOf(writing.stranger.id)}) returning id`,
  );
  await writing.db.execute(
    sql`update employee set team_id = ${team?.id} where id = ${uuidOf(writing.owner.id)}`,
  );
  await decide(writing.owner, 'submitFile', file.uuid);
  const attempts = async () => {
    const name = { fields: [{ field: 'name', method: 'PHONE' }] };
    return [
      (await decide(writing.stranger, 'verifyFields', file.uuid, name)).code,
      (await decide(writing.stranger, 'approveFile', file.uuid)).code,
      (await decide(writing.stranger, 'rejectFile', file.uuid, { reason: '有误' })).code,
    ];
  };
  expect(await attempts()).toEqual(['NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND']);
  await writing.db.execute(sql`
    insert into access_grant (customer_id, grantee_id, classes, purpose, expires_at)
    values (${file.uuid}, ${uuidOf(writing.stranger.id)}, '{card,basic,contact,business,credit,personal}', '核对', now() + interval '1 day')`);
  expect(await attempts()).toEqual(['FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN']);
  expect((await fileNow(writing, file.uuid)).verificationState).toBe('SUBMITTED');
  await writing.db.execute(
    sql`insert into customer_coowner (customer_id, employee_id) values (${file.uuid}, ${uuidOf(writing.stranger.id)})`,
  );
  // Rejecting comes too late: it is approved by then.
  expect(await attempts()).toEqual([undefined, undefined, 'CONFLICT']);
});
