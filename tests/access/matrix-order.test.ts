import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Attribute } from '../../src/core/model/attribute.ts';
import type { StaffName } from '../support/server.ts';
import { listOf } from './document.ts';
import { ask } from './expected-answer.ts';
import {
  type FileType,
  type FileWorld,
  fileTypes,
  isRefused as isNeverRead,
  modelOf,
  reads,
  seesRow,
  startFileWorld,
  viewers,
  type WorldFile,
} from './file-world.ts';
import { isParts } from './sentinel.ts';

let world: FileWorld;
beforeAll(async () => {
  world = await startFileWorld();
});
afterAll(() => world.server.close());

const batchSize = 20;
const upperSnake = (field: string) => field.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

const sortable = fileTypes.flatMap((type) =>
  [...modelOf(type).attributes.values()]
    .filter(({ computed }) => !computed)
    .filter((attribute) => attribute.sortable)
    .map((attribute) => ({ type, attribute })),
);
const isRefused = (viewer: StaffName, attribute: Attribute): boolean => isNeverRead(viewer, [attribute]);

const list = (type: FileType, { field }: Attribute, direction: string, page = 'first: 200') =>
  `${listOf(type)}(${page}, orderBy: [{ field: ${upperSnake(field)}, direction: ${direction} }]) { edges { cursor node { id } } pageInfo { endCursor } }`;

/** What the policy page makes of an order: hidden values come last, as if there were none, and the id breaks ties. */
function expectedOrder(
  viewer: StaffName,
  type: FileType,
  attribute: Attribute,
  direction: 'ASC' | 'DESC',
): string[] {
  const sign = direction === 'ASC' ? 1 : -1;
  const value = (file: WorldFile) => {
    const stored = file.sentinels.get(`${type}.${attribute.field}`)?.value;
    if (stored === undefined || !reads(viewer, attribute, file)) return null;
    // Of premises, the building alone differs.
    if (isParts(stored)) return stored.building as string;
    return attribute.kind === 'decimal' ? Number(stored) : (stored as string);
  };
  const compare = (a: string | number | boolean, b: string | number | boolean) =>
    a < b ? -1 : a > b ? 1 : 0;
  return world.files
    .filter((file) => seesRow(viewer, type, file))
    .sort((a, b) => {
      const [left, right] = [value(a), value(b)];
      const byValue =
        left === null || right === null
          ? Number(left === null) - Number(right === null)
          : sign * compare(left, right);
      return byValue || sign * compare(a.uuids[type] as string, b.uuids[type] as string);
    })
    .map(({ ids }) => ids[type] as string);
}

describe.each(viewers)('%s', (viewer) => {
  const allowed = sortable.filter(({ attribute }) => !isRefused(viewer, attribute));

  test('orders by what is readable; where it is not, a row comes last as if it had no value', async () => {
    for (const direction of ['ASC', 'DESC'] as const) {
      for (let from = 0; from < allowed.length; from += batchSize) {
        const batch = allowed.slice(from, from + batchSize);
        const lists = batch.map(({ type, attribute }, i) => `l${i}: ${list(type, attribute, direction)}`);
        const { data, errors } = await ask(world, viewer, `{ ${lists.join(' ')} }`);
        expect(errors).toEqual([]);
        for (const [i, { type, attribute }] of batch.entries()) {
          const found = data[`l${i}`].edges.map(({ node }: { node: { id: string } }) => node.id);
          expect(found, `${type}.${attribute.field} ${direction}`).toEqual(
            expectedOrder(viewer, type, attribute, direction),
          );
        }
      }
    }
  });

  test('pages through such an order without a gap, and no cursor holds a hidden value', async () => {
    const hidden = allowed.filter(({ type, attribute }) =>
      world.files.some((file) => seesRow(viewer, type, file) && !reads(viewer, attribute, file)),
    );
    for (const { type, attribute } of hidden) {
      const found: string[] = [];
      let after = '';
      do {
        const { data } = await ask(
          world,
          viewer,
          `{ page: ${list(type, attribute, 'DESC', `first: 5${after && `, after: "${after}"`}`)} }`,
        );
        found.push(...data.page.edges.map(({ node }: { node: { id: string } }) => node.id));
        after = data.page.pageInfo.endCursor ?? '';
      } while (after);
      expect(found, `${type}.${attribute.field}`).toEqual(expectedOrder(viewer, type, attribute, 'DESC'));
    }
  });

  test('is refused every order by a field of a class the role never reads, before any SQL', async () => {
    for (const { type, attribute } of sortable.filter(({ attribute }) => isRefused(viewer, attribute))) {
      const { data, errors, statements } = await ask(world, viewer, `{ ${list(type, attribute, 'ASC')} }`);
      expect({ data, statements }).toEqual({ data: null, statements: 1 });
      expect(errors[0]?.extensions).toMatchObject({
        code: 'FORBIDDEN',
        reason: 'ROLE',
        field: `${type}.${attribute.field}`,
      });
    }
  });
});
