import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSchema } from '../../src/api.ts';
import { type HistoryField, historyFields } from '../../src/core/model/history-field.ts';
import type { Model, Relation } from '../../src/core/model/model.types.ts';
import {
  allModels,
  linkedRelations,
  notedTables,
  partModels,
  rootModel,
} from '../../src/core/model/registry.ts';
import { requireWholeModels } from '../../src/model-check.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startTestServer } from '../support/server.ts';

let database: TestDatabase;
beforeAll(async () => {
  createSchema();
  database = await createTestDatabase();
});
afterAll(() => database.close());

/** The start of a server on this database, which is expected to fail. */
const start = async () => {
  const server = await startTestServer({ database });
  await server.stop();
};

/** Runs the check after a statement that is taken back. */
async function checkAfter(statement: string): Promise<void> {
  const undone = new Error('undone');
  let outcome: Promise<void> | undefined;
  await database.db
    .transaction(async (tx) => {
      await tx.execute(sql.raw(statement));
      outcome = requireWholeModels(tx);
      await outcome.catch(() => {});
      throw undone;
    })
    .catch((error) => {
      if (error !== undone) throw error;
    });
  return outcome;
}

/** Changes a declaration for the time of `work`. */
async function withChange<T extends object, K extends keyof T>(
  of: T,
  key: K,
  value: T[K],
  work: () => Promise<void>,
) {
  const before = of[key];
  of[key] = value;
  try {
    await work();
  } finally {
    of[key] = before;
  }
}

const captured = () => [
  ...allModels()
    .filter(({ kind }) => kind !== 'scoped')
    .map(({ name, tableName }) => ({ name, table: tableName })),
  ...linkedRelations().map(({ field, link }) => ({ name: `Customer.${field}`, table: link.tableName })),
  ...notedTables().map((table) => ({
    name: allModels().find(({ tableName }) => tableName === table)?.name ?? table,
    table,
  })),
];

test('the models and the database agree', async () => {
  await expect(requireWholeModels(database.db)).resolves.toBeUndefined();
  expect(captured().length).toBeGreaterThanOrEqual(11);
});

test('each single trigger that is missing, or switched off, is named with whose it is', async () => {
  for (const { name, table } of captured()) {
    const triggers = await database.client<{ tgname: string }[]>`
      select tgname from pg_trigger where tgrelid = ${table}::regclass and not tgisinternal
        and (tgname ~ '^(capture|note)_' or tgname = 'refuse_truncate')`;
    expect(triggers.length, table).toBeGreaterThanOrEqual(1);
    for (const { tgname } of triggers) {
      const named = new RegExp(`${name} lacks ${tgname} on ${table}`);
      await expect(checkAfter(`drop trigger ${tgname} on ${table}`)).rejects.toThrow(named);
      await expect(checkAfter(`alter table ${table} disable trigger ${tgname}`)).rejects.toThrow(named);
    }
  }
});

test('a part whose version nobody raises is named', async () => {
  for (const { name, tableName } of partModels())
    await expect(checkAfter(`drop trigger touch_row on ${tableName}`)).rejects.toThrow(
      `${name} lacks touch_row`,
    );
});

test('the server does not start without one trigger of a part, and starts again with it', async () => {
  const { name, tableName } = partModels().at(-1) as Model;
  await database.client.unsafe(`drop trigger capture_update on ${tableName}`);
  await expect(start()).rejects.toThrow(`${name} lacks capture_update on ${tableName}`);
  await database.client.unsafe(`drop trigger capture_insert on ${tableName}; drop trigger capture_delete on ${tableName};
    drop trigger refuse_truncate on ${tableName}; drop trigger touch_row on ${tableName}; select capture_part('${tableName}')`);
  await start();
});

test('the server does not start where a captured table is declared by no model, whichever it is', async () => {
  for (const model of allModels().filter(({ kind }) => kind === 'part' || kind === 'captured'))
    await withChange(model, 'kind', 'scoped', () =>
      expect(requireWholeModels(database.db)).rejects.toThrow(
        `${model.tableName} is captured, but no model declares it`,
      ),
    );
  const part = partModels()[0] as Model;
  await withChange(part, 'kind', 'scoped', () =>
    expect(start()).rejects.toThrow(`${part.tableName} is captured, but no model declares it`),
  );
});

test('the server does not start where the history leaves out a field of a part, whichever it is', async () => {
  const fields = historyFields() as Map<string, HistoryField>;
  const without = async (key: string, check: () => Promise<void>) => {
    const all = [...fields];
    fields.delete(key);
    const [subject = '', column = ''] = key.split('.');
    try {
      const link = linkedRelations().find((relation) => relation.link.tableName === subject);
      const missing = link
        ? `Customer.${link.field} is not in the history`
        : `is not in the history with ${column}`;
      await expect(check()).rejects.toThrow(missing);
    } finally {
      fields.clear();
      for (const [name, field] of all) fields.set(name, field);
    }
  };
  for (const key of [...fields.keys()]) await without(key, () => requireWholeModels(database.db));
  await without(`${partModels()[0]?.tableName}.created_at`, start);
});

test('a part that no relation of the file leads to is named: nobody could say who may read it', async () => {
  const { relations } = rootModel();
  for (const part of partModels()) {
    const [field, relation] = [...relations].find(([, { target }]) => target() === part) as [
      string,
      Relation,
    ];
    relations.delete(field);
    try {
      await expect(requireWholeModels(database.db)).rejects.toThrow(
        `No relation leads from a customer file to ${part.name}`,
      );
    } finally {
      relations.set(field, relation);
    }
  }
});

test('words of events and columns without a past are the same in the models and in the database', async () => {
  for (const { name, events } of allModels().filter(({ kind }) => kind === 'part' || kind === 'captured')) {
    for (const word of Object.values(events ?? {}))
      await withChange(word, 'type', 'SOMETHING_ELSE', async () => {
        const check = expect(requireWholeModels(database.db)).rejects;
        await check.toThrow(`${name} declares SOMETHING_ELSE`);
      });
  }
  await withChange(rootModel().attributes.get('name') as { history: string }, 'history', 'OVERWRITE', () =>
    expect(requireWholeModels(database.db)).rejects.toThrow(`overwritten_columns('customer') differ in name`),
  );
});
