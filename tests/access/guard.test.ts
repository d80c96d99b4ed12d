import {
  defaultFieldResolver,
  execute,
  GraphQLError,
  type GraphQLField,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  parse,
  subscribe,
} from 'graphql';
import { describe, expect, test } from 'vitest';
import { callers } from '../../src/core/access/callers.ts';
import { guardSchema } from '../../src/core/access/guard.ts';
import { type AccessClass, accessClasses, policy } from '../../src/core/access/policy.ts';
import { Role } from '../../src/core/access/role.ts';
import { decideAccess } from '../../src/core/access/shield.ts';
import type { Viewer } from '../../src/core/access/viewer.ts';
import type { Context } from '../../src/core/context.ts';
import { executeOperation } from '../../src/core/graphql/execution/execute.ts';
import { RawJson } from '../../src/core/graphql/execution/raw-json.ts';
import { extend } from '../../src/core/model/extensions.ts';
import { initialSettings } from '../../src/core/settings/settings.ts';

/** A file with one field of each class, whose resolver says which argument it got, and one that is open. */
const fileType = () =>
  new GraphQLObjectType({
    name: 'File',
    extensions: { access: 'open' },
    fields: {
      note: { type: GraphQLString },
      ...Object.fromEntries(
        accessClasses.map((access) => [
          access,
          {
            type: access === 'basic' ? new GraphQLNonNull(GraphQLString) : GraphQLString,
            args: { said: { type: GraphQLString } },
            extensions: { access },
            resolve: (row: Record<string, unknown>, { said }: { said?: string }) => said ?? row[access],
          },
        ]),
      ),
      // Without a resolver of its own.
      limit: { type: GraphQLString, extensions: { access: 'credit' } },
    },
  });

/** Every root field of the policy page over that one type. */
function schemaOf({ opened = [] as string[], file = fileType() } = {}): GraphQLSchema {
  const rootOf = (root: string) =>
    new GraphQLObjectType({
      name: root,
      fields: Object.fromEntries(
        Object.keys(callers)
          .filter((name) => name.startsWith(`${root}.`))
          .map((name) => {
            const field = name.slice(root.length + 1);
            const subscribeTo = async function* () {
              opened.push(field);
              yield { [field]: [] };
            };
            const isStream = root === 'Subscription';
            return [field, { type: new GraphQLList(file), ...(isStream && { subscribe: subscribeTo }) }];
          }),
      ),
    });
  const [query, mutation, subscription] = ['Query', 'Mutation', 'Subscription'].map(rootOf);
  return new GraphQLSchema({ query, mutation, subscription, types: [file] });
}

const viewerOf = (role: Role): Viewer => ({ id: '0', role, groups: [] as Viewer['groups'] }) as Viewer;

const contextOf = async (viewer: Viewer | null, unlogged: AccessClass[] = []): Promise<Context> =>
  ({
    viewer,
    settings: initialSettings,
    decisions: await decideAccess(viewer),
    unlogged: new Set(unlogged),
    accessLog: {},
    withheld: new Map(),
  }) as unknown as Context;

const rowOf = (flagged: boolean) =>
  Object.fromEntries([
    ['note', 'note'],
    ['limit', 'limit'],
    ...accessClasses.flatMap((access) => [
      [access, access],
      [`$${access}`, flagged],
    ]),
  ]);

const run = (schema: GraphQLSchema, contextValue: Context, document: string, rootValue: unknown = {}) =>
  execute({ schema, document: parse(document), contextValue, rootValue });

const guarded = (options?: Parameters<typeof schemaOf>[0]): GraphQLSchema => {
  const schema = schemaOf(options);
  guardSchema(schema);
  return schema;
};

const withheldClasses = accessClasses.filter((access) => access !== 'basic');

