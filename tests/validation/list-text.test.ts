import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkEmails,
  checkExternalKeys,
  checkNames,
  checkPhones,
} from '../../src/core/validation/labelled-list.ts';

const likeSemicolon = '\u037E';
const awkward = fc.oneof(
  fc.constantFrom(
    'x;y',
    '；',
    `公司${likeSemicolon}分公司`,
    'a: b',
    'a/b',
    '一\n二',
    '<x>',
    "'a",
    '①;②',
    '1号',
  ),
  fc.string({ minLength: 1, maxLength: 30 }),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
);
const labelled = (label: string | null, item: string) => (label === null ? item : `${label}: ${item}`);

/** Each list with items as a client may send them, and the text that an export writes of it. */
const lists = {
  names: {
    items: awkward,
    read: checkNames,
    write: (name: string) => name,
  },
  keys: {
    items: fc.record({ source: fc.constantFrom('sap', 'CRM-2'), key: awkward }),
    read: checkExternalKeys,
    write: ({ source, key }: { source: string; key: string }) => `${source}:${key}`,
  },
  'e-mail addresses': {
    items: fc.record({ label: awkward, address: fc.constantFrom('Li@example.com', 'a.b@example.org') }),
    read: checkEmails,
    write: ({ label, address }: { label: string | null; address: string }) => labelled(label, address),
  },
  phones: {
    items: fc.record({ label: awkward, number: fc.constantFrom('0755-82345678', '95588', '+49 30 901820') }),
    read: (given: Parameters<typeof checkPhones>[0]) => checkPhones(given, {}),
    write: ({ label, number }: { label: string | null; number: string }) => labelled(label, number),
  },
};

describe.each(Object.entries(lists))('%s', (_name, { items, read, write }) => {
  test('that are stored, written as one text and read again are the same', () => {
    fc.assert(
      fc.property(fc.array(items as fc.Arbitrary<never>, { maxLength: 3 }), (given) => {
        const { value } = read(given);
        if (!value) return;
        expect(read((value as never[]).map(write).join('; ')).value).toEqual(value);
      }),
      { numRuns: Number(process.env.RUNS ?? 3_000) },
    );
  });
});

test('a key of another system has no semicolon of any width, by which lists of them are parted', () => {
  for (const key of ['a;b', 'a；b', `a${likeSemicolon}b`])
    expect(checkExternalKeys([{ source: 'sap', key }]).problem?.code).toBe('EXTERNAL_KEY_FORMAT');
});
