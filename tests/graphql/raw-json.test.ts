import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RawJson, stringifyResult } from '../../src/core/graphql/execution/raw-json.ts';

/** A value of an answer, in which anything may be raw, and the same value without. */
interface Drawn {
  given: unknown;
  plain: unknown;
}

const drawn = fc.letrec<{ value: Drawn }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.jsonValue({ maxDepth: 1 }).map((plain) => ({ given: plain, plain })),
    fc
      .tuple(fc.jsonValue({ maxDepth: 2 }), fc.boolean())
      .map(([plain, isCopied]) => ({ given: raw(Buffer.from(JSON.stringify(plain)), isCopied), plain })),
    fc.array(tie('value'), { maxLength: 4 }).map((items) => ({
      given: items.map(({ given }) => given),
      plain: items.map(({ plain }) => plain),
    })),
    fc.dictionary(fc.string({ unit: 'grapheme' }), tie('value'), { maxKeys: 4 }).map((fields) => ({
      given: mapped(fields, ({ given }) => given),
      plain: mapped(fields, ({ plain }) => plain),
    })),
  ),
})).value;

/** Bytes of their own, or a copy with room for the answer around it. */
const raw = (bytes: Buffer, isCopied: boolean): RawJson =>
  isCopied ? RawJson.copyOf(bytes, []) : new RawJson(bytes, []);

/** As the executor makes objects: those of whose names one is an object's own have no prototype. */
const mapped = (fields: Record<string, Drawn>, of: (value: Drawn) => unknown): object =>
  Object.assign(
    Object.create(null),
    Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, of(value)])),
  );

test('an answer is written byte for byte as JSON.stringify writes it, wherever raw JSON stands in it', () => {
  fc.assert(
    fc.property(drawn, fc.boolean(), ({ given, plain }, hasErrors) => {
      const errors = [
        { message: 'Not found. (未找到。)', path: ['customer', 0], extensions: { code: 'NOT_FOUND' } },
      ];
      const around = (data: unknown) => ({ errors: hasErrors ? errors : undefined, data: { field: data } });
      expect(stringifyResult(around(given)).toString()).toBe(JSON.stringify(around(plain)));
    }),
    { numRuns: 500 },
  );
});

test('a copied value keeps its bytes when answers are written around it, and is copied again where one does not fit', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), fc.jsonValue(), (name, plain) => {
      const text = JSON.stringify(plain);
      const given = RawJson.copyOf(Buffer.from(text), []);
      for (const data of [{ a: given }, { [name]: given }])
        expect(stringifyResult({ data }).toString()).toBe(
          `{"data":{${JSON.stringify(Object.keys(data)[0])}:${text}}}`,
        );
      expect(given.bytes.toString()).toBe(text);
    }),
  );
});

test('an answer without raw JSON stays a text', () => {
  expect(stringifyResult({ data: { name: '客户' } })).toBe('{"data":{"name":"客户"}}');
  expect(stringifyResult({ data: null })).toBe('{"data":null}');
});