describe.each(Object.values(Role))('%s', (role) => {
  test.each([true, false])(
    'reads a field by the policy page and the row’s own flag, here %s',
    async (flag) => {
      const document = `{ viewer { note limit ${accessClasses.join(' ')} } }`;
      const ctx = await contextOf(viewerOf(role));
      const { data, errors = [] } = await run(guarded(), ctx, document, { viewer: [rowOf(flag)] });
      const expected = (access: AccessClass): boolean => {
        const reach = policy[role].read[access];
        // Of a file one sees, what everybody reads who sees it needs no flag.
        return access === 'basic' || reach === 'ALL' || (reach !== 'NONE' && flag);
      };
      expect(data?.viewer).toEqual([
        {
          note: 'note',
          limit: expected('credit') ? 'limit' : null,
          ...Object.fromEntries(accessClasses.map((access) => [access, expected(access) ? access : null])),
        },
      ]);
      const reasons = { ALL: null, OWN: 'NOT_OWNER', GRANTED: 'APPROVAL_REQUIRED', NONE: 'ROLE' };
      const refusals = [...accessClasses.map((access) => [access, access]), ['limit', 'credit']]
        .filter(([, access]) => !expected(access as AccessClass))
        .map(([field, access]) => {
          const reason = reasons[policy[role].read[access as AccessClass]];
          return { code: 'FORBIDDEN', field: `File.${field}`, reason, requestable: reason !== 'ROLE' };
        });
      const told = errors.map(({ extensions }) => extensions as { field: string });
      const byField = (a: { field: string }, b: { field: string }) => (a.field < b.field ? -1 : 1);
      expect(told.sort(byField)).toEqual(refusals.sort(byField));
    },
  );

  test('calls exactly the root fields that the policy page lists for the role', async () => {
    const opened: string[] = [];
    const schema = guarded({ opened });
    for (const [name, who] of Object.entries(callers)) {
      const [root, field] = name.split('.') as [string, string];
      const ctx = await contextOf(viewerOf(role));
      const isCaller = typeof who === 'string' || who.includes(role);
      const document = parse(`${root.toLowerCase()} { ${field} { note } }`);
      if (root === 'Subscription') {
        const outcome = await subscribe({ schema, document, contextValue: ctx });
        expect('errors' in outcome, name).toBe(!isCaller);
        continue;
      }
      const rootValue = { [field]: [{ note: 'called' }] };
      const { data, errors } = await execute({ schema, document, contextValue: ctx, rootValue });
      expect(data?.[field], name).toEqual(isCaller ? [{ note: 'called' }] : null);
      expect(errors?.[0]?.extensions.code, name).toBe(isCaller ? undefined : 'FORBIDDEN');
    }
  });
});

test('a withheld field has one error below a root field, however many rows and places withhold it', async () => {
  const ctx = await contextOf(viewerOf('SALES'));
  const rows = [rowOf(false), rowOf(false), rowOf(true)];
  const document = '{ viewer { credit again: credit } customers { credit } }';
  const { data, errors } = await run(guarded(), ctx, document, { viewer: rows, customers: rows });
  const expected = [{ credit: null }, { credit: null }, { credit: 'credit' }];
  expect(data?.customers).toEqual(expected);
  expect(data?.viewer).toEqual(expected.map((row) => ({ ...row, again: row.credit })));
  const refusal = { code: 'FORBIDDEN', field: 'File.credit', reason: 'NOT_OWNER', requestable: true };
  expect(errors?.map(({ path, extensions }) => [path?.[0], extensions])).toEqual([
    ['viewer', refusal],
    ['customers', refusal],
  ]);
});

test('only a flag that is true opens a row, not one that is missing or merely set', async () => {
  const rows = [{ credit: '1' }, { credit: '2', $credit: 'yes' }, { credit: '3', $credit: 1 }];
  const ctx = await contextOf(viewerOf('SALES'));
  const { data } = await run(guarded(), ctx, '{ viewer { credit } }', { viewer: rows });
  expect(data?.viewer).toEqual([{ credit: null }, { credit: null }, { credit: null }]);
});

test('a resolver gets its arguments where the field is readable, and is not called where it is not', async () => {
  const document = '{ viewer { credit(said: "heard") } }';
  const [reader, other] = await Promise.all([
    contextOf(viewerOf('MANAGER')),
    contextOf(viewerOf('MARKETING')),
  ]);
  const rows = { viewer: [rowOf(false)] };
  expect((await run(guarded(), reader, document, rows)).data?.viewer).toEqual([{ credit: 'heard' }]);
  expect((await run(guarded(), other, document, rows)).data?.viewer).toEqual([{ credit: null }]);
});

test('what could not be logged is withheld from whoever may read it, with one internal error for the field', async () => {
  const ctx = await contextOf(viewerOf('MANAGER'), ['personal']);
  const rows = { viewer: [rowOf(true), rowOf(true)] };
  const { data, errors } = await run(guarded(), ctx, '{ viewer { personal credit } }', rows);
  expect(data?.viewer).toEqual([
    { personal: null, credit: 'credit' },
    { personal: null, credit: 'credit' },
  ]);
  expect(errors?.map(({ message, extensions }) => [message, extensions])).toEqual([
    ['File.personal is withheld: the access log could not be written.', {}],
  ]);
});

test('without a viewer every class is withheld, as from a role that never reads it', async () => {
  const ctx = await contextOf(null);
  const document = `{ login { ${withheldClasses.join(' ')} } }`.replace('{ login', 'mutation { login');
  const { data, errors } = await run(guarded(), ctx, document, { login: [rowOf(true)] });
  expect(data?.login).toEqual([Object.fromEntries(withheldClasses.map((access) => [access, null]))]);
  expect(new Set(errors?.map(({ extensions }) => extensions.reason))).toEqual(new Set(['ROLE']));
});

test('a refused subscription opens nothing, and says why as any refusal does', async () => {
  const opened: string[] = [];
  const schema = guarded({ opened });
  const document = parse('subscription { customerFileChanged { note } }');
  const refused = await subscribe({ schema, document, contextValue: await contextOf(null) });
  expect(refused).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  expect(opened).toEqual([]);

  const stream = await subscribe({ schema, document, contextValue: await contextOf(viewerOf('SALES')) });
  if (!(Symbol.asyncIterator in stream)) throw new Error('The subscription did not open.');
  expect(await stream.next()).toEqual({ value: { data: { customerFileChanged: [] } }, done: false });
  expect(opened).toEqual(['customerFileChanged']);
});

