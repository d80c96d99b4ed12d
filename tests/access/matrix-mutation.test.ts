import { eq } from 'drizzle-orm';
import { type GraphQLObjectType, type GraphQLOutputType, getNamedType, isObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callers, policy } from '../../src/access/policy.ts';
import { customer } from '../../src/customer/customer.table.ts';
import { createSchema } from '../../src/graphql/schema.ts';
import type { StaffName } from '../support/server.ts';
import { flatSelection, inward, through } from './document.ts';
import {
  type FileType,
  type FileWorld,
  fileTypes,
  roleOf,
  seesFile,
  startFileWorld,
  viewers,
  type WorldFile,
} from './file-world.ts';
import { ask, describe as described, expectByPolicy } from './judge.ts';

let world: FileWorld;
beforeAll(async () => {
  world = await startFileWorld();
}, 60_000);
afterAll(() => world.server.close());

/** Everything of a file, and of what lies around it in the file. */
const everything = (type: FileType): string =>
  [
    flatSelection(type),
    ...inward(type).map(({ field, arity, target }) =>
      through(field, arity, flatSelection(target().name as FileType)),
    ),
  ]
    .join(' ')
    // Writes move these, or set them right: their sentinels are gone.
    .replace(/ (?:updatedAt|lastInteractionAt|closedAt|lostReason)\b/g, '');

/** Writes that change nothing that bears a sentinel, whose payloads show the file all the same. */
const mutations: Record<string, { of: FileType; input: (file: WorldFile, version: number) => string }> = {
  updateCustomer: {
    of: 'Customer',
    input: ({ ids }, version) => `id: "${ids.Customer}", expectedVersion: ${version}`,
  },
  archiveCustomer: {
    of: 'Customer',
    input: ({ ids }, version) => `id: "${ids.Customer}", expectedVersion: ${version}, archived: false`,
  },
  tagCustomer: { of: 'Customer', input: ({ ids }) => `id: "${ids.Customer}", tags: ["高预算"]` },
  untagCustomer: { of: 'Customer', input: ({ ids }) => `id: "${ids.Customer}", tags: ["高预算"]` },
  updateContact: {
    of: 'Contact',
    input: ({ ids }, version) => `id: "${ids.Contact}", expectedVersion: ${version}`,
  },
  updateNeed: { of: 'Need', input: ({ ids }, version) => `id: "${ids.Need}", expectedVersion: ${version}` },
  updateDeal: { of: 'Deal', input: ({ ids }, version) => `id: "${ids.Deal}", expectedVersion: ${version}` },
  logInteraction: {
    of: 'Interaction',
    input: ({ ids }) =>
      `customerId: "${ids.Customer}", kind: NOTE, summary: "备注", occurredAt: "2024-01-01T00:00:00Z"`,
  },
  createContact: { of: 'Contact', input: ({ ids }) => `customerId: "${ids.Customer}", name: "王经理"` },
  createNeed: { of: 'Need', input: ({ ids }) => `customerId: "${ids.Customer}", item: "设备"` },
  createDeal: { of: 'Deal', input: ({ ids }) => `customerId: "${ids.Customer}", title: "设备"` },
};
/** Their payloads hold a file as well, and are read by the same function; their own tests send what they need. */
const provenElsewhere = [
  'deleteContact',
  'createCustomer',
  'assignCustomer',
  'revertCustomerField',
  'createSegment',
  'updateSegment',
];

const isCreate = (mutation: string): boolean => /^(?:create|log)/.test(mutation);

const mayCall = (viewer: StaffName, mutation: string): boolean => {
  const who = callers[`Mutation.${mutation}`];
  return Array.isArray(who) && who.includes(roleOf(viewer));
};

