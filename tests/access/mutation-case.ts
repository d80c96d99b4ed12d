import { sql } from 'drizzle-orm';
import { accessClasses, assigners, creditVerifiers, policy } from '../../src/core/access/policy.ts';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { partModels } from '../../src/core/model/registry.ts';
import type { PartOperations } from '../../src/core/part/part-rules.ts';
import { allParts } from '../../src/core/part/parts.ts';
import { enterCorrection } from '../confirmation/correction-row.ts';
import type { StaffName } from '../support/server.ts';
import { type FileType, type FileWorld, modelOf, roleOf, type WorldFile } from './file-world.ts';

/** One call of a mutation whose payload shows something of a file. */
export interface MutationCase {
  /** The type of the rows that the payload shows. */
  shows: FileType;
  /** It writes in the file itself, so that whoever does not see the file is told that it is not there. */
  writesFile: boolean;
  /** It is called for a file; otherwise it shows the same whichever file is looked at, and is called once. */
  isOfOneFile: boolean;
  /** The payload, around what is selected of such a row. */
  payload: (selection: string) => string;
  /** Enters what the mutation needs, and gives its input. Every sentinel stays, or is set right by the mutation. */
  input: (call: Call) => Promise<string> | string;
}

interface Call {
  world: FileWorld;
  viewer: StaffName;
  file: WorldFile;
}

const nounOf = (type: FileType): string => `${type[0]?.toLowerCase()}${type.slice(1)}`;
const inFile = (shows: FileType, input: MutationCase['input']): MutationCase => ({
  shows,
  writesFile: true,
  isOfOneFile: true,
  payload: (selection) => `${nounOf(shows)} { ${selection} }`,
  input,
});
/** Of a file that none of the matrix is, and which holds no sentinel. */
const ofAnother = (input: MutationCase['input']): MutationCase => ({
  ...inFile('Customer', input),
  writesFile: false,
  isOfOneFile: false,
});
const around = (payload: MutationCase['payload'], input: MutationCase['input']): MutationCase => ({
  shows: 'Customer',
  writesFile: false,
  isOfOneFile: true,
  payload,
  input,
});
const insert = async (
  { server }: FileWorld,
  table: string,
  row: Record<string, unknown>,
  actorId: unknown = '',
): Promise<string> => {
  const columns = sql.join(
    Object.keys(row).map((name) => sql.identifier(name)),
    sql`, `,
  );
  const values = sql.join(
    Object.values(row).map((value) => sql`${value}`),
    sql`, `,
  );
  return server.db.transaction(async (tx) => {
    await tx.execute(sql`select set_config('app.actor', ${actorId}, true)`);
    const [made] = await tx.execute<{ id: string }>(
      sql`insert into ${sql.identifier(table)} (${columns}) values (${values}) returning id`,
    );
    return made?.id as string;
  });
};
const versionOf = async ({ server }: FileWorld, type: FileType, uuid: string): Promise<number> => {
  const [row] = await server.db.execute<{ version: number }>(
    sql`select version from ${sql.identifier(modelOf(type).tableName)} where id = ${uuid}`,
  );
  return row?.version as number;
};

/** Names a row of the file and the version it has. */
const versioned = async ({ world, file }: Call, type: FileType): Promise<string> =>
  `id: "${file.ids[type]}", expectedVersion: ${await versionOf(world, type, file.uuids[type] as string)}`;

/** A file that has come to the state already. */
const inVerification = async (call: Call, state: string): Promise<string> => {
  await call.world.server.db.transaction(async (tx) => {
    await tx.execute(sql`set local session_replication_role = replica`);
    await tx.execute(
      sql`update customer set verification_state = ${state} where id = ${call.file.uuids.Customer}`,
    );
  });
  return versioned(call, 'Customer');
};

/** A correction of a customer who wrote what the file has already. */
const correction = async ({ world: { server }, file }: Call): Promise<string> =>
  `id: "${await enterCorrection(server.db, file.uuids.Customer, server.as('ADMIN').uuid)}"`;
