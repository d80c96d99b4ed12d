import { sql } from 'drizzle-orm';
import { type GraphQLInputObjectType, getNamedType } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeId, idKindOf } from '../../src/core/graphql/schema/type-id.ts';
import { accessRequest } from '../../src/domains/grant/access-request.table.ts';
import { segment } from '../../src/domains/segment/segment.table.ts';
import { enterCorrection } from '../confirmation/correction-row.ts';
import { sharedSchema } from '../support/schema.ts';
import { connectSocket } from '../support/socket.ts';
import { listOf } from './document.ts';
import { ask } from './expected-answer.ts';
import {
  type FileWorld,
  fileTypes,
  modelOf,
  seesFile,
  startFileWorld,
  type WorldFile,
} from './file-world.ts';
import { partsAlike } from './mutation-case.ts';

/** Sales people see what they own; SALES_2 keeps files that SALES may know nothing of. */
const stranger = 'SALES';
let world: FileWorld;
let foreign: WorldFile;
/** Ids of things that are there and not the stranger's, by name of the argument or input field. */
let notTheirs: Record<string, string>;
beforeAll(async () => {
  world = await startFileWorld();
  foreign = world.files.find((file) => !seesFile(stranger, file)) as WorldFile;
  const { db, as } = world.server;
  const [hidden] = await db
    .insert(segment)
    .values({ name: '私有', rule: {}, ownerId: as('SALES_2').uuid })
    .returning({ id: segment.id });
  const [request] = await db
    .insert(accessRequest)
    .values({
      customerId: foreign.uuids.Customer,
      requesterId: as('MARKETING').uuid,
      classes: ['contact'],
      purpose: '核对',
      toldIds: [as('ADMIN').uuid],
      until: later(1),
    })
    .returning({ id: accessRequest.id });
  const [grant] = await db.execute<{ id: string }>(
    sql`select id from access_grant where grantee_id <> ${as('SALES').uuid} limit 1`,
  );
  const [handedOver] = await db.execute<{ id: string }>(sql`
    insert into handover (from_employee_id, performed_by_id, reason, disabled, customers, archived_customers, custodianships, deals, grants, segments)
    values (${as('ADMIN').uuid}, ${as('ADMIN').uuid}, 'LEAVING', false, 1, 0, 0, 0, 0, 0) returning id`);
  // Over before it could give anybody rights.
  const [standIn] = await db.execute<{ id: string }>(sql`
    insert into delegation (employee_id, delegate_id, starts_at, ends_at)
    values (${as('SALES_2').uuid}, ${as('MANAGER').uuid}, '2020-01-01', '2020-01-02') returning id`);
  notTheirs = {
    delegation: encodeId('dlg', standIn?.id as string),
    correction: await enterCorrection(db, foreign.uuids.Customer, as('ADMIN').uuid),
    handover: encodeId('ho', handedOver?.id as string),
    segment: encodeId('seg', hidden?.id as string),
    requestId: encodeId('req', request?.id as string),
    grantId: encodeId('grant', grant?.id as string),
  };
});
afterAll(() => world.server.close());

const later = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();

/** An id of the same kind that nothing has. */
const missing = (id: string): string =>
  encodeId(idKindOf(id) as 'cus', '01890000-0000-7000-8000-00000000dead');

/** The same operation on something foreign and on nothing at all: text, codes, and SQL word for word. */
async function expectSame(document: (id: string) => string, id: string): Promise<unknown> {
  const { statements } = world.server;
  const run = async (target: string) => {
    const before = statements.length;
    const { text, errors, data } = await ask(world, stranger, document(target));
    return {
      text: text.replaceAll(target, 'ID'),
      sql: statements.slice(before),
      codes: errors.map(({ extensions }) => extensions.code),
      data,
    };
  };
  // Code that runs for the first time is slow, and the viewer's verification then travels apart from the reading.
  await run(missing(id));
  const [foreignAnswer, missingAnswer] = [await run(id), await run(missing(id))];
  expect(foreignAnswer, document(id)).toEqual(missingAnswer);
  return foreignAnswer;
}

