import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fileHistory } from '../../src/core/changes/changes.table.ts';
import { historyFields } from '../../src/core/model/history-field.ts';
import { addContact, openFile, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

const overwritten = () => [...historyFields().values()].filter(({ history }) => history === 'OVERWRITE');

test('the database keeps no past of exactly the fields that are declared so', async () => {
  const subjects = [...new Set([...historyFields().values()].map(({ subject }) => subject))];
  const kept: string[] = [];
  for (const subject of subjects) {
    const [row] = await writing.db.execute<{ columns: string[] }>(
      sql`select to_json(overwritten_columns(${subject})) as columns`,
    );
    kept.push(...(row?.columns ?? []).map((column) => `${subject}.${column}`));
  }
  expect(kept.sort()).toEqual(
    overwritten()
      .map(({ subject, column }) => `${subject}.${column}`)
      .sort(),
  );
  expect(kept.length).toBeGreaterThan(0);
});

test('a field without a past leaves no value in the history, only who changed it and when', async () => {
  const file = await openFile(writing, writing.owner);
  const contact = await addContact(writing, file.uuid, {
    household: '甲',
    religion: '乙',
    phone: '+8613800001234',
  });
  await writing.db.execute(
    sql`update contact set household = '丙', religion = '丁' where id = ${contact.uuid}`,
  );
  await writing.db.execute(sql`delete from contact where id = ${contact.uuid}`);
  const lines = await writing.db.select().from(fileHistory);
  expect(JSON.stringify(lines)).not.toMatch(/[甲乙丙丁]/);

  const { data } = await writing.server
    .as('SALES')
    .query(
      `query($id: ID!) { customer(id: $id) { history(field: "household") { nodes { oldValue newValue valuesKept source } } } }`,
      { id: file.id },
    );
  expect(data.customer.history.nodes).toEqual([
    { oldValue: null, newValue: null, valuesKept: false, source: 'SQL' },
  ]);
});