/** Enters a row that holds no sentinel, and names it. */
const another =
  (type: FileType, row: Record<string, unknown>) =>
  async ({ world, file }: Call): Promise<string> => {
    const { tableName, prefix } = modelOf(type);
    const id = await insert(world, tableName, { customer_id: file.uuids.Customer, ...row });
    return `id: "${encodeId(prefix, id)}", expectedVersion: ${await versionOf(world, type, id)}`;
  };

/** What the viewer has recorded just now. */
const own =
  (type: FileType) =>
  (call: Call): Promise<string> =>
    another(type, {
      employee_id: call.world.server.as(call.viewer).uuid,
      contact_id: call.file.uuids.Contact,
      kind: 'REPORT',
      summary: '备注',
      occurred_at: '2024-01-01T00:00:00Z',
    })(call);

/** Takes a row out of the file, of which the payload shows the rest. */
const removing = (type: FileType, input: MutationCase['input']): MutationCase => ({
  ...inFile('Customer', input),
  payload: (selection) => `${nounOf(type)}Id customer { ${selection} }`,
});

const allClasses = `{${accessClasses.join(',')}}`;
const inAMonth = (): string => new Date(Date.now() + 30 * 86_400_000).toISOString();
const aMinuteAgo = (): string => new Date(Date.now() - 60_000).toISOString();

/** A colleague who looks at nothing in the matrix, so that what they are given changes no answer. */
const borrowerIn = async ({ server }: FileWorld): Promise<string> => {
  const [row] = await server.db.execute<{ id: string }>(
    sql`insert into employee (name, email, role) values ('借阅人', 'borrower@test.example', 'SALES')
        on conflict (lower(email)) do update set name = excluded.name returning id`,
  );
  return row?.id as string;
};
const grant = async ({ world, file }: Call, granteeId: string): Promise<string> => {
  const row = { classes: allClasses, purpose: '核对', consent_reference: '同意书', expires_at: inAMonth() };
  const ids = { customer_id: file.uuids.Customer, grantee_id: granteeId };
  return encodeId('grant', await insert(world, 'access_grant', { ...ids, ...row }));
};
const request = async ({ world, file }: Call, requesterId: string): Promise<string> => {
  const row = { classes: '{contact,credit}', purpose: '核对', until: inAMonth(), told_ids: '{}' };
  const ids = { customer_id: file.uuids.Customer, requester_id: requesterId };
  return encodeId('req', await insert(world, 'access_request', { ...ids, ...row }));
};

/** A task of the file: the viewer's own where the file is theirs or all are open to them, and otherwise nothing to them. */
const openTask = async ({ world, viewer, file }: Call): Promise<string> => {
  const isTheirs =
    policy[roleOf(viewer)].files === 'ALL' || (file.viewer === viewer && file.relation === 'OWN');
  const { uuid } = world.server.as(isTheirs ? viewer : 'ADMIN');
  const row = { customer_id: file.uuids.Customer, kind: 'OTHER', title: '核对', assignee_id: uuid };
  return encodeId('task', await insert(world, 'task', { ...row, opened_by_id: uuid }));
};

/** Whoever has a file that is overdue gets no other. Its rights are over: no answer changes. */
const returnOverdue = ({ server }: FileWorld, viewer: StaffName) =>
  server.db.transaction(async (tx) => {
    await tx.execute(sql`set local session_replication_role = replica`);
    await tx.execute(sql`update access_grant set ended_at = expires_at, end_reason = 'RETURNED'
      where grantee_id = ${server.as(viewer).uuid} and ended_at is null and expires_at <= now()`);
  });

/** The viewer's grant on a file of the matrix, with a class of its own. */
const runningGrant = async ({ server, files }: FileWorld, viewer: StaffName): Promise<string> => {
  const granted = files.find(
    ({ viewer: grantee, relation }) =>
      grantee === viewer && typeof relation === 'object' && relation.granted.length > 0,
  );
  const [row] = await server.db.execute<{ id: string }>(
    sql`select id from access_grant where customer_id = ${granted?.uuids.Customer}`,
  );
  return encodeId('grant', row?.id as string);
};

const renewedUntil = inAMonth();
const renewalPayload = (selection: string): string =>
  `request { classes customer { ${selection} } renews { customer { ${selection} } } }`;
