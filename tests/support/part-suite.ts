import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callers } from '../../src/core/access/callers.ts';
import { policy, recordsOnly, type WriteReach } from '../../src/core/access/policy.ts';
import type { Role } from '../../src/core/access/role.ts';
import type { Actor } from '../../src/core/access/write-policy.ts';
import { encodeId, uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { accessClassOf, relationTo } from '../../src/core/model/registry.ts';
import type { PartWrites } from '../../src/core/part/writes-of.ts';
import { initialSettings } from '../../src/core/settings/settings.ts';
import { mutationCases } from '../access/mutation-case.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { instantNow } from './instant.ts';
import { type StaffName, staffNames } from './server.ts';
import { missingId, openFile, startWriting, traces, type Writing } from './writing.ts';

type Input = Record<string, unknown>;

/** What the contract of a part cannot know by itself. */
export interface PartSample {
  /** A good input, the file aside. */
  create: Input;
  /** A change of it, of which nothing else follows; absent where rows are never changed. */
  update?: Input;
  /** An input that is wrong wherever it can be, and all that is wrong with it. */
  wrong: Input;
  issues: string[];
  /** Statements of a write, sign-in and what is read back included: a write may cost no more. */
  statements: { create: number; update?: number; delete?: number };
}

/** What is asked of writes: some parts have their own. */
export type DescribedWrites = Pick<PartWrites, 'model' | 'create' | 'update'> & {
  rules: Pick<PartWrites['rules'], 'operations' | 'references' | 'recordedBy'>;
};

/** What every part of a file does, asked of one: see CONTRIBUTING.md, "Add a part". */
export function describePart(writes: DescribedWrites, sample: PartSample): void {
  const { model, rules } = writes;
  const { name, tableName, prefix, events } = model;
  const { create, update, delete: remove } = rules.operations as { create: string } & typeof rules.operations;
  const noun = `${name[0]?.toLowerCase()}${name.slice(1)}`;
  const list = relationTo(model)?.field as string;
  const written = Object.keys(sample.create).filter((field) => !rules.references?.[field]);
  const changed = Object.keys(sample.update ?? {});
  const selection = (fields: readonly string[]) => `{ ${noun} { id version ${fields.join(' ')} } }`;

  let database: TestDatabase;
  let writing: Writing;
  beforeAll(async () => {
    database = await createTestDatabase();
    writing = await startWriting({ database });
  });
  afterAll(() => writing.close());

  const add = async (fileId: string, input: Input = sample.create) => {
    const { payload, errors, statementCount } = await writing.owner.write(
      create,
      { ...input, customerId: fileId },
      selection(written),
    );
    expect(errors).toEqual([]);
    return { ...(payload[noun] as { id: string; version: number } & Input), statementCount };
  };
  const by =
    (staff: StaffName) =>
    async (mutation: string, input: Input, selected = selection([])) => {
      const type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input!`;
      const document = `mutation($input: ${type}) { ${mutation}(input: $input) ${selected} }`;
      const { data, errors } = await writing.server.as(staff).query(document, { input });
      return { payload: data?.[mutation], errors: errors ?? [], code: errors?.[0]?.extensions.code };
    };
  /** What creating it may leave out, all null: forms send that for what nobody has filled in. */
  const leftOut = async (): Promise<Input> => {
    const type = `${create[0]?.toUpperCase()}${create.slice(1)}Input`;
    const document = 'query($type: String!) { __type(name: $type) { inputFields { name type { kind } } } }';
    const { data } = await writing.server.as('ADMIN').query(document, { type });
    const fields = data.__type.inputFields as { name: string; type: { kind: string } }[];
    return Object.fromEntries(
      fields.filter(({ type }) => type.kind !== 'NON_NULL').map(({ name }) => [name, null]),
    );
  };
  const read = async (document: string, variables: Input) =>
    (await writing.server.as('SALES').query(document, variables)).data;
  const now = () => instantNow(writing.db);
  const eventsAfter = async (after: string, fileId: string) => {
    await writing.db.execute(sql`select sequence_events(1000000)`);
    const { customerFileEvents } = await read(
      'query($after: String, $id: ID) { customerFileEvents(after: $after, customerId: $id) { nodes { type entityId } } }',
      { after, id: fileId },
    );
    return customerFileEvents.nodes as { type: string; entityId: string }[];
  };
  const cursor = async (): Promise<string> =>
    (await read('{ customerFileEvents { pageInfo { endCursor } } }', {})).customerFileEvents.pageInfo
      .endCursor;

  /** What the policy page says of a write on a file of SALES. */
  const expectedCode = (
    staff: StaffName,
    mutation: string,
    fields: readonly string[],
  ): string | undefined => {
    const role = (staff === 'SALES_2' ? 'SALES' : staff) as Role;
    const allowed = callers[`Mutation.${mutation}`];
    if (Array.isArray(allowed) && !allowed.includes(role)) return 'FORBIDDEN';
    const isOwner = staff === 'SALES';
    if (policy[role].files === 'OWN' && !isOwner) return 'NOT_FOUND';
    const only = Object.entries(recordsOnly[role]?.[name] ?? {});
    if (only.some(([field, allowed]) => !allowed.includes(sample.create[field] as string)))
      return 'FORBIDDEN';
    // SALES has entered what is changed here.
    if (rules.recordedBy && (mutation === create || isOwner)) return undefined;
    const reaches = (reach: WriteReach | undefined) =>
      reach === 'ALL' || (reach === 'OWN' && isOwner && !rules.recordedBy);
    const refused = fields.some((field) => {
      const access = accessClassOf(name, field.replace(/Id$/, ''));
      return !reaches(policy[role].write[access === 'open' ? 'basic' : access]);
    });
    return refused ? 'FORBIDDEN' : undefined;
  };

  describe(`as every part of a file, a ${noun}`, () => {
    test('is added as given, and is on its file', async () => {
      const file = await openFile(writing, writing.owner);
      const { id, statementCount: _, ...row }: Input = await add(file.id);
      expect(row).toMatchObject({ version: 1 });
      expect(written.filter((field) => row[field] === null)).toEqual([]);
      const { customer } = await read(
        `query($id: ID!) { customer(id: $id) { ${list} { nodes { id } } version } }`,
        {
          id: file.id,
        },
      );
      expect(customer[list].nodes).toEqual([{ id }]);
      expect(customer.version).toBeGreaterThan(file.version);
    });

    test('is in the file’s events by its own words', async () => {
      const file = await openFile(writing, writing.owner);
      const after = await cursor();
      const { id } = await add(file.id);
      if (update) await by('SALES')(update, { ...sample.update, id, expectedVersion: 1 });
      if (remove) await by('SALES')(remove, { id, expectedVersion: update ? 2 : 1 }, `{ ${noun}Id }`);
      const words = [events?.added.type, update && events?.changed.type, remove && events?.removed.type];
      const found = (await eventsAfter(after, file.id)).filter(({ entityId }) => entityId === id);
      expect(found.map(({ type }) => type)).toEqual(words.filter(Boolean));
    });

    test.each(staffNames)(
      'is added by %s where the policy page says so, whatever else is null, and else refused',
      async (staff) => {
        const file = await openFile(writing, writing.owner);
        const { code } = await by(staff)(create, {
          ...(await leftOut()),
          ...sample.create,
          customerId: file.id,
        });
        expect(code).toBe(expectedCode(staff, create, written));
      },
    );

    test('of a stranger’s file is not there: as if there were no such file', async () => {
      const file = await openFile(writing, writing.owner);
      const foreign = await by('SALES_2')(create, { ...sample.create, customerId: file.id });
      const missing = await by('SALES_2')(create, { ...sample.create, customerId: missingId('cus') });
      expect(foreign.code).toBe('NOT_FOUND');
      expect(foreign.errors).toEqual(missing.errors);
    });

    test('is refused for bad input with every violation at once, and nothing is written', async () => {
      const file = await openFile(writing, writing.owner);
      const before = await traces(writing, file.uuid);
      const { issues } = await writing.manager.write(
        create,
        { ...sample.wrong, customerId: file.id },
        selection([]),
      );
      expect(issues.sort()).toEqual([...sample.issues].sort());
      expect(await traces(writing, file.uuid)).toBe(before);
    });

    test('is added to an archived file only where it records what happened', async () => {
      const file = await openFile(writing, writing.owner, { archivedAt: '2024-01-01T00:00:00Z' });
      const { code } = await by('SALES')(create, { ...sample.create, customerId: file.id });
      expect(code).toBe(rules.recordedBy ? undefined : 'CONFLICT');
    });

    // What may be in no file does not end with one.
    if (!model.beside)
      test('is in the list of all files while its own is active, and else on request; totalCount alike', async () => {
        const [active, archived] = [
          await openFile(writing, writing.owner),
          await openFile(writing, writing.owner),
        ];
        const shown = await add(active.id);
        const hidden = await add(archived.id);
        await writing.db.execute(
          sql`update customer set archived_at = '2024-01-01T00:00:00Z' where id = ${archived.uuid}`,
        );
        const document = `query($ids: [ID!], $all: Boolean!) {
        ${list}(filter: { id: { in: $ids } }, includeArchived: $all) { totalCount nodes { id } } }`;
        const found = async (all: boolean) => {
          const data = await read(document, { ids: [shown.id, hidden.id], all });
          return [data[list].totalCount, data[list].nodes.map(({ id }: { id: string }) => id).sort()];
        };
        expect(await found(false)).toEqual([1, [shown.id]]);
        expect(await found(true)).toEqual([2, [shown.id, hidden.id].sort()]);
      });

    test('is added once for one key, however often and at once it is sent; never with another input', async () => {
      const file = await openFile(writing, writing.owner);
      const input = { ...sample.create, customerId: file.id, idempotencyKey: `${tableName}-1` };
      const outcomes = await Promise.all(Array.from({ length: 5 }, () => by('SALES')(create, input)));
      expect(new Set(outcomes.map(({ payload }) => payload[noun].id)).size).toBe(1);
      const other = await openFile(writing, writing.owner);
      expect((await by('SALES')(create, { ...input, customerId: other.id })).code).toBe('BAD_USER_INPUT');
    });

    test('costs no more statements to write than it did, however many there are', async () => {
      const file = await openFile(writing, writing.owner);
      const counts: Record<string, number> = {};
      for (const round of ['first', 'last']) {
        const row = await add(file.id);
        counts.create = row.statementCount;
        if (update) {
          const input = { ...sample.update, id: row.id, expectedVersion: 1 };
          counts.update = (await writing.owner.write(update, input, selection(changed))).statementCount;
        }
        if (remove) {
          const input = { id: row.id, expectedVersion: update ? 2 : 1 };
          counts.delete = (
            await writing.owner.write(remove, input, `{ ${noun}Id customer { id } }`)
          ).statementCount;
        }
        expect(counts, round).toEqual(sample.statements);
        await Promise.all(Array.from({ length: 10 }, () => add(file.id)));
      }
    });

    test('is written with as many others in as many statements as alone', async () => {
      const [one, other] = [await openFile(writing, writing.owner), await openFile(writing, writing.owner)];
      const actor = actorAs(writing, 'SALES');
      const counted = async (size: number) => {
        const inputs = Array.from({ length: size }, (_, i) => ({
          ...sample.create,
          customerId: (i % 2 ? one : other).id,
        }));
        const { statements } = database;
        statements.length = 0;
        const ids = await writes.create(database.db, actor, inputs as never);
        const created = statements.length;
        if (update)
          await writes.update(
            database.db,
            actor,
            ids.map((id) => ({ ...sample.update, ...versioned(id) })) as never,
          );
        const updated = statements.length - created;
        return { ids, created, updated };
      };
      const versioned = (id: string) => ({ id: encodeId(prefix, id), expectedVersion: 1 });
      const alone = await counted(1);
      const together = await counted(500);
      expect(new Set(together.ids).size).toBe(500);
      expect(together).toMatchObject({ created: alone.created, updated: alone.updated });
    });

    test('has a line in the matrix of payloads for each of its mutations', () => {
      const mutations = [create, update, remove].filter((mutation) => mutation !== undefined);
      expect(mutations.filter((mutation) => !mutationCases[mutation])).toEqual([]);
      expect(mutations.filter((mutation) => !callers[`Mutation.${mutation}`])).toEqual([]);
    });
  });

  if (!update) return;
  describe(`as every part of a file that can change, a ${noun}`, () => {
    test('leaves one line of history for each field that changed', async () => {
      const file = await openFile(writing, writing.owner);
      const { id } = await add(file.id);
      const before = await lines(file.id, id);
      await by('SALES')(update, { ...sample.update, id, expectedVersion: 1 });
      const after = await lines(file.id, id);
      expect(
        after
          .slice(0, after.length - before.length)
          .map(({ field }) => field)
          .sort(),
      ).toEqual(changed.sort());
    });

    test('reads at an instant as it was then', async () => {
      const file = await openFile(writing, writing.owner);
      const { id } = await add(file.id);
      const document = `query($id: ID!, $asOf: DateTime) {
        customer(id: $id, asOf: $asOf) { ${list} { nodes { id version ${changed.join(' ')} } } } }`;
      const then = await read(document, { id: file.id });
      const asOf = await now();
      await by('SALES')(update, { ...sample.update, id, expectedVersion: 1 });
      expect(await read(document, { id: file.id, asOf })).toEqual(then);
      expect(await read(document, { id: file.id })).not.toEqual(then);
    });

    test('is not changed by who read an older version, nor by who changes nothing', async () => {
      const file = await openFile(writing, writing.owner);
      const { id } = await add(file.id);
      const stale = await by('SALES')(update, { ...sample.update, id, expectedVersion: 7 });
      expect(stale.errors[0]?.extensions).toMatchObject({ code: 'CONFLICT', currentVersion: 1 });
      await by('SALES')(update, { ...sample.update, id, expectedVersion: 1 });
      const before = await traces(writing, file.uuid);
      const again = await by('SALES')(update, { ...sample.update, id, expectedVersion: 2 });
      expect(again.payload[noun].version).toBe(2);
      expect(await traces(writing, file.uuid)).toBe(before);
    });

    test.each(staffNames)(
      'is changed by %s where the policy page says so, and else refused',
      async (staff) => {
        const file = await openFile(writing, writing.owner);
        const { id } = await add(file.id);
        const { code } = await by(staff)(update, { ...sample.update, id, expectedVersion: 1 });
        expect(code).toBe(expectedCode(staff, update, changed));
      },
    );
  });

  const lines = async (fileId: string, id: string) => {
    const { customer } = await read(
      'query($id: ID!) { customer(id: $id) { history(first: 100) { nodes { field entityId } } } }',
      { id: fileId },
    );
    return (customer.history.nodes as { field: string; entityId: string }[]).filter(
      ({ entityId }) => entityId === id,
    );
  };
}

const actorAs = ({ server }: Writing, staff: StaffName): Actor => ({
  viewer: {
    id: uuidOf(server.as(staff).id),
    name: staff,
    email: '',
    role: staff as Role,
    teamId: null,
    leads: [],
    groups: [],
    sessionId: '',
  },
  now: new Date(),
  settings: initialSettings,
  timeZone: 'Asia/Shanghai',
  currency: 'CNY',
  requestId: 'part-suite',
});
