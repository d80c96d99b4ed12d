import { isObjectType } from 'graphql';
import { expect, test } from 'vitest';
import { createSchema } from '../../src/api.ts';
import { Extensions, extensionsOf } from '../../src/core/model/extensions.ts';
import { filesBelow, read } from './sources.ts';

test('extensions of the schema are written and read through one typed interface', () => {
  const untyped = filesBelow('src').filter(
    (path) =>
      path !== 'src/core/model/extensions.ts' &&
      /\bExtensions\b[^;]*from 'type-graphql'|\b(?:field|type)\.extensions\b/.test(read(path)),
  );
  expect(untyped).toEqual([]);
});

test('a misspelt extension does not compile, and neither does one of another kind', () => {
  // @ts-expect-error
  Extensions({ viewerIndependant: true });
  // @ts-expect-error
  Extensions({ access: 'credits' });
  const schema = createSchema();
  for (const type of Object.values(schema.getTypeMap()).filter(isObjectType))
    for (const field of Object.values(type.getFields())) {
      // @ts-expect-error
      expect(extensionsOf(field).viewerIndependant).toBeUndefined();
    }
});
