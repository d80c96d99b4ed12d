import { eq, sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { importers, policy } from '../../src/core/access/policy.ts';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { fileTables } from '../../src/core/model/registry.ts';
import { initialSettings } from '../../src/core/settings/settings.ts';
import { socialCreditCheckCharacter } from '../../src/core/validation/social-credit-code.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { directoryLookup } from '../../src/domains/directory/directory.table.ts';
import { type Colleague, openFile, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterEach(() => writing.db.delete(directoryLookup));
afterAll(() => writing.close());

const selection = '{ customer { id version } }';
let made = 0;
const next = (): number => {
  made += 1;
  return made;
};
const newFile = () => ({ name: `上海第${next()}环境工程有限公司` });

/** Values that one file alone can have: new ones as a client writes them, and as an error names them. */
const kinds = {
  unifiedSocialCreditCode: () => {
    const code = `91310000MA1${String(next()).padStart(6, '0')}`;
    const value = `${code}${socialCreditCheckCharacter(code)}`;
    return { written: value, value };
  },
  externalKeys: () => {
    const key = `A-${next()}`;
    const written = [
      { source: 'crm', key: `own-${key}` },
      { source: 'erp', key },
    ];
    return { written, value: `erp:${key}` };
  },
  premises: () => {
    const [category, building] = ['RESIDENTIAL', String(next())];
    const written = { category, building, unit: '2', floor: '5', room: '501' };
    return { written, value: `住宅 ${building}幢2单元5层501室` };
  },
};
type Kind = keyof typeof kinds;

/** Opens a file that has the value. */
async function enter(field: Kind, owner: Colleague, { written, value }: ReturnType<(typeof kinds)[Kind]>) {
  const held = Array.isArray(written) ? written.filter(({ key }) => value.endsWith(`:${key}`)) : written;
  const { payload } = await owner.write('createCustomer', { ...newFile(), [field]: held }, selection);
  await writing.db.delete(directoryLookup);
  return payload.customer.id as string;
}

/** Ways to write a value, which fail or not. */
const ways = {
  createCustomer: (field: Kind, writer: Colleague, written: unknown) => {
    const owned = writer === writing.manager && { ownerId: writing.stranger.id };
    return writer.write('createCustomer', { ...newFile(), ...owned, [field]: written }, selection);
  },
  updateCustomer: async (field: Kind, writer: Colleague, written: unknown) => {
    const { id, version } = await openFile(writing, writer);
    return writer.write('updateCustomer', { id, expectedVersion: version, [field]: written }, selection);
  },
  revertCustomerField: async (field: Kind, writer: Colleague, written: unknown) => {
    const { db } = writing;
    const { id, uuid } = await openFile(writing, writer, { [field]: kinds[field]().written });
    const ofFile = sql`customer_id = ${uuid}`;
    await db.execute(sql`select sequence_events(1000)`);
    await db.execute(
      sql`update file_change set occurred_at = occurred_at - interval '1 hour' where ${ofFile}`,
    );
    await db
      .update(customer)
      .set({ [field]: null })
      .where(eq(customer.id, uuid));
    await db.execute(sql`select sequence_events(1000)`);
    // As if it had had the value before somebody else had it.
    await db.execute(sql`update file_change set old_value = ${JSON.stringify(written)}::text::jsonb
      where ${ofFile} and operation = 'UPDATE' and old_value is not null`);
    const [row] = await db.select().from(customer).where(eq(customer.id, uuid));
    const to = new Date(Date.now() - 60_000).toISOString();
    const input = { id, expectedVersion: row?.version, field, to };
    return writer.write('revertCustomerField', input, selection);
  },
};

const lookups = async () => (await writing.db.select().from(directoryLookup)).map((row) => row.lookups);
/** What the log says of look-ups of a file. */
const logged = async (id: string) => {
  const read = () =>
    writing.db.execute(sql`select search, to_json(fields) as fields from access_log
      where kind = 'LOOKED_UP' and customer_ids = array[${uuidOf(id)}]::uuid[]`);
  await expect.poll(async () => (await read()).length).toBeGreaterThan(0);
  return [...(await read())];
};

const cases = Object.keys(kinds).flatMap((field) =>
  Object.keys(ways).map((way) => [field as Kind, way as keyof typeof ways] as const),
);

describe.each(cases)('%s by %s', (field, way) => {
  test('of a file one may not see is reported as in the directory, counted and logged', async () => {
    const given = kinds[field]();
    const id = await enter(field, writing.owner, given);
    const [file] = await writing.db
      .select()
      .from(customer)
      .where(eq(customer.id, uuidOf(id)));
    const { errors, payload } = await ways[way](field, writing.stranger, given.written);
    expect(payload).toBeNull();
    expect(errors.map(({ extensions }) => extensions)).toEqual([
      {
        code: 'CONFLICT',
        field,
        value: given.value,
        card: { customerId: id, companyName: file?.name, ownerName: 'SALES' },
      },
    ]);
    expect(errors[0]?.message).not.toContain(file?.fileNumber);
    expect(await lookups()).toEqual([1, 1]);
    expect(await logged(id)).toEqual([
      {
        search: given.value,
        fields: [
          `Customer.${field}`,
          'DirectoryCard.companyName',
          'DirectoryCard.customerId',
          'DirectoryCard.ownerName',
        ],
      },
    ]);
  });

  test('of a file one sees names it, and is no look-up', async () => {
    for (const [owner, writer] of [
      [writing.stranger, writing.stranger],
      [writing.owner, writing.manager],
    ] as const) {
      const given = kinds[field]();
      const id = await enter(field, owner, given);
      const { errors } = await ways[way](field, writer, given.written);
      expect(errors[0]?.extensions).toEqual({ code: 'CONFLICT', field, value: given.value, customerId: id });
      expect(await lookups()).toEqual(writer === writing.manager ? [] : [0, 0]);
    }
  });

  test.skipIf(field === 'premises')(
    'of an archived file one may not see reveals nothing of it, and is counted',
    async () => {
      const given = kinds[field]();
      const id = await enter(field, writing.owner, given);
      await writing.db.execute(sql`update customer set archived_at = now() where id = ${uuidOf(id)}`);
      const { errors } = await ways[way](field, writing.stranger, given.written);
      expect(errors.map(({ extensions }) => extensions)).toEqual([{ code: 'CONFLICT' }]);
      expect(await lookups()).toEqual([1, 1]);
      expect(await logged(id)).toEqual([{ search: given.value, fields: [`Customer.${field}`] }]);
    },
  );

  test('that nobody has costs no look-up, nor does an input that is refused for something else', async () => {
    const { code } = await ways[way](field, writing.stranger, kinds[field]().written);
    expect(code).toBeUndefined();
    const bad = { ...newFile(), [field]: kinds[field]().written, stage: 'WON' };
    expect((await writing.stranger.write('createCustomer', bad, selection)).code).toBe('BAD_USER_INPUT');
    expect(await lookups()).toEqual([0, 0]);
  });

  test('is refused where no look-ups are left, whether somebody has it or not', async () => {
    const given = kinds[field]();
    await enter(field, writing.owner, given);
    const employeeId = uuidOf(writing.stranger.id);
    const { db } = writing;
    const windowStartedAt = new Date().toISOString();
    const exhausted = {
      employeeId,
      period: 'DAY' as const,
      lookups: initialSettings.lookupsPerDay,
      windowStartedAt,
    };
    await db.insert(directoryLookup).values(exhausted);
    const [taken, free] = [
      await ways[way](field, writing.stranger, given.written),
      await ways[way](field, writing.stranger, kinds[field]().written),
    ];
    expect([taken.code, free.code, free.payload]).toEqual(['RATE_LIMITED', 'RATE_LIMITED', null]);
    expect(free.errors[0]?.message).toBe(taken.errors[0]?.message);
    const plain = await writing.stranger.write('createCustomer', newFile(), selection);
    expect(plain.code).toBeUndefined();
    const all = await ways[way](field, writing.manager, kinds[field]().written);
    expect(all.code).toBeUndefined();
  });
});

test.each(Object.keys(kinds) as Kind[])(
  'forty at once reveal no more files than the limit: %s',
  async (field) => {
    const given = Array.from({ length: 40 }, () => kinds[field]());
    for (const one of given) await enter(field, writing.owner, one);
    const answers = await Promise.all(
      given.map(({ written }) => ways.createCustomer(field, writing.stranger, written)),
    );
    const told = answers.filter(({ code }) => code === 'CONFLICT');
    expect(told.length).toBeLessThanOrEqual(initialSettings.lookupsPerMinute);
    expect(answers.map(({ code }) => code)).toEqual(
      answers.map(({ code }) => (code === 'CONFLICT' ? code : 'RATE_LIMITED')),
    );
  },
);

test('a hundred look-ups and writes at once do not block each other', async () => {
  const many = await Promise.all(
    Array.from({ length: 100 }, (_, i) => {
      const { written } = kinds.externalKeys();
      return i % 2
        ? ways.createCustomer('externalKeys', writing.stranger, written)
        : writing.server
            .as('SALES_2')
            .query('{ customerDirectory(search: "无此公司") { nodes { customerId } } }');
    }),
  );
  expect(JSON.stringify(many)).not.toContain('INTERNAL_SERVER_ERROR');
  const searches = many.filter((_, i) => i % 2 === 0);
  const [burst = 0] = await lookups();
  expect(burst).toBeGreaterThanOrEqual(searches.length);
});

test('a key is reported with a file that one sees, even if others of the list are in hidden ones', async () => {
  const [mine, theirs] = [kinds.externalKeys(), kinds.externalKeys()];
  const id = await enter('externalKeys', writing.stranger, mine);
  await enter('externalKeys', writing.owner, theirs);
  const { errors } = await ways.createCustomer('externalKeys', writing.stranger, [
    ...theirs.written,
    ...mine.written,
  ]);
  expect(errors[0]?.extensions).toMatchObject({ value: mine.value, customerId: id });
});

test('nothing else of a file is unique that a client writes', async () => {
  const tables = `{${fileTables().join(',')}}`;
  const found = await writing.db.execute<{ name: string }>(sql`
    select i.indexrelid::regclass::text as name from pg_index i
    where i.indisunique and not i.indisprimary and i.indrelid = any(${tables}::text[]::regclass[])
    order by 1`);
  expect(found.map(({ name }) => name)).toEqual([
    // Given by the database within a file, and in no input.
    'catalogue_entry_number_key',
    // Of registerFile: archive-number.test.ts.
    'customer_archive_number_key',
    // Given by the database, and in no input.
    'customer_file_number_unique',
    'customer_premises_unit_key',
    'customer_unified_social_credit_code_key',
    // Of tasks that rules open, which no input names.
    'task_occasion_key',
    'task_open_key',
  ]);
});

test('who imports sees every file, so that nothing it is refused for is hidden from them', () => {
  expect(importers.map((role) => policy[role].files)).toEqual(importers.map(() => 'ALL'));
});

test('the number of statements does not depend on the number of keys', async () => {
  const keys = (length: number) => Array.from({ length }, () => ({ source: 'erp', key: `S-${next()}` }));
  const one = await ways.createCustomer('externalKeys', writing.stranger, keys(1));
  const many = await ways.createCustomer('externalKeys', writing.stranger, keys(20));
  expect(many.statementCount).toBe(one.statementCount);
});
