import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { policy } from '../../src/core/access/policy.ts';
import { askedOf, batchesOf, casesOf, formsOf, listDocument, rowsMeeting } from './condition-form.ts';
import { ask } from './expected-answer.ts';
import {
  type FileWorld,
  fileTypes,
  isRefused,
  roleOf,
  startFileWorld,
  viewers,
  type WorldFile,
} from './file-world.ts';

let world: FileWorld;
beforeAll(async () => {
  world = await startFileWorld();
});
afterAll(() => world.server.close());

describe.each(viewers)('%s', (viewer) => {
  test.each(fileTypes)(
    'filters by a field of %s only the files on which it is readable, however the filter is turned',
    async (type) => {
      const allowed = casesOf(world, viewer, type).filter(
        ({ one, form }) => !isRefused(viewer, [one, ...form.through]),
      );
      for (const batch of batchesOf(allowed)) {
        const { query, variables } = listDocument(batch.map(({ form }) => form));
        const { data, errors } = await ask(world, viewer, query, variables);
        expect(errors, JSON.stringify(errors)).toEqual([]);
        for (const [i, { one, form }] of batch.entries()) {
          const found = data[`l${i}`].nodes.map(({ id }: { id: string }) => id).sort();
          const expected = rowsMeeting(world, viewer, one, form);
          expect(found, `${form.name}: ${JSON.stringify(form.filter)}`).toEqual(expected);
          expect([undefined, expected.length]).toContain(data[`l${i}`].totalCount);
        }
      }
    },
  );

  test('is refused every filter by a field of a class the role never reads, before any SQL', async () => {
    const refused = fileTypes
      .flatMap((type) => askedOf(type, world.files[0] as WorldFile).filter(({ isOfValue }) => !isOfValue))
      .flatMap((one) => formsOf(one).map((form) => ({ one, form })))
      .filter(({ one, form }) => isRefused(viewer, [one, ...form.through]));
    for (const batch of batchesOf(refused)) {
      const { query, variables } = listDocument(batch.map(({ form }) => form));
      const { data, errors, statements } = await ask(world, viewer, query, variables);
      expect({ data, statements }).toEqual({ data: null, statements: 1 });
      for (const [i, { one, form }] of batch.entries()) {
        const error = errors.find(({ path }) => path?.[0] === `l${i}`);
        expect(error?.extensions.code, form.name).toBe('FORBIDDEN');
        if (form.through.length === 0)
          expect(error?.extensions).toMatchObject({ field: `${one.type}.${one.field}`, reason: 'ROLE' });
      }
    }
    expect(refused.length > 0).toBe(Object.values(policy[roleOf(viewer)].read).includes('NONE'));
  });
});
