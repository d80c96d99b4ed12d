import { GraphQLNonNull, type GraphQLObjectType, GraphQLString } from 'graphql';
import { describe, expect, test } from 'vitest';
import { createSchema } from '../../src/api.ts';
import { callers } from '../../src/core/access/callers.ts';
import { guardSchema, requireTextKinds } from '../../src/core/access/guard.ts';
import { decideAccess, rootGuards } from '../../src/core/access/shield.ts';
import type { Viewer } from '../../src/core/access/viewer.ts';
import type { Context } from '../../src/core/context.ts';
import type { Relation } from '../../src/core/model/model.types.ts';
import { modelNamed } from '../../src/core/model/registry.ts';
import { textFieldsOf } from './pseudonym-crawl.ts';

const typeOf = (name: string) => {
  const schema = createSchema();
  return { schema, fields: (schema.getType(name) as GraphQLObjectType).getFields() };
};

describe('the server does not start with', () => {
  test('a field that has no access class', () => {
    const { schema, fields } = typeOf('Customer');
    fields.note = { ...fields.industry, name: 'note', extensions: {} } as never;
    expect(() => guardSchema(schema)).toThrow('Customer.note has no access class');
  });

  test('a field of a class that does not exist', () => {
    const { schema, fields } = typeOf('Contact');
    fields.note = { ...fields.phone, name: 'note', extensions: { access: 'secret' } } as never;
    expect(() => guardSchema(schema)).toThrow('Contact.note has no access class');
  });

  test('a field that can be withheld and cannot be null', () => {
    const { schema, fields } = typeOf('Customer');
    fields.note = { ...fields.creditLimit, name: 'note', type: new GraphQLNonNull(GraphQLString) } as never;
    expect(() => guardSchema(schema)).toThrow(
      'Customer.note can be withheld (credit) and so must be nullable',
    );
  });

  test('a text of an answer, of whatever type, that does not say what it holds', () => {
    const schema = createSchema();
    const texts = textFieldsOf(schema);
    expect(texts.length).toBeGreaterThan(100);
    for (const { name, field } of texts) {
      const { text, ...others } = field.extensions;
      field.extensions = others;
      expect(() => requireTextKinds(schema), name).toThrow(`${name} does not say what it holds`);
      field.extensions = { ...others, text };
    }
    expect(() => requireTextKinds(schema)).not.toThrow();
  });

  test('a root field whose text can name somebody, which no row could withhold', () => {
    const { schema, fields } = typeOf('Query');
    (fields.segmentValueSuggestions as { extensions: object }).extensions = { text: 'FREE' };
    expect(() => requireTextKinds(schema)).toThrow('Query.segmentValueSuggestions is withheld from nobody');
  });

  test.each(['Query', 'Mutation', 'Subscription'])(
    'a field of %s that the policy page does not list',
    (root) => {
      const { schema, fields } = typeOf(root);
      fields.backdoor = { ...Object.values(fields)[0], name: 'backdoor' } as never;
      expect(() => guardSchema(schema)).toThrow(`without callers on the policy page: ${root}.backdoor`);
    },
  );

  test.each([
    ['AccessGrant', 'customer', { filterable: true }],
    ['AccessRequest', 'customer', { filterable: true }],
    ['Deal', 'customer', { sameFile: false }],
  ])('a condition that leads from %s to %s without the file that authorizes it', (name, field, fault) => {
    const relations = modelNamed(name)?.relations as Map<string, Relation>;
    const sound = relations.get(field) as Relation;
    relations.set(field, { ...sound, ...fault });
    try {
      expect(createSchema).toThrow(`${name}.${field}`);
    } finally {
      relations.set(field, sound);
    }
    expect(createSchema).not.toThrow();
  });

  test('a line of the policy page for a field that does not exist', () => {
    const { schema, fields } = typeOf('Query');
    delete fields.customer;
    expect(() => guardSchema(schema)).toThrow('root fields that do not exist: Query.customer');
  });
});

describe('a rule that throws denies', () => {
  const broken = {
    id: 'x',
    get role(): never {
      throw new Error('the rule broke');
    },
  } as unknown as Viewer;

  test('every class', async () => {
    expect(new Set(Object.values(await decideAccess(broken)))).toEqual(new Set(['DENY']));
  });

  test('every root field whose rule requires a role', async () => {
    const guards = rootGuards(createSchema());
    const byRole = Object.entries(callers).filter(([, who]) => Array.isArray(who));
    expect(byRole.length).toBeGreaterThan(10);
    for (const [name] of byRole) {
      const [type, field] = name.split('.') as [string, string];
      let isReached = false;
      const reached = () => {
        isReached = true;
      };
      const outcome = await Promise.resolve(
        guards[type]?.[field]?.(reached as never, {}, {}, { viewer: broken } as Context, {} as never),
      ).catch((error) => error);
      expect({ name, isReached, isError: outcome instanceof Error }).toEqual({
        name,
        isReached: false,
        isError: true,
      });
    }
  });

  test('without a viewer nothing is readable, and every root field but signing in is refused', async () => {
    expect(new Set(Object.values(await decideAccess(null)))).toEqual(new Set(['DENY']));
    const guards = rootGuards(createSchema());
    for (const [name, who] of Object.entries(callers)) {
      const [type, field] = name.split('.') as [string, string];
      const outcome = await guards[type]?.[field]?.(
        (() => 'reached') as never,
        {},
        {},
        { viewer: null } as Context,
        {} as never,
      );
      if (who === 'ANYONE') expect(outcome, name).toBe('reached');
      else
        expect((outcome as { extensions: object }).extensions, name).toMatchObject({
          code: 'UNAUTHENTICATED',
        });
    }
  });
});
