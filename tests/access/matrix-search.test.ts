import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StaffName } from '../support/server.ts';
import { ask } from './expected-answer.ts';
import {
  type FileWorld,
  fields,
  nameOf,
  reads,
  seesFile,
  startFileWorld,
  viewers,
  type WorldFile,
} from './file-world.ts';
import { searchTexts } from './sentinel.ts';

let world: FileWorld;
beforeAll(async () => {
  world = await startFileWorld();
});
afterAll(() => world.server.close());

/** Root fields of one operation at most. */
const batchSize = 20;

/** Lists of a file whose entries the search finds: phones by their numbers, not by what they are for. */
const isFound = (name: string, text: string): boolean =>
  ['Customer.formerNames', 'Customer.emails'].includes(name) ||
  (name === 'Customer.phones' && /^\d/.test(text));

interface Searched {
  file: WorldFile;
  text: string;
  isReadable: boolean;
  name: string;
}

/** Every text of a file, whether or not the search looks at it, as far as the viewer may read it or not. */
const searches = (viewer: StaffName): Searched[] =>
  world.files
    .filter(({ viewer: of, relation }) => of === viewer || relation === 'FOREIGN')
    .flatMap((file) =>
      fields().flatMap(({ type, attribute }) => {
        const value = file.sentinels.get(nameOf(type, attribute))?.value ?? '';
        const isReadable = seesFile(viewer, file) && reads(viewer, attribute, file);
        return searchTexts(value).map((text) => ({ file, text, isReadable, name: nameOf(type, attribute) }));
      }),
    );

describe.each(viewers)('%s', (viewer) => {
  test('finds no file by a text of it that the viewer may not read, and ranks none by it', async () => {
    const all = searches(viewer);
    for (let from = 0; from < all.length; from += batchSize) {
      const batch = all.slice(from, from + batchSize);
      const lists = batch.map(
        ({ text }, i) => `s${i}: customers(search: "${text}", first: 50) { nodes { id } }`,
      );
      const { data, errors } = await ask(world, viewer, `{ ${lists.join(' ')} }`);
      expect(errors, JSON.stringify(errors)).toEqual([]);
      for (const [i, { file, isReadable, name, text }] of batch.entries()) {
        const found = data[`s${i}`].nodes.map(({ id }: { id: string }) => id);
        if (!isReadable) expect(found, `${name} "${text}"`).not.toContain(file.ids.Customer);
        if (isReadable && name === 'Customer.name')
          expect(found[0], `${name} "${text}"`).toBe(file.ids.Customer);
        if (isReadable && isFound(name, text))
          expect(found, `${name} "${text}"`).toContain(file.ids.Customer);
      }
    }
  });
});
