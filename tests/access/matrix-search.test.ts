import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { searchedNumbers } from '../../src/domains/customer/customer.search.ts';
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
/** What each viewer finds by the texts of their own file. */
let own: ReadonlyMap<StaffName, Finding[]>;
/** Names of the fields by whose texts anybody finds a file of their own: the search knows no text of the others. */
let searched: ReadonlySet<string>;
beforeAll(async () => {
  world = await startFileWorld();
  own = new Map(await findOwn());
  const findings = [...own.values()].flat();
  searched = new Set(
    findings.flatMap(([{ file, name }, found]) => (found.includes(file.ids.Customer) ? [name] : [])),
  );
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

const textsOf = (viewer: StaffName, file: WorldFile): Searched[] =>
  fields().flatMap(({ type, attribute }) => {
    const name = nameOf(type, attribute);
    const isReadable = seesFile(viewer, file) && reads(viewer, attribute, file);
    return searchTexts(file.sentinels.get(name)?.value ?? '').map((text) => ({
      file,
      text,
      isReadable,
      name,
    }));
  });

/**
 * Texts of a stranger's file, whether or not the search looks at them; of the files that reach the viewer otherwise than as
 * their own, those that the search knows.
 */
const searches = (viewer: StaffName): Searched[] =>
  world.files.flatMap((file) => {
    if (file.relation === 'FOREIGN') return textsOf(viewer, file);
    if (file.viewer !== viewer || file.relation === 'OWN') return [];
    return textsOf(viewer, file).filter(({ name }) => searched.has(name));
  });

/** A text, and the files that it finds, best first. */
type Finding = [Searched, string[]];

async function find(viewer: StaffName, texts: readonly Searched[]): Promise<Finding[]> {
  const found: Finding[] = [];
  for (let from = 0; from < texts.length; from += batchSize) {
    const batch = texts.slice(from, from + batchSize);
    const lists = batch.map(
      ({ text }, i) => `s${i}: customers(search: "${text}", first: 50) { nodes { id } }`,
    );
    const { data, errors } = await ask(world, viewer, `{ ${lists.join(' ')} }`);
    expect(errors, JSON.stringify(errors)).toEqual([]);
    for (const [i, one] of batch.entries())
      found.push([one, data[`s${i}`].nodes.map(({ id }: { id: string }) => id)]);
  }
  return found;
}

/** By every text of each viewer's own file, whether or not the search looks at it. */
async function findOwn(): Promise<[StaffName, Finding[]][]> {
  const findings: [StaffName, Finding[]][] = [];
  for (const viewer of viewers) {
    const files = world.files.filter((file) => file.viewer === viewer && file.relation === 'OWN');
    findings.push([
      viewer,
      await find(
        viewer,
        files.flatMap((file) => textsOf(viewer, file)),
      ),
    ]);
  }
  return findings;
}

describe.each(viewers)('%s', (viewer) => {
  test('finds no file by a text of it that the viewer may not read, and ranks none by it', async () => {
    const findings = [...(own.get(viewer) ?? []), ...(await find(viewer, searches(viewer)))];
    for (const [{ file, isReadable, name, text }, found] of findings) {
      if (!isReadable) expect(found, `${name} "${text}"`).not.toContain(file.ids.Customer);
      if (isReadable && name === 'Customer.name')
        expect(found[0], `${name} "${text}"`).toBe(file.ids.Customer);
      if (isReadable && isFound(name, text)) expect(found, `${name} "${text}"`).toContain(file.ids.Customer);
    }
  });
});

test('names, numbers and addresses are what a file of one’s own is found by', () => {
  // Others may be among them: a text can happen to be similar to a name.
  const known = [
    'Customer.name',
    'Customer.formerNames',
    'Contact.name',
    'Customer.fileNumber',
    ...searchedNumbers,
  ];
  expect([...searched]).toEqual(expect.arrayContaining(known));
});
