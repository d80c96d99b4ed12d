import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { policy } from '../../src/access/policy.ts';
import type { FieldAccess } from '../../src/model/attribute.ts';
import type { StaffName } from '../support/server.ts';
import { type Asked, askedOf, type Form, formsOf, listDocument } from './condition-form.ts';
import {
  type FileType,
  type FileWorld,
  fileTypes,
  reads,
  roleOf,
  seesRow,
  startFileWorld,
  viewers,
  type WorldFile,
} from './file-world.ts';
import { ask } from './judge.ts';

let world: FileWorld;
beforeAll(async () => {
  world = await startFileWorld();
}, 60_000);
afterAll(() => world.server.close());

/** Root fields of one operation at most. */
const batchSize = 20;

const isRefused = (viewer: StaffName, classes: FieldAccess[]): boolean =>
  classes.some((access) => access !== 'open' && policy[roleOf(viewer)].read[access] === 'NONE');

/** Files whose value is asked for: the viewer's own, one that a grant opens without the classes asked, a stranger's. */
const targets = (viewer: StaffName): WorldFile[] =>
  world.files.filter(
    ({ viewer: of, relation }) =>
      relation === 'FOREIGN' ||
      (of === viewer &&
        (relation === 'OWN' || (typeof relation === 'object' && relation.granted.length === 0))),
  );

const rowsMeeting = (viewer: StaffName, asked: Asked, form: Form): string[] =>
  world.files
    .filter((file) => seesRow(viewer, form.listed, file))
    .filter((file) => [asked.access, ...form.through].every((access) => reads(viewer, access, file)))
    .filter((file) => form.meets(asked.holds(file)))
    .map(({ ids }) => ids[form.listed])
    .sort();

/** Fields that everybody reads who sees the file need fewer forms than those that can be withheld. */
const briefForms = /^(?:plain|not|.* (?:is|some))$/;

/** Each field in each form, whether it has a value; and in the plain form, whether it has that of another file. */
function casesOf(viewer: StaffName, type: FileType): { one: Asked; form: Form }[] {
  const [own, ...others] = targets(viewer) as [WorldFile, ...WorldFile[]];
  const everywhere = askedOf(type, own).flatMap((one) => {
    const forms = formsOf(one);
    if ('eq' in one.condition || 'contains' in one.condition)
      return forms.slice(0, 2).map((form) => ({ one, form }));
    const isOpen = one.access === 'basic' || one.access === 'open';
    return forms.filter(({ name }) => !isOpen || briefForms.test(name)).map((form) => ({ one, form }));
  });
  const elsewhere = others.flatMap((other) =>
    askedOf(type, other).map((one) => ({ one, form: formsOf(one)[0] as Form })),
  );
  return [...everywhere, ...elsewhere];
}

describe.each(viewers)('%s', (viewer) => {
  test.each(fileTypes)(
    'filters by a field of %s only the files on which it is readable, however the filter is turned',
    async (type) => {
      const allowed = casesOf(viewer, type).filter(
        ({ one, form }) => !isRefused(viewer, [one.access, ...form.through]),
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
      .filter(({ one, form }) => isRefused(viewer, [one.access, ...form.through]));
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