describe.each(viewers)('%s', (viewer) => {
  test('gets back from a write exactly what the policy page lets them read', async () => {
    const files = world.files.filter((file) => file.viewer === viewer || file.relation === 'FOREIGN');
    for (const [name, { of, input }] of Object.entries(mutations)) {
      for (const file of files.filter((candidate) => !isCreate(name) || candidate.viewer === viewer)) {
        const version = await versionOf(of, file);
        const noun = of.toLowerCase();
        const document = `mutation { ${name}(input: { ${input(file, version)} }) { ${noun} { ${everything(of)} } } }`;
        const answer = await ask(world, viewer, document);
        if (!mayCall(viewer, name))
          expect([name, answer.data, answer.errors[0]?.extensions.code]).toEqual([name, null, 'FORBIDDEN']);
        else if (!seesFile(viewer, file))
          expect([name, answer.data, answer.errors[0]?.extensions.code]).toEqual([name, null, 'NOT_FOUND']);
        else if (answer.data === null) {
          expect(
            ['FORBIDDEN', 'NOT_FOUND'],
            `${name} on ${described(file)}: ${answer.text.slice(0, 200)}`,
          ).toContain(answer.errors[0]?.extensions.code);
        } else if (isCreate(name)) {
          // The new row is nobody's sentinel: `ask` has searched the answer, and nothing but withholding went wrong.
          expect(answer.errors.filter(({ extensions }) => !extensions.reason)).toEqual([]);
        } else expectByPolicy(world, viewer, answer);
      }
    }
  });
});

const versionOf = async (type: FileType, { ids }: WorldFile): Promise<number> => {
  const { data } = await world.server
    .as('ADMIN')
    .query(`{ node(id: "${ids[type]}") { ... on ${type} { version } } }`);
  return data.node.version;
};

test('every mutation whose payload shows something of a file is among them', () => {
  const reaches = (type: GraphQLOutputType): boolean => {
    const named = getNamedType(type);
    return (
      isObjectType(named) &&
      Object.values((named as GraphQLObjectType).getFields()).some((field) =>
        fileTypes.includes(getNamedType(field.type).name as FileType),
      )
    );
  };
  const showing = Object.values(createSchema().getMutationType()?.getFields() ?? {}).filter(({ type }) =>
    reaches(type),
  );
  const names = showing.map(({ name }) => name).filter((name) => !provenElsewhere.includes(name));
  expect(names.sort()).toEqual(Object.keys(mutations).sort());
});

test('a unique number in use tells nothing of a file its finder cannot see', async () => {
  const { server } = world;
  const code = '91310000MA1FL0RX52';
  const clash = async (owner: StaffName) => {
    await server.db.delete(customer).where(eq(customer.unifiedSocialCreditCode, code));
    await server.db.insert(customer).values({
      name: '上海第九精密机械有限公司',
      ownerId: server.as(owner).uuid,
      unifiedSocialCreditCode: code,
    });
    return ask(
      world,
      'SALES',
      `mutation { createCustomer(input: { name: "上海第八精密机械有限公司", unifiedSocialCreditCode: "${code}" }) { customer { id } } }`,
    );
  };
  const others = await clash('SALES_2');
  expect(others.errors.map(({ extensions }) => extensions)).toEqual([{ code: 'CONFLICT' }]);
  expect(others.text).not.toContain(code);
  const mine = await clash('SALES');
  expect(mine.errors[0]?.extensions).toMatchObject({ code: 'CONFLICT', field: 'unifiedSocialCreditCode' });
});

test('roles that write nothing in files are refused every write before any SQL', async () => {
  const file = world.files[0] as WorldFile;
  for (const viewer of viewers) {
    if (Object.keys(policy[roleOf(viewer)].write).length > 0) continue;
    for (const [name, { input }] of Object.entries(mutations)) {
      if (mayCall(viewer, name)) continue;
      const { data, statements } = await ask(
        world,
        viewer,
        `mutation { ${name}(input: { ${input(file, 1)} }) { __typename } }`,
      );
      expect({ name, data, statements }).toEqual({ name, data: null, statements: 1 });
    }
  }
});
