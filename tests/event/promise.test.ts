import { and, eq, sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { customerCoOwner } from '../../src/domains/co-owner/co-owner.table.ts';
import { contact } from '../../src/domains/contact/contact.table.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { employee } from '../../src/domains/employee/employee.table.ts';
import { accessGrant } from '../../src/domains/grant/access-grant.table.ts';
import { type StaffName, startTestServer, type TestServer } from '../support/server.ts';
import { PromiseModel } from './promise-model.ts';
import { openStage, type Stage } from './promise-stage.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

/** Sales see only their own files, those they co-own and what they borrowed; so nothing but the promise decides what they are told. */
const names: StaffName[] = ['SALES', 'SALES_2'];
const owners: StaffName[] = ['SALES', 'SALES', 'SALES_2'];
const bulkRows = 1_050;

type Command = fc.AsyncCommand<PromiseModel, Stage>;
type Work = (model: PromiseModel, stage: Stage) => Promise<unknown>;

/** A command that changes both, and then waits until everybody who listens has been told. */
const command = (title: string, may: (model: PromiseModel) => boolean, work: Work): Command => ({
  check: may,
  async run(model, stage) {
    await work(model, stage);
    model.deliver();
    await stage.settle();
    for (const [name, { told }] of stage.followers) {
      expect(told, `${title}: what ${name} was told`).toEqual(model.clients.get(name)!.told);
    }
  },
  toString: () => title,
});

const uuidOf = (name: string) => server.as(name as StaffName).uuid;

const update = (file: number) =>
  command(
    `update ${file}`,
    () => true,
    async (model, { files }) => {
      await server.db
        .update(customer)
        .set({ city: sql`gen_random_uuid()::text` })
        .where(eq(customer.id, files[file]!));
      model.change(file, 'UPDATED');
    },
  );
const addContact = (file: number) =>
  command(
    `add a contact to ${file}`,
    () => true,
    async (model, { files }) => {
      await server.db.insert(contact).values({ customerId: files[file]!, name: '张三' });
      model.change(file, 'CONTACT_ADDED');
    },
  );
const rollBack = (file: number) =>
  command(
    `roll back a change of ${file}`,
    () => true,
    async (_model, { files }) => {
      const change = server.db.transaction(async (tx) => {
        await tx.update(customer).set({ city: '无' }).where(eq(customer.id, files[file]!));
        await tx.insert(contact).values({ customerId: files[file]!, name: '无' });
        throw new Error('rolled back');
      });
      await expect(change).rejects.toThrow('rolled back');
    },
  );
const bulk = (file: number) =>
  command(
    `change ${file} ${bulkRows} times at once`,
    () => true,
    async (model, { files }) => {
      await server.db.execute(
        sql`insert into contact (customer_id, name) select ${files[file]}, '批量' || n from generate_series(1, ${bulkRows}) n`,
      );
      model.bulk(file, bulkRows);
    },
  );
const reassign = (file: number, to: StaffName) =>
  command(
    `hand ${file} to ${to}`,
    ({ files, clients }) => files[file]!.owner !== to && clients.get(to)!.isEmployed,
    async (model, { files }) => {
      await server.db
        .update(customer)
        .set({ ownerId: uuidOf(to) })
        .where(eq(customer.id, files[file]!));
      model.reassign(file, to);
    },
  );
const lend = (file: number, to: StaffName) =>
  command(
    `lend ${file} to ${to}`,
    ({ files }) => !files[file]!.borrowers.has(to),
    async (model, { files, grants }) => {
      const [grant] = await server.db
        .insert(accessGrant)
        .values({
          customerId: files[file]!,
          granteeId: uuidOf(to),
          classes: ['contact'],
          purpose: '代为回访',
          expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
        })
        .returning();
      grants.set(`${file} ${to}`, grant!.id);
      model.lend(file, to);
    },
  );
const recall = (file: number, from: StaffName) =>
  command(
    `recall ${file} from ${from}`,
    ({ files }) => files[file]!.borrowers.has(from),
    async (model, { grants }) => {
      const id = grants.get(`${file} ${from}`)!;
      await server.db
        .update(accessGrant)
        .set({ endedAt: sql`now()`, endReason: 'RECALLED' })
        .where(and(eq(accessGrant.id, id)));
      model.recall(file, from);
    },
  );
const share = (file: number, to: StaffName) =>
  command(
    `make ${to} a co-owner of ${file}`,
    ({ files }) => files[file]!.owner !== to && !files[file]!.coOwners.has(to),
    async (model, { files }) => {
      await server.db.insert(customerCoOwner).values({ customerId: files[file]!, employeeId: uuidOf(to) });
      model.share(file, to);
    },
  );
const unshare = (file: number, from: StaffName) =>
  command(
    `end that ${from} is a co-owner of ${file}`,
    ({ files }) => files[file]!.coOwners.has(from),
    async (model, { files }) => {
      await server.db
        .delete(customerCoOwner)
        .where(
          and(eq(customerCoOwner.customerId, files[file]!), eq(customerCoOwner.employeeId, uuidOf(from))),
        );
      model.unshare(file, from);
    },
  );
const drop = (name: StaffName) =>
  command(
    `drop the socket of ${name}`,
    ({ clients }) => clients.get(name)!.isConnected,
    async (model, stage) => {
      await stage.drop(name);
      model.clients.get(name)!.isConnected = false;
    },
  );
const resume = (name: StaffName) =>
  command(
    `${name} resumes`,
    ({ clients }) => !clients.get(name)!.isConnected && clients.get(name)!.isEmployed,
    async (model, stage) => {
      stage.connect(name);
      model.clients.get(name)!.isConnected = true;
    },
  );
const disable = (name: StaffName) =>
  command(
    `disable ${name}`,
    ({ files, clients }) => clients.get(name)!.isEmployed && files.every(({ owner }) => owner !== name),
    async (model, stage) => {
      const { socket } = stage.followers.get(name)!;
      await server.db
        .update(employee)
        .set({ disabledAt: sql`now()` })
        .where(eq(employee.id, uuidOf(name)));
      if (socket) expect(await socket.closed).toBe(4403);
      await stage.drop(name);
      Object.assign(model.clients.get(name)!, { isEmployed: false, isConnected: false });
    },
  );
const employ = (name: StaffName) =>
  command(
    `employ ${name} again`,
    ({ clients }) => !clients.get(name)!.isEmployed,
    async (model) => {
      await server.db
        .update(employee)
        .set({ disabledAt: null })
        .where(eq(employee.id, uuidOf(name)));
      model.clients.get(name)!.isEmployed = true;
    },
  );

const aFile = fc.integer({ min: 0, max: owners.length - 1 });
const aName = fc.constantFrom(...names);
const commands = fc.commands(
  [
    aFile.map(update),
    aFile.map(addContact),
    aFile.map(rollBack),
    fc.tuple(aFile, aName).map(([file, name]) => reassign(file, name)),
    fc.tuple(aFile, aName).map(([file, name]) => reassign(file, name)),
    fc.tuple(aFile, aName).map(([file, name]) => lend(file, name)),
    fc.tuple(aFile, aName).map(([file, name]) => recall(file, name)),
    fc.tuple(aFile, aName).map(([file, name]) => share(file, name)),
    fc.tuple(aFile, aName).map(([file, name]) => unshare(file, name)),
    aFile.map(bulk),
    aName.map(drop),
    aName.map(resume),
    aName.map(disable),
    aName.map(employ),
  ],
  { maxCommands: 30, size: 'max' },
);

/** 200 runs instead of 8: `npx vitest run --mode long tests/event/promise.test.ts`. */
const isLong = (import.meta as { env?: { MODE?: string } }).env?.MODE === 'long';

test('whatever happens, each follower receives exactly what the promise says, in order', async () => {
  // fast-check prints the seed and the shortest sequence of commands that fails.
  await fc.assert(
    fc.asyncProperty(commands, async (sequence) => {
      const stage = await openStage(server, owners, names);
      try {
        await fc.asyncModelRun(() => ({ model: new PromiseModel(owners, names), real: stage }), sequence);
      } finally {
        await stage.close();
      }
    }),
    { numRuns: isLong ? 200 : 8, endOnFailure: !isLong },
  );
}, 1_200_000);