const requestPayload = (selection: string) =>
  `request { classes customer { ${selection} } grant { customer { ${selection} } } }`;
const grantPayload = (selection: string): string => `grant { classes customer { ${selection} } }`;
const ofMembers = (input: MutationCase['input']): MutationCase => ({
  ...around(segmentPayload, input),
  isOfOneFile: false,
});
const segmentPayload = (selection: string): string =>
  `segment { rule ruleText(locale: ZH) size definitionHistory { newRule oldRule } members(first: 40) { totalCount nodes { ${selection} } } }`;

/** Of a part whose writes need nothing else: the text of a new row, by its field. */
const plainParts: Readonly<Record<FileType, Record<string, string>>> = {
  Contact: { name: '王经理' },
  Need: { item: '设备' },
  CatalogueEntry: { title: '设备' },
  Deal: { title: '设备' },
};

interface PlainPart {
  type: FileType;
  operations: PartOperations;
  /** The fields of a new row, as an input has them. */
  fields: string;
  row: Record<string, string>;
}

export const partsAlike: readonly PlainPart[] = allParts().flatMap(({ model: { name }, rules }) => {
  const row = plainParts[name];
  if (!row) return [];
  const fields = Object.entries(row).map(([field, text]) => `${field}: "${text}"`);
  return [{ type: name, operations: rules.operations, fields: fields.join(', '), row }];
});

const ofParts = partsAlike.flatMap(({ type, operations, fields, row }): [string, MutationCase][] => [
  [operations.create as string, inFile(type, ({ file }) => `customerId: "${file.ids.Customer}", ${fields}`)],
  [operations.update as string, inFile(type, (call) => versioned(call, type))],
  [operations.delete as string, removing(type, another(type, row))],
]);

