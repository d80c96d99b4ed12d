import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { policy } from '../../src/core/access/policy.ts';
import type { StaffName } from '../support/server.ts';
import { type Asked, askedOf, casesOf, type Form, formsOf, listDocument } from './condition-form.ts';
import { ask } from './expected-answer.ts';
import {
  type FileWorld,
  fileTypes,
  isRefused,
  reads,
  roleOf,
  seesRow,
  startFileWorld,
  viewers,
  type WorldFile,
} from './file-world.ts';

let world: FileWorld;
beforeAll(async () => {
  world = await startFileWorld();
}, 60_000);
afterAll(() => world.server.close());

/** Root fields of one operation at most. */
const batchSize = 20;

const rowsMeeting = (viewer: StaffName, asked: Asked, form: Form): string[] =>
  world.files
    .filter((file) => seesRow(viewer, form.listed, file))
    .filter((file) => [asked, ...form.through].every((field) => reads(viewer, field, file)))
    .filter((file) => form.meets(asked.holds(file)))
    .map(({ ids }) => ids[form.listed] as string)
    .sort();

describe.each(viewers)('%s', (viewer) => {
  test.each(fileTypes)(
    'filters by a field of %s only the files on which it is readable, however the filter is turned',
    async (type) => {
      const allowed = casesOf(world, viewer, type).filter(
        ({ one, form }) => !isRefused(viewer, [one, ...form.through]),
      );
      for (let from = 0; from < allowed.length; from += batchSize) {
        const batch = allowed.slice(from, from + batchSize);
        const { query, variables } = listDocument(batch.map(({ form }) => form));
        const { data, errors } = await ask(world, viewer, query, variables);
        expect(errors, JSON.stringify(errors)).toEqual([]);
        for (const [i, { one, form }] of batch.entries()) {
          const found = data[`l${i}`].nodes.map(({ id }: { id: string }) => id).sort();
          const expected = rowsMeeting(viewer, one, form);
          expect(found, `${form.name}: ${JSON.stringify(form.filter)}`).toEqual(expected);
          expect([undefined, expected.length]).toContain(data[`l${i}`].totalCount);
        }
      }
    },
  );

  test('is refused every filter by a field of a class the role never reads, before any SQL', async () => {
    const refused = fileTypes
      .flatMap((type) =>
        askedOf(type, world.files[0] as WorldFile).filter(
          ({ condition }) => !('contains' in condition || 'eq' in condition),
        ),
      )
      .flatMap((one) => formsOf(one).map((form) => ({ one, form })))
      .filter(({ one, form }) => isRefused(viewer, [one, ...form.through]));
    for (const { one, form } of refused) {
      const { query, variables } = listDocument([form]);
      const { data, errors, statements } = await ask(world, viewer, query, variables);
      expect({ data, code: errors[0]?.extensions.code, statements }, form.name).toEqual({
        data: null,
        code: 'FORBIDDEN',
        statements: 1,
      });
      if (form.through.length === 0)
        expect(errors[0]?.extensions).toMatchObject({ field: `${one.type}.${one.field}`, reason: 'ROLE' });
    }
    expect(refused.length > 0).toBe(Object.values(policy[roleOf(viewer)].read).includes('NONE'));
  });
});
