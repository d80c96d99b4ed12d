import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeId, uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { accessGrant } from '../../src/domains/grant/access-grant.table.ts';
import { accessLog } from '../../src/features/access-log/access-log.table.ts';
import type { StaffName } from '../support/server.ts';
import { connectSocket } from '../support/socket.ts';
import { addContact, openFile, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
let file: { id: string; uuid: string; version: number };
let contactId: string;
beforeAll(async () => {
  writing = await startWriting();
  file = await openFile(writing, writing.owner, { address: '张江路1号', creditLimit: '500000.00' });
  const contact = await addContact(writing, file.uuid, {
    phone: '+862112345678',
    birthday: '1980-01-01',
    religion: '佛教',
  });
  contactId = contact.id;
});
afterAll(() => writing.close());

type Line = typeof accessLog.$inferSelect;

/** The log's lines of one operation, waited for: what is not strict is written a moment later. */
async function linesOf(operationName: string, count = 1): Promise<Line[]> {
  return expect
    .poll(
      async () => {
        const lines = await writing.db.select().from(accessLog).where(sql`operation_name = ${operationName}`);
        return lines.length >= count ? lines : null;
      },
      { timeout: 60_000, interval: 20 },
    )
    .not.toBeNull()
    .then(() =>
      writing.db.select().from(accessLog).where(sql`operation_name = ${operationName}`).orderBy(accessLog.id),
    );
}

/** The lines of one operation that must be there already when its answer arrives. */
const linesNow = (operationName: string) =>
  writing.db.select().from(accessLog).where(sql`operation_name = ${operationName}`);

const ask = (name: StaffName, query: string, variables?: Record<string, unknown>) =>
  writing.server.as(name).query(query, variables);

test('reading a colleague’s contact and credit fields is in the log: who, which file, which classes, in which operation', async () => {
  await ask('MANAGER', 'query Dashboard { customers { nodes { name address creditLimit } } }');
  const [line, ...more] = await linesOf('Dashboard');
  expect(more).toEqual([]);
  expect(line).toMatchObject({
    kind: 'READ',
    employeeId: writing.server.as('MANAGER').uuid,
    classes: ['contact', 'credit'],
    customerIds: [file.uuid],
    grantIds: [],
  });
  expect(line?.sessionId).not.toBeNull();
  expect(line?.requestId).toMatch(/^[\w-]{8,64}$/);
});

test('however many files, an operation adds one line for each set of classes', async () => {
  const others = await Promise.all(
    [1, 2, 3].map(() => openFile(writing, writing.stranger, { address: '南京路2号' })),
  );
  await ask('MANAGER', 'query Addresses { customers(first: 100) { nodes { address } } }');
  const [line, ...more] = await linesOf('Addresses');
  expect(more).toEqual([]);
  expect(new Set(line?.customerIds)).toEqual(new Set([file.uuid, ...others.map(({ uuid }) => uuid)]));
});

test.each([
  ['Root', '{ contacts(filter: { id: { eq: "CONTACT" } }) { nodes { birthday } } }'],
  ['Nested', '{ customer(id: "FILE") { contacts { nodes { birthday } } } }'],
  [
    'Back',
    '{ customer(id: "FILE") { contacts { nodes { customer { contacts { edges { node { birthday } } } } } } } }',
  ],
  ['Aliased', '{ a: customer(id: "FILE") { b: contacts { nodes { c: birthday } } } }'],
  ['Node', '{ node(id: "CONTACT") { ... on Contact { birthday } } }'],
  ['Nodes', '{ nodes(ids: ["CONTACT"]) { ... on Contact { birthday } } }'],
  ['Number', '{ customer(fileNumber: "NUMBER") { contacts { nodes { birthday } } } }'],
  ['AsOf', '{ customer(id: "FILE", asOf: "NOW") { contacts { nodes { birthday } } } }'],
  ['History', '{ customer(id: "FILE") { history(field: "birthday") { nodes { newValue } } } }'],
  ['Grant', '{ accessGrants { nodes { customer { contacts { nodes { birthday } } } } } }'],
])('a personal field is in the log before its answer is sent, on the way %s', async (name, query) => {
  await writing.db.insert(accessGrant).values({
    customerId: file.uuid,
    granteeId: uuidOf(writing.marketing.id),
    classes: [],
    purpose: '核对',
    expiresAt: '2999-01-01T00:00:00Z',
  });
  const number = (
    await ask('MANAGER', 'query ($id: ID!) { customer(id: $id) { fileNumber } }', { id: file.id })
  ).data.customer.fileNumber;
  const document = `query Way${name} ${query}`
    .replaceAll('FILE', file.id)
    .replaceAll('CONTACT', contactId)
    .replaceAll('NUMBER', number)
    .replaceAll('NOW', new Date().toISOString());
  const { data, errors } = await ask('MANAGER', document);
  expect(errors).toBeUndefined();
  expect(JSON.stringify(data)).toContain('1980-01-01');
  const lines = await linesNow(`Way${name}`);
  expect(lines).toMatchObject([{ kind: 'READ', classes: ['personal'], customerIds: [file.uuid] }]);
});

test('an event’s fields and changes are in the log like any other reading', async () => {
  const socket = connectSocket(writing.server.socketUrl, writing.server.as('MANAGER').token);
  const query =
    'subscription Watch($id: ID, $after: String) { customerFileChanged(customerId: $id, after: $after) { type customer { contacts { nodes { birthday } } } } }';
  const changes =
    'subscription WatchChanges($id: ID, $after: String) { customerFileChanged(customerId: $id, after: $after) { type changes { field newValue } } }';
  const { data } = await socket.query('{ customers(first: 1) { changesCursor } }');
  const variables = { id: file.id, after: data.customers.changesCursor };
  const streams = [socket.subscribe(query, variables), socket.subscribe(changes, variables)];
  await addContact(writing, file.uuid, { name: '李经理', birthday: '1990-02-02' });
  // What was written before may have been given its place after the cursor was taken.
  for (const stream of streams) while (!JSON.stringify(await stream.next()).includes('1990-02-02'));
  expect(await linesNow('Watch')).toMatchObject([{ classes: ['personal'], customerIds: [file.uuid] }]);
  expect(await linesNow('WatchChanges')).toMatchObject([{ classes: ['personal'], customerIds: [file.uuid] }]);
  await socket.close();
});

test('a reading by grant names the grant, and with it the purpose', async () => {
  const [grant] = await writing.db
    .insert(accessGrant)
    .values({
      customerId: file.uuid,
      granteeId: uuidOf(writing.stranger.id),
      classes: ['personal'],
      purpose: '生日祝福',
      expiresAt: '2999-01-01T00:00:00Z',
    })
    .returning();
  await ask(
    'SALES_2',
    'query Borrowed($id: ID!) { customer(id: $id) { address contacts { nodes { phone birthday } } } }',
    { id: file.id },
  );
  expect(await linesNow('Borrowed')).toMatchObject([
    { classes: ['personal'], customerIds: [file.uuid], grantIds: [grant?.id] },
  ]);
});

test('one’s own files, classes the role never reads, and fields nobody minds leave no line', async () => {
  await ask(
    'SALES',
    'query Own { customers { nodes { address creditLimit contacts { nodes { birthday } } } } }',
  );
  await ask('MARKETING', 'query Withheld { customers { nodes { name contacts { nodes { name } } } } }');
  await ask(
    'MANAGER',
    'query Harmless { customers(first: 1) { totalCount nodes { name industry contacts { totalCount } } } }',
  );
  await ask('MANAGER', 'query Marker { customers { nodes { address } } }');
  await linesOf('Marker');
  for (const name of ['Own', 'Withheld', 'Harmless']) expect(await linesNow(name), name).toEqual([]);
});

test('the row that only shows that there is a further page does not count as read', async () => {
  await ask(
    'MANAGER',
    'query OnePage { customers(first: 1) { nodes { address } pageInfo { hasNextPage } } }',
  );
  expect((await linesOf('OnePage'))[0]?.customerIds).toHaveLength(1);
});

test('refused attempts are in the log with what was refused', async () => {
  await ask('MARKETING', 'query Peek { customers { nodes { creditLimit contacts { nodes { phone } } } } }');
  await ask(
    'CUSTOMER_SERVICE',
    'query Sort { customers(orderBy: [{ field: CREDIT_LIMIT }]) { totalCount nodes { id } } }',
  );
  await ask(
    'SALES_2',
    'mutation Steal { archiveCustomer(input: { id: "FILE", expectedVersion: 1 }) { customer { id } } }'.replace(
      'FILE',
      encodeId('cus', '01890000-0000-7000-8000-00000000dead'),
    ),
  );
  expect(await linesOf('Peek')).toMatchObject([
    {
      kind: 'REFUSED',
      code: 'FORBIDDEN',
      fields: ['Customer.creditLimit', 'Contact.phone'],
      employeeId: uuidOf(writing.marketing.id),
    },
  ]);
  expect(await linesOf('Sort')).toMatchObject([
    { kind: 'REFUSED', code: 'FORBIDDEN', fields: ['Customer.creditLimit'] },
  ]);
  expect(await linesOf('Steal')).toMatchObject([
    { kind: 'REFUSED', code: 'NOT_FOUND', fields: ['archiveCustomer'] },
  ]);
});

test('a refused write is in the log with the file that it was to change, whatever of it the request names', async () => {
  const file = await openFile(writing, writing.owner);
  const contact = await addContact(writing, file.uuid);
  const calls = {
    RefusedRole: `setTier(input: { id: "${file.id}", expectedVersion: 1, reason: "x", tier: A }) { customer { id } }`,
    RefusedField: `updateCustomer(input: { id: "${file.id}", expectedVersion: 1, name: "上海改名有限公司" }) { customer { id } }`,
    RefusedPart: `updateContact(input: { id: "${contact.id}", expectedVersion: 1, name: "改名" }) { contact { id } }`,
  };
  await ask('SALES', `mutation RefusedRole { ${calls.RefusedRole} }`);
  await ask('FINANCE', `mutation RefusedField { ${calls.RefusedField} }`);
  await ask('FINANCE', `mutation RefusedPart { ${calls.RefusedPart} }`);
  await ask('SALES_2', `mutation RefusedUnseen { ${calls.RefusedField} }`);
  for (const name of [...Object.keys(calls), 'RefusedUnseen'])
    expect([name, await linesOf(name)]).toMatchObject([
      name,
      [{ kind: 'REFUSED', customerIds: [file.uuid] }],
    ]);
});

test('sign-ins and refused sign-ins are in the log, and of an unknown account no more than that there was one', async () => {
  const created = await writing.admin.write(
    'createEmployee',
    { name: '赵敏', email: 'zhao@test.example', role: 'SALES', password: 'correct horse battery' },
    '{ employee { id } }',
  );
  const employeeId = uuidOf(created.payload.employee.id);
  const login = (name: string, email: string, password: string) =>
    writing.server.anonymous.query(
      `mutation ${name}($input: LoginInput!) { login(input: $input) { expiresAt } }`,
      { input: { email, password } },
    );
  await login('Right', 'Zhao@test.example', 'correct horse battery');
  await login('Wrong', 'zhao@test.example', 'wrong');
  await login('Unknown', 'nobody@elsewhere.example', 'wrong');
  expect(await linesOf('Right')).toMatchObject([
    { kind: 'SIGNED_IN', employeeId, address: expect.any(String) },
  ]);
  expect(await linesOf('Wrong')).toMatchObject([{ kind: 'SIGN_IN_REFUSED', employeeId, sessionId: null }]);
  const [unknown] = await linesOf('Unknown');
  expect(unknown).toMatchObject({ kind: 'SIGN_IN_REFUSED', employeeId: null });
  expect(JSON.stringify(unknown)).not.toContain('elsewhere');
});

test('every step of a loan is in the log, written with it', async () => {
  const own = await openFile(writing, writing.owner);
  const input = {
    customerId: own.id,
    classes: ['CONTACT'],
    purpose: '代班',
    until: new Date(Date.now() + 86_400_000).toISOString(),
  };
  const { data } = await ask(
    'SALES_2',
    'mutation Borrow($input: RequestAccessInput!) { requestAccess(input: $input) { request { id } } }',
    { input },
  );
  const payload = data.requestAccess;
  const approved = await writing.admin.write(
    'approveAccess',
    { requestId: payload.request.id },
    '{ request { grant { id } } }',
  );
  await writing.stranger.write(
    'returnFile',
    { grantId: approved.payload.request.grant.id },
    '{ grant { id } }',
  );
  const lines = await writing.db
    .select()
    .from(accessLog)
    .where(sql`customer_ids = array[${own.uuid}]::uuid[] and kind not in ('READ', 'LOOKED_UP')`)
    .orderBy(accessLog.occurredAt);
  expect(
    lines.map(({ kind, code, employeeId }) => [kind, code, employeeId === uuidOf(writing.stranger.id)]),
  ).toEqual([
    ['REQUESTED', null, true],
    ['GRANTED', null, false],
    ['DECIDED', 'APPROVED', false],
    ['GRANT_ENDED', 'RETURNED', true],
  ]);
  expect(lines[0]?.operationName).toBe('Borrow');
  const lookups = (await linesOf('Borrow', 2)).filter(({ kind }) => kind === 'LOOKED_UP');
  expect(lookups).toMatchObject([
    { reason: 'DIRECTORY', search: null, classes: ['card'], customerIds: [own.uuid] },
  ]);
});