/** Every mutation whose payload shows something of a file; the matrix fails until a new one is here. */
export const mutationCases: Record<string, MutationCase> = {
  ...Object.fromEntries(ofParts),
  createCustomer: ofAnother(
    ({ world: { server }, viewer }) =>
      `name: "上海第八精密机械有限公司", industry: "机械", custodianId: "${server.as('ADMIN').id}" ${
        assigners.includes(roleOf(viewer)) ? `ownerId: "${server.as('SALES_2').id}"` : ''
      }`,
  ),
  updateCustomer: inFile('Customer', (call) => versioned(call, 'Customer')),
  assignCustomer: inFile(
    'Customer',
    ({ file, world }) => `id: "${file.ids.Customer}", ownerId: "${world.server.as('ADMIN').id}"`,
  ),
  archiveCustomer: inFile(
    'Customer',
    async (call) => `${await versioned(call, 'Customer')}, archived: false`,
  ),
  setTier: inFile('Customer', async (call) => {
    const held = (field: string) => call.file.sentinels.get(`Customer.${field}`)?.value;
    return `${await versioned(call, 'Customer')}, tier: ${held('tier')}, reason: "${held('tierReason')}", until: "${held('tierUntil')}"`;
  }),
  restoreCustomer: inFile('Customer', (call) => versioned(call, 'Customer')),
  submitFile: inFile('Customer', (call) => inVerification(call, 'SUBMITTED')),
  approveFile: inFile('Customer', (call) => inVerification(call, 'VERIFIED')),
  rejectFile: inFile('Customer', async (call) => `${await inVerification(call, 'REJECTED')}, reason: "有误"`),
  registerFile: inFile('Customer', (call) => versioned(call, 'Customer')),
  cancelArchiveNumber: ofAnother(async ({ world, viewer }) => {
    const [owner_id, custodian_id] = [viewer, 'ADMIN' as const].map((name) => world.server.as(name).uuid);
    const row = { name: '第九', owner_id, custodian_id, archive_number: sql`'9' || new_id()` };
    const id = await insert(world, 'customer', row);
    return `id: "${encodeId('cus', id)}", expectedVersion: 1, reason: "误"`;
  }),
  requestConfirmation: inFile('Customer', async (call) => {
    const answer = 'channel: RECORDED, answer: CONFIRMED, way: SPOKEN, evidence: "电话"';
    return `${await inVerification(call, 'VERIFIED')}, ${answer}`;
  }),
  revokeConfirmation: inFile('Customer', ({ file }) => `id: "${file.ids.Customer}"`),
  acceptProposedChange: inFile('Customer', correction),
  declineProposedChange: inFile('Customer', correction),
  verifyFields: inFile('Customer', async (call) => {
    const field = creditVerifiers.includes(roleOf(call.viewer)) ? 'creditLimit' : 'name';
    return `${await versioned(call, 'Customer')}, fields: [{ field: "${field}", method: PHONE }]`;
  }),
  revertCustomerField: inFile('Customer', async (call) => {
    const { world, viewer, file } = call;
    const isCreditOnly = policy[roleOf(viewer)].write.basic === undefined;
    const [field, column] = isCreditOnly
      ? ['creditLimit', 'credit_limit']
      : ['businessScope', 'business_scope'];
    // As if a minute had passed since it was entered.
    await world.server.db.transaction(async (tx) => {
      await tx.execute(sql`select sequence_events(5000)`);
      await tx.execute(sql`update file_change set occurred_at = occurred_at - interval '1 hour'
                           where customer_id = ${file.uuids.Customer}`);
    });
    await world.server.db.execute(
      sql`update customer set ${sql.identifier(column as string)} = ${isCreditOnly ? '5' : '化工'} where id = ${file.uuids.Customer}`,
    );
    return `${await versioned(call, 'Customer')}, field: "${field}", to: "${aMinuteAgo()}"`;
  }),
  tagCustomer: inFile('Customer', ({ file }) => `id: "${file.ids.Customer}", tags: ["高预算"]`),
  untagCustomer: inFile('Customer', ({ file }) => `id: "${file.ids.Customer}", tags: ["高预算"]`),
  addCoOwner: inFile(
    'Customer',
    async ({ world, file }) =>
      `id: "${file.ids.Customer}", coOwnerId: "${encodeId('emp', await borrowerIn(world))}"`,
  ),
  removeCoOwner: inFile('Customer', async ({ world, file }) => {
    const borrower = await borrowerIn(world);
    await world.server.db.execute(
      sql`insert into customer_coowner (customer_id, employee_id) values (${file.uuids.Customer}, ${borrower})`,
    );
    return `id: "${file.ids.Customer}", coOwnerId: "${encodeId('emp', borrower)}"`;
  }),
  markNumberInvalid: inFile('Contact', ({ file }) => {
    const [mobile, fault] = ['mobile', 'mobileFault'].map(
      (field) => file.sentinels.get(`Contact.${field}`)?.value,
    );
    return `contactId: "${file.ids.Contact}", number: "${mobile}", fault: ${fault}`;
  }),
  logInteraction: inFile(
    'Interaction',
    ({ file }) =>
      `customerId: "${file.ids.Customer}", contactId: "${file.ids.Contact}", kind: REPORT, summary: "备注", occurredAt: "2024-01-01T00:00:00Z"`,
  ),
  updateInteraction: inFile('Interaction', own('Interaction')),
  deleteInteraction: removing('Interaction', own('Interaction')),
  deleteDeal: removing('Deal', (call) =>
    another('Deal', { title: '设备', owner_id: call.world.server.as('ADMIN').uuid })(call),
  ),
  createTask: inFile('Task', ({ file }) => `customerId: "${file.ids.Customer}", title: "核对资料"`),
  updateTask: inFile('Task', async (call) => `id: "${await openTask(call)}", expectedVersion: 1`),
  completeTask: inFile('Task', async (call) => `id: "${await openTask(call)}"`),
  cancelTask: inFile('Task', async (call) => `id: "${await openTask(call)}", reason: "重复"`),
  reassignTask: inFile(
    'Task',
    async (call) => `id: "${await openTask(call)}", assigneeId: "${call.world.server.as('ADMIN').id}"`,
  ),
  snoozeTask: inFile('Task', async (call) => `id: "${await openTask(call)}"`),
  reportChange: inFile(
    'Task',
    ({ file }) => `customerId: "${file.ids.Customer}", field: "address", what: "已搬迁"`,
  ),
  requestAccess: around(requestPayload, async ({ world, file, viewer }) => {
    await returnOverdue(world, viewer);
    const classes = policy[roleOf(viewer)].files === 'OWN' ? '[CREDIT]' : '[SPECIAL]';
    return `customerId: "${file.ids.Customer}", classes: ${classes}, purpose: "核对", until: "${inAMonth()}"`;
  }),
  approveAccess: around(
    requestPayload,
    async (call) => `requestId: "${await request(call, await borrowerIn(call.world))}"`,
  ),
  declineAccess: around(
    requestPayload,
    async (call) => `requestId: "${await request(call, await borrowerIn(call.world))}"`,
  ),
  withdrawAccess: around(
    requestPayload,
    async (call) => `requestId: "${await request(call, call.world.server.as(call.viewer).uuid)}"`,
  ),
  // On one file that the viewer has been granted. While a renewal is undecided they ask for no other, but again for the same.
  renewGrant: {
    ...around(renewalPayload, async ({ world, viewer }) => {
      await returnOverdue(world, viewer);
      return `grantId: "${await runningGrant(world, viewer)}", until: "${renewedUntil}"`;
    }),
    isOfOneFile: false,
  },
  // With every class: what the payload shows must be what is left when it has ended.
  returnFile: around(
    grantPayload,
    async (call) => `grantId: "${await grant(call, call.world.server.as(call.viewer).uuid)}"`,
  ),
  recallGrant: around(
    grantPayload,
    async (call) => `grantId: "${await grant(call, await borrowerIn(call.world))}"`,
  ),
  createSegment: ofMembers(() => 'name: "试", kind: DYNAMIC, rule: { or: [{}] }'),
  updateSegment: ofMembers(async ({ world, viewer }) => {
    const row = { name: '试', kind: 'DYNAMIC', rule: '{"or":[{}]}', owner_id: world.server.as(viewer).uuid };
    // They defined it themselves: an ANALYST reads the rule of no other segment.
    const id = await insert(world, 'segment', row, row.owner_id);
    return `id: "${encodeId('seg', id)}", expectedVersion: 1, rule: { and: [{ region: { isNull: false } }] }`;
  }),
};

