import { buildSchema } from 'graphql';
import { expect, test } from 'vitest';
import type { Context } from '../../src/core/context.ts';
import { prepareOperation } from '../../src/core/graphql/execution/operation.ts';

const caller = { viewer: null, address: '127.0.0.1', signal: null } as unknown as Context;

test('a document is valid against the schema that runs it, whatever it was valid against before', async () => {
  const query = '{ onlyInOne }';
  const one = buildSchema('type Query { onlyInOne: Int }');
  const other = buildSchema('type Query { another: Int }');
  for (const [schema, codes] of [
    [one, null],
    [other, ['GRAPHQL_VALIDATION_FAILED']],
    [one, null],
  ] as const) {
    const prepared = await prepareOperation(schema, { query }, caller);
    expect('schema' in prepared ? null : prepared.map(({ extensions }) => extensions.code)).toEqual(codes);
  }
});
