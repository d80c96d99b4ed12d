import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AccessClass, loggedClasses } from '../../src/core/access/policy.ts';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { partModels, subjectNamed } from '../../src/core/model/registry.ts';
import { accessLog } from '../../src/features/access-log/access-log.table.ts';
import { type FileWorld, startFileWorld, type WorldFile } from '../access/file-world.ts';
import { connectSocket, type SocketClient } from '../support/socket.ts';

let world: FileWorld;
/** A colleague’s file, and one of the manager’s own. */
let file: WorldFile;
let own: WorldFile;
let socket: SocketClient;
beforeAll(async () => {
  world = await startFileWorld();
  const findFile = (relation: string) =>
    world.files.find((one) => one.viewer === 'MANAGER' && one.relation === relation) as WorldFile;
  file = findFile('EXPIRED');
  own = findFile('OWN');
  socket = connectSocket(world.server.socketUrl, world.server.as('MANAGER').token);
});
afterAll(async () => {
  await socket.close();
  await world.server.close();
});

const parts = partModels().map(({ name, tableName }) => ({ name, tableName }));

const touch = (tableName: string, { uuids }: WorldFile, name: string) =>
  world.server.db.execute(
    sql`update ${sql.identifier(tableName)} set created_at = created_at - interval '1 day' where id = ${uuids[name] as string}`,
  );

const linesOf = (operation: string) =>
  world.server.db.select().from(accessLog).where(sql`operation_name = ${operation} and kind = 'READ'`);

async function cursorNow(): Promise<string> {
  const { data } = await socket.query('{ customers(first: 1) { changesCursor } }');
  return data.customers.changesCursor;
}

test.each(parts)(
  'an event that names a row of a logged class is a reading of the relation to it: $name',
  async ({ name, tableName }) => {
    const { access, relation } = subjectNamed(tableName) ?? {};
    expect(relation).toMatch(/^Customer\./);
    const isLogged = loggedClasses.includes(access as AccessClass);
    for (const field of ['type', 'entityId', 'cursor'] as const) {
      const after = await cursorNow();
      const follow = (one: WorldFile, operation: string) =>
        socket.subscribe(
          `subscription ${operation}($after: String) { customerFileChanged(customerId: "${one.ids.Customer}", after: $after) { ${field} } }`,
          { after },
        );
      const operation = `Row_${name}_${field}`;
      await touch(tableName, file, name);
      await touch(tableName, own, name);
      const streams = [follow(file, `${operation}_live`), follow(own, `${operation}_own`)];
      for (const stream of streams) {
        const { data, errors } = await stream.next();
        expect(errors).toBeUndefined();
        if (field === 'type')
          expect(data.customerFileChanged.type).toMatch(
            new RegExp(`^${name.replace(/(?<=.)[A-Z]/g, '_$&').toUpperCase()}_`),
          );
      }
      for (const stream of streams) stream.stop();
      const { data } = await world.server
        .as('MANAGER')
        .query(
          `query ${operation}_polled($after: String) { customerFileEvents(customerId: "${file.ids.Customer}", after: $after) { nodes { ${field} } } }`,
          { after },
        );
      expect(data.customerFileEvents.nodes).toHaveLength(1);
      const entries = isLogged && field !== 'cursor' ? 1 : 0;
      for (const way of ['live', 'polled']) {
        await expect
          .poll(async () => (await linesOf(`${operation}_${way}`)).length, { timeout: 60_000 })
          .toBe(entries);
        for (const line of await linesOf(`${operation}_${way}`))
          expect(line).toMatchObject({
            fields: [relation],
            classes: [access],
            customerIds: [file.uuids.Customer],
          });
      }
      expect(await linesOf(`${operation}_own`)).toEqual([]);
    }
  },
);

test.each([
  ['CountedLines', 'history { totalCount }', 1],
  ['LinesOfDeal', 'history(entityId: "DEAL", from: "2090-01-01T00:00:00Z") { nodes { field } }', 1],
  ['LinesSince', 'history(from: "2090-01-01T00:00:00Z") { nodes { field } }', 0],
] as const)(
  'a history that is counted, or narrowed to an object, uses its fields: %s',
  async (name, history, entries) => {
    const { errors } = await world.server
      .as('MANAGER')
      .query(
        `query ${name} { customer(id: "${file.ids.Customer}") { ${history.replace('DEAL', file.ids.Deal as string)} } }`,
      );
    expect(errors).toBeUndefined();
    await expect.poll(async () => (await linesOf(name)).length, { timeout: 60_000 }).toBe(entries);
    for (const line of await linesOf(name)) {
      expect(line.fields).toContain('Deal.amount');
      expect(line.customerIds).toEqual([file.uuids.Customer]);
    }
  },
);

test('an id with the prefix of another kind finds no history', async () => {
  const asContact = encodeId('con', file.uuids.Deal as string);
  const { data, errors } = await world.server
    .as('MANAGER')
    .query(
      `{ customer(id: "${file.ids.Customer}") { history(entityId: "${asContact}") { totalCount } all: history(entityId: "${file.ids.Deal}") { totalCount } } }`,
    );
  expect(errors).toBeUndefined();
  expect(data.customer.history.totalCount).toBe(0);
  expect(data.customer.all.totalCount).toBeGreaterThan(0);
});