/** Gives what puts a file back as it is now: its owner, its values, its rows and the rights on it. */
export async function rememberFile({ server }: FileWorld, file: WorldFile): Promise<() => Promise<void>> {
  const { Customer: id } = file.uuids;
  const grants = await server.db.execute<{ id: string }>(
    sql`select id from access_grant where customer_id = ${id}`,
  );
  const coOwners = await server.db.execute<{ id: string }>(
    sql`select employee_id as id from customer_coowner where customer_id = ${id}`,
  );
  const kept = `{${grants.map((row) => row.id).join(',')}}`;
  return () =>
    server.db.transaction(async (tx) => {
      await tx.execute(sql`set local session_replication_role = replica`);
      // Look-ups are counted: of some mutations, the thirty-first within a minute would be refused.
      await tx.execute(sql`delete from directory_lookup`);
      await tx.execute(sql`delete from field_check where customer_id = ${id}`);
      await tx.execute(sql`update customer set owner_id = ${file.owner}, verification_state = 'DRAFT',
        business_scope = ${file.sentinels.get('Customer.businessScope')?.value},
        credit_limit = ${file.sentinels.get('Customer.creditLimit')?.value} where id = ${id}`);
      for (const { name, tableName } of partModels()) {
        const table = sql.identifier(tableName);
        await tx.execute(sql`delete from ${table} where customer_id = ${id} and id <> ${file.uuids[name]}`);
      }
      await tx.execute(sql`delete from customer_coowner where customer_id = ${id}`);
      for (const coOwner of coOwners)
        await tx.execute(
          sql`insert into customer_coowner (customer_id, employee_id) values (${id}, ${coOwner.id})`,
        );
      await tx.execute(sql`delete from access_request where customer_id = ${id}`);
      await tx.execute(
        sql`delete from access_grant where customer_id = ${id} and not (id = any(${kept}::uuid[]))`,
      );
    });
}
