import { afterAll, beforeAll, expect, test } from 'vitest';
import { compileFilter, type Filter } from '../../src/core/model/filter.ts';
import type { Model } from '../../src/core/model/model.types.ts';
import { aliases } from '../../src/core/model/read-context.ts';
import { customerModel } from '../../src/domains/customer/customer.model.ts';
import '../../src/api.ts';
import { renderStatement } from '../../src/core/database/database.ts';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

/** Every model that a condition on a customer can lead to. */
function reachable(model: Model, found = new Set<Model>()): Set<Model> {
  if (found.has(model)) return found;
  found.add(model);
  for (const { target } of model.relations.values()) reachable(target(), found);
  return found;
}

test('what is taken for the id of a row that is there is held to that by a foreign key', async () => {
  const rows = await database.client<{ name: string }[]>`
    select format('%s.%s -> %s', c.conrelid::regclass, a.attname, c.confrelid::regclass) as name
    from pg_constraint c
    join pg_attribute a on a.attrelid = c.conrelid and a.attnum = any(c.conkey)
    where c.contype = 'f' and c.convalidated`;
  const held = rows.map(({ name }) => name.replaceAll('"', ''));
  const taken = [...reachable(customerModel)].flatMap(({ tableName, relations }) =>
    [...relations.values()].flatMap(({ key, target }) =>
      key === null ? [] : [`${tableName}.${key} -> ${target().tableName}`],
    ),
  );
  expect(taken.length).toBeGreaterThan(5);
  expect(held).toEqual(expect.arrayContaining(taken));
});

test('a condition on the id of a related row reads no more than the row that names it', () => {
  const id = encodeId('team', '01890000-0000-7000-8000-00000000dead');
  const viewer = {
    id: '01890000-0000-7000-8000-000000000001',
    name: '',
    email: '',
    role: 'MANAGER',
    teamId: null,
    leads: [],
    groups: [],
    sessionId: '',
  } as const;
  const reading = {
    viewer,
    now: new Date('2026-08-31T04:30:00Z'),
    timeZone: 'Asia/Shanghai',
    currency: 'CNY',
  };
  const textOf = (filter: Filter): string => {
    const next = aliases();
    return renderStatement(compileFilter(reading, customerModel, filter, next(), null, next)).text;
  };
  expect(textOf({ owner: { team: { id: { eq: id } } } })).not.toContain('"team"');
  expect(textOf({ owner: { team: { name: { eq: '华东' } } } })).toContain('"team"');
});
