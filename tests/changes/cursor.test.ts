import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeCursor, encodeCursor } from '../../src/changes/cursor.ts';

const position = fc.record({
  epoch: fc.stringMatching(/^[0-9a-f]{32}$/),
  seq: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
});

test('a cursor is read back as the position it was written for', () => {
  fc.assert(
    fc.property(position, (given) => {
      expect(decodeCursor('key', encodeCursor('key', given))).toEqual(given);
    }),
  );
});

test('a cursor that was altered anywhere is refused as bad input', () => {
  fc.assert(
    fc.property(position, fc.nat(), fc.constantFrom(...'AZaz09-_= .'), (given, at, letter) => {
      const cursor = encodeCursor('key', given);
      const place = at % cursor.length;
      fc.pre(cursor[place] !== letter);
      const altered = cursor.slice(0, place) + letter + cursor.slice(place + 1);
      expect(() => decodeCursor('key', altered)).toThrow('This is not a cursor');
    }),
  );
});

test('what is no cursor at all, or was signed with another key, is refused as bad input', () => {
  const foreign = encodeCursor('another key', { epoch: 'e', seq: 1 });
  for (const text of ['', 'x', 'null', 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', foreign, `${foreign}A`, '游标']) {
    expect(() => decodeCursor('key', text)).toThrow(
      expect.objectContaining({ extensions: expect.objectContaining({ code: 'BAD_USER_INPUT' }) }),
    );
  }
});