test('fields that nobody is kept from stay as they are, without a wrapper; the rest are marked with their class', () => {
  const file = fileType();
  const before = Object.fromEntries(
    Object.values(file.getFields()).map(({ name, resolve }) => [name, resolve]),
  );
  const schema = guarded({ file });
  for (const { name, resolve, extensions } of Object.values(file.getFields())) {
    const isOpen = name === 'note' || name === 'basic';
    expect(resolve === before[name], name).toBe(isOpen);
    expect(extensions.guardedBy, name).toEqual(
      isOpen ? undefined : { access: extensions.access, text: undefined },
    );
  }
  // The event is resolved under a context of its own: only its `subscribe` is judged.
  for (const field of Object.values(schema.getSubscriptionType()?.getFields() ?? {}))
    expect([undefined, defaultFieldResolver]).toContain(field.resolve);
});

test('what serializes a field is behind the same guard as its resolver', async () => {
  const file = fileType();
  const schema = schemaOf({ file });
  const raw = new RawJson(Buffer.from('"written"'), []);
  for (const field of [schema.getQueryType()?.getFields().customers, file.getFields().credit])
    extend(field as GraphQLField<unknown, Context>, { serialize: async () => raw });
  guardSchema(schema);
  const answerTo = async (document: string, contextValue: Context) => {
    const rootValue = { viewer: [rowOf(true)] };
    const args = { schema, document: parse(document), contextValue, rootValue, acceptsRawJson: true };
    return (await executeOperation(args)).data;
  };
  const manager = viewerOf(Role.MANAGER);
  expect(await answerTo('{ customers { note } }', await contextOf(manager))).toEqual({ customers: raw });
  expect(await answerTo('{ customers { note } }', await contextOf(null))).toEqual({ customers: null });
  const credit = '{ viewer { credit } }';
  expect(await answerTo(credit, await contextOf(manager))).toEqual({ viewer: [{ credit: raw }] });
  expect(await answerTo(credit, await contextOf(manager, ['credit']))).toEqual({
    viewer: [{ credit: null }],
  });
});

test('every field that breaks the policy is named at once', () => {
  const file = new GraphQLObjectType({
    name: 'File',
    extensions: { access: 'contact' },
    fields: {
      phone: { type: new GraphQLNonNull(GraphQLString) },
      email: { type: GraphQLString },
      limit: { type: new GraphQLNonNull(GraphQLString), extensions: { access: 'credit' } },
      size: { type: new GraphQLNonNull(GraphQLString), extensions: { access: 'basic' } },
      secret: { type: GraphQLString, extensions: { access: 'secret' } },
      note: { type: new GraphQLNonNull(GraphQLString), extensions: { access: 'open' } },
    },
  });
  expect(() => guarded({ file })).toThrow(
    new Error(
      [
        'The schema breaks the access policy:',
        'File.phone can be withheld (contact) and so must be nullable',
        'File.limit can be withheld (credit) and so must be nullable',
        'File.secret has no access class',
      ].join('\n  '),
    ),
  );
});

test('a field without any class of its own or its type’s stops the server', () => {
  const file = new GraphQLObjectType({ name: 'File', fields: { note: { type: GraphQLString } } });
  expect(() => guarded({ file })).toThrow('File.note has no access class');
});

test('every root field without callers, and every caller’s line without a field, is named', () => {
  const [unlisted, missing] = [schemaOf(), schemaOf()];
  const fields = (schema: GraphQLSchema) => (schema.getQueryType() as GraphQLObjectType).getFields();
  for (const name of ['backdoor', 'sidedoor'])
    fields(unlisted)[name] = { ...fields(unlisted).viewer, name } as never;
  expect(() => guardSchema(unlisted)).toThrow(
    new Error('Root fields without callers on the policy page: Query.backdoor, Query.sidedoor'),
  );
  for (const name of ['teams', 'tags']) delete fields(missing)[name];
  expect(() => guardSchema(missing)).toThrow(
    new Error('The policy page names root fields that do not exist: Query.tags, Query.teams'),
  );
});

test('an error that a resolver throws is returned as it is, not as a refusal', async () => {
  const rootValue = {
    viewer: () => {
      throw new GraphQLError('Not found.', { extensions: { code: 'NOT_FOUND' } });
    },
  };
  const { errors } = await run(
    guarded(),
    await contextOf(viewerOf('SALES')),
    '{ viewer { note } }',
    rootValue,
  );
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['NOT_FOUND']);
});

test('a rule that throws is returned as a refusal without its reason', async () => {
  const broken = {
    id: '0',
    get role(): never {
      throw new Error('the rule broke');
    },
  } as unknown as Viewer;
  const { errors } = await run(guarded(), await contextOf(broken), 'mutation { createCustomer { note } }');
  const refusal = { message: 'You may not do this. (您无权执行此操作。)', extensions: { code: 'FORBIDDEN' } };
  expect(errors?.map(({ message, extensions }) => ({ message, extensions }))).toEqual([refusal]);
});
