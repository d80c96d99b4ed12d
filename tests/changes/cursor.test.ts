import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeCursor, encodeCursor, encodeHeadCursor } from '../../src/core/changes/cursor.ts';

const position = fc.record({
  epoch: fc.stringMatching(/^[0-9a-f]{32}$/),
  seq: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
});
const writers = fc.constantFrom(encodeCursor, encodeHeadCursor);

test('a cursor is read back as the position it was written for', () => {
  fc.assert(
    fc.property(position, writers, (given, encode) => {
      expect(decodeCursor('key', encode('key', given))).toEqual(given);
    }),
  );
});

test('a cursor reveals to nobody where in the log it lies, and two of the head not whether it moved', () => {
  const lengths = new Set<number>();
  fc.assert(
    fc.property(position, writers, (given, encode) => {
      const bytes = Buffer.from(encode('key', given), 'base64url');
      expect(bytes.includes(given.epoch)).toBe(false);
      if (given.seq > 9_999) expect(bytes.includes(String(given.seq))).toBe(false);
      lengths.add(bytes.length);
    }),
  );
  expect(lengths.size).toBe(2);
  const head = { epoch: 'e', seq: 7 };
  expect(encodeHeadCursor('key', head)).not.toBe(encodeHeadCursor('key', head));
  expect(encodeCursor('key', head)).toBe(encodeCursor('key', head));
  const [one, next] = [encodeCursor('key', head), encodeCursor('key', { ...head, seq: 8 })].map((cursor) =>
    Buffer.from(cursor, 'base64url').subarray(16).toString('hex'),
  );
  expect(one?.slice(0, 4)).not.toBe(next?.slice(0, 4));
});

test('a cursor that was altered anywhere is refused as bad input', () => {
  fc.assert(
    fc.property(
      position,
      writers,
      fc.nat(),
      fc.constantFrom(...'AZaz09-_= .'),
      (given, encode, at, letter) => {
        const cursor = encode('key', given);
        const place = at % cursor.length;
        fc.pre(cursor[place] !== letter);
        const altered = cursor.slice(0, place) + letter + cursor.slice(place + 1);
        expect(() => decodeCursor('key', altered)).toThrow('This is not a cursor');
      },
    ),
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