describe('to a stranger, what is not theirs looks like what is not there', () => {
  test.each(fileTypes)('node, nodes and filters on a %s', async (type) => {
    const id = foreign.ids[type] as string;
    const list = listOf(type);
    expect(await expectSame((target) => `{ node(id: "${target}") { id } }`, id)).toMatchObject({
      data: { node: null },
      codes: [],
    });
    expect(await expectSame((target) => `{ nodes(ids: ["${target}"]) { id } }`, id)).toMatchObject({
      data: { nodes: [null] },
      codes: [],
    });
    await expectSame(
      (target) => `{ ${list}(filter: { id: { eq: "${target}" } }) { totalCount nodes { id } } }`,
      id,
    );
    const inward = [...modelOf('Customer').relations.values()].find(
      ({ target }) => target().name === type,
    )?.field;
    if (inward)
      await expectSame(
        (target) =>
          `{ customers(filter: { ${inward}: { some: { id: { eq: "${target}" } } } }) { totalCount } }`,
        id,
      );
  });

  test('a file by id, by number, as it stood, its events, and around it', async () => {
    const id = foreign.ids.Customer;
    const number = foreign.sentinels.get('Customer.fileNumber')?.value;
    await expectSame(
      (target) => `{ customer(id: "${target}") { id name contacts { nodes { id } } deals { totalCount } } }`,
      id,
    );
    await expectSame((target) => `{ customer(id: "${target}", asOf: "${later(0)}") { id name } }`, id);
    await expectSame(
      (target) => `{ customerFileEvents(customerId: "${target}", first: 5) { nodes { type } } }`,
      id,
    );
    await expectSame(
      (target) => `{ accessGrants(filter: { customer: { id: { eq: "${target}" } } }) { totalCount } }`,
      id,
    );
    const [known, unknown] = await Promise.all(
      [number, 'CF99999999'].map((text) =>
        ask(world, stranger, `{ customer(fileNumber: "${text}") { id } }`),
      ),
    );
    expect(known?.text).toBe(unknown?.text);
  });

  test('a private segment, and whether a file is in one', async () => {
    const id = notTheirs.segment as string;
    await expectSame((target) => `{ segment(id: "${target}") { name size } }`, id);
    await expectSame((target) => `{ customers(segmentId: "${target}") { totalCount } }`, id);
    await expectSame((target) => `{ customers(filter: { inSegment: "${target}" }) { totalCount } }`, id);
    await expectSame(
      (target) => `{ customerStats(segmentId: "${target}", groupBy: [STAGE]) { __typename } }`,
      id,
    );
    const [shared] = await world.server.db
      .insert(segment)
      .values({ name: '公开', rule: {}, ownerId: world.server.as('ADMIN').uuid, shared: true })
      .returning({ id: segment.id });
    await expectSame(
      (target) =>
        `{ segment(id: "${encodeId('seg', shared?.id as string)}") { contains(customerId: "${target}") } }`,
      foreign.ids.Customer,
    );
  });

  /** What each mutation that takes an id is sent, besides the id. */
  const mutations: Record<string, { id: () => string; field?: string; input?: string }> = {
    ...Object.fromEntries(
      partsAlike.flatMap(({ type, operations, fields }) => {
        const id = () => foreign.ids[type] as string;
        return [
          [operations.create, { id: () => foreign.ids.Customer, field: 'customerId', input: fields }],
          [operations.update, { id, input: `expectedVersion: 1, ${fields}` }],
          [operations.delete, { id, input: 'expectedVersion: 1' }],
        ];
      }),
    ),
    updateCustomer: { id: () => foreign.ids.Customer, input: 'expectedVersion: 1, industry: "机械"' },
    archiveCustomer: { id: () => foreign.ids.Customer, input: 'expectedVersion: 1' },
    restoreCustomer: { id: () => foreign.ids.Customer, input: 'expectedVersion: 1' },
    submitFile: { id: () => foreign.ids.Customer, input: 'expectedVersion: 1' },
    approveFile: { id: () => foreign.ids.Customer, input: 'expectedVersion: 1' },
    rejectFile: { id: () => foreign.ids.Customer, input: 'expectedVersion: 1, reason: "有误"' },
    registerFile: { id: () => foreign.ids.Customer, input: 'expectedVersion: 1' },
    cancelArchiveNumber: { id: () => foreign.ids.Customer, input: 'expectedVersion: 1, reason: "误"' },
    requestConfirmation: {
      id: () => foreign.ids.Customer,
      input: 'expectedVersion: 1, channel: RECORDED, answer: CONFIRMED, way: SPOKEN, evidence: "电话"',
    },
    revokeConfirmation: { id: () => foreign.ids.Customer },
    acceptProposedChange: { id: () => notTheirs.correction as string },
    declineProposedChange: { id: () => notTheirs.correction as string, input: 'reason: "有误"' },
    verifyFields: {
      id: () => foreign.ids.Customer,
      input: 'expectedVersion: 1, fields: [{ field: "name", method: PHONE }]',
    },
    setTier: { id: () => foreign.ids.Customer, input: 'expectedVersion: 1, tier: A, reason: "重点客户"' },
    assignCustomer: {
      id: () => foreign.ids.Customer,
      input: `ownerId: "${missing('emp_01h455vb4pex5vsknk084sn02q')}"`,
    },
    revertCustomerField: {
      id: () => foreign.ids.Customer,
      input: `expectedVersion: 1, field: "industry", to: "${later(0)}"`,
    },
    updateCustomers: { id: () => foreign.ids.Customer, field: 'ids', input: 'patch: { industry: "机械" }' },
    tagCustomers: { id: () => foreign.ids.Customer, field: 'ids', input: 'tags: ["高预算"]' },
    untagCustomers: { id: () => foreign.ids.Customer, field: 'ids', input: 'tags: ["高预算"]' },
    tagCustomer: { id: () => foreign.ids.Customer, input: 'tags: ["高预算"]' },
    untagCustomer: { id: () => foreign.ids.Customer, input: 'tags: ["高预算"]' },
    markNumberInvalid: {
      id: () => foreign.ids.Contact as string,
      field: 'contactId',
      input: 'number: "+8613800138000", fault: VACANT',
    },
    logInteraction: {
      id: () => foreign.ids.Customer,
      field: 'customerId',
      input: `kind: NOTE, summary: "备注", occurredAt: "${later(-1)}"`,
    },
    updateInteraction: {
      id: () => foreign.ids.Interaction as string,
      input: 'expectedVersion: 1, summary: "备注"',
    },
    deleteInteraction: { id: () => foreign.ids.Interaction as string, input: 'expectedVersion: 1' },
    createTask: { id: () => foreign.ids.Customer, field: 'customerId', input: 'title: "核对"' },
    reportChange: {
      id: () => foreign.ids.Customer,
      field: 'customerId',
      input: 'field: "address", what: "已搬迁"',
    },
    updateTask: { id: () => foreign.ids.Task as string, input: 'expectedVersion: 1, title: "核对"' },
    completeTask: { id: () => foreign.ids.Task as string },
    cancelTask: { id: () => foreign.ids.Task as string, input: 'reason: "重复"' },
    reassignTask: {
      id: () => foreign.ids.Task as string,
      input: `assigneeId: "${missing('emp_01h455vb4pex5vsknk084sn02q')}"`,
    },
    snoozeTask: { id: () => foreign.ids.Task as string },
    createSegment: {
      id: () => foreign.ids.Customer,
      field: 'customerIds',
      input: 'name: "名单", kind: STATIC',
    },
    updateSegment: { id: () => notTheirs.segment as string, input: 'expectedVersion: 1, name: "改"' },
    deleteSegment: { id: () => notTheirs.segment as string, input: 'expectedVersion: 1' },
    exportCustomers: {
      id: () => notTheirs.segment as string,
      field: 'segmentId',
      input: 'columns: [FILE_NUMBER], purpose: "核对"',
    },
    confirmHandover: { id: () => notTheirs.handover as string },
    addCoOwner: {
      id: () => foreign.ids.Customer,
      input: `coOwnerId: "${missing('emp_01h455vb4pex5vsknk084sn02q')}"`,
    },
    removeCoOwner: {
      id: () => foreign.ids.Customer,
      input: `coOwnerId: "${missing('emp_01h455vb4pex5vsknk084sn02q')}"`,
    },
    endDelegation: { id: () => notTheirs.delegation as string },
    approveAccess: { id: () => notTheirs.requestId as string, field: 'requestId' },
    declineAccess: { id: () => notTheirs.requestId as string, field: 'requestId' },
    withdrawAccess: { id: () => notTheirs.requestId as string, field: 'requestId' },
    renewGrant: {
      id: () => notTheirs.grantId as string,
      field: 'grantId',
      input: `until: "${later(30)}"`,
    },
    returnFile: { id: () => notTheirs.grantId as string, field: 'grantId' },
    recallGrant: { id: () => notTheirs.grantId as string, field: 'grantId' },
  };
  /** About staff, whom everybody knows; requestAccess is for files one cannot see, as the directory shows them to all. */
  const notAboutFiles = [
    'updateEmployee',
    'disableEmployee',
    'createEmployee',
    'resetPassword',
    'createTeam',
    'createDelegation',
    'updateTeam',
    'setTeamRobot',
    'removeTeamRobot',
    'testTeamRobot',
    'updateDepartment',
    'setWorkingWeek',
    'setCalendarDays',
    'handOverFiles',
    'retryRun',
    'requestAccess',
    'createCustomer',
  ];

  test.each(Object.entries(mutations))('the mutation %s', async (name, { id, field = 'id', input = '' }) => {
    const document = (target: string) =>
      `mutation { ${name}(input: { ${field}: "${target}", ${input} }) { __typename } }`;
    const answer = await expectSame(document, id());
    expect(answer).toMatchObject({ data: null });
  });

  test('every mutation that takes an id is among them', () => {
    const taking = Object.values(sharedSchema().getMutationType()?.getFields() ?? {}).filter(({ args }) =>
      args.some(({ type }) => {
        const input = getNamedType(type) as unknown as GraphQLInputObjectType;
        return Object.values(input.getFields?.() ?? {}).some((one) => getNamedType(one.type).name === 'ID');
      }),
    );
    const names = taking.map(({ name }) => name).filter((name) => !notAboutFiles.includes(name));
    expect(names.sort()).toEqual(Object.keys(mutations).sort());
  });

  test('a subscription to a file, or to a private segment', async () => {
    const socket = connectSocket(world.server.socketUrl, world.server.as(stranger).token);
    const refusal = async (argument: string) => {
      const stream = socket.subscribe(`subscription { customerFileChanged(${argument}) { type } }`);
      const errors = await Promise.race([stream.next().then((result) => result.errors), stream.ended]);
      return JSON.stringify(errors).replace(/[a-z]+_[0-9a-z]{26}/g, 'ID');
    };
    for (const [name, id] of [
      ['customerId', foreign.ids.Customer],
      ['segmentId', notTheirs.segment as string],
    ] as const) {
      const told = await refusal(`${name}: "${id}"`);
      expect(told).toContain('NOT_FOUND');
      expect(await refusal(`${name}: "${missing(id)}"`)).toBe(told);
    }
    await socket.close();
  });
});

test('own and foreign ids under aliases are authorized one by one', async () => {
  const own = world.files.find(
    ({ viewer, relation }) => viewer === stranger && relation === 'OWN',
  ) as WorldFile;
  const { data, errors } = await ask(
    world,
    stranger,
    `{ a: customer(id: "${own.ids.Customer}") { id } b: customer(id: "${foreign.ids.Customer}") { id } c: node(id: "${foreign.ids.Contact}") { id }
       d: node(id: "${own.ids.Contact}") { id } nodes(ids: ["${foreign.ids.Deal}", "${own.ids.Deal}", "${foreign.ids.Customer}"]) { id } }`,
  );
  expect(errors).toEqual([]);
  expect(data).toEqual({
    a: { id: own.ids.Customer },
    b: null,
    c: null,
    d: { id: own.ids.Contact },
    nodes: [null, { id: own.ids.Deal }, null],
  });
});
