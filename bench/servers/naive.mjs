import { createRequire } from 'node:module';
import { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import DataLoader from 'dataloader';
import Fastify from 'fastify';
import postgres from 'postgres';
import { loadersOf, resolversOf, textDates, typeDefs } from './naive.schema.mjs';

// The stack as its own manuals assemble it: Apollo with its defaults, a rule tree of graphql-shield on everything.
const require = createRequire(import.meta.url);
// graphql-shield 7.6.5 calls a function that Node 23 removed.
const util = require('node:util');
util.isUndefined ??= (value) => value === undefined;
const { rule, shield } = require('graphql-shield');
const { applyMiddleware } = require('graphql-middleware');
const { buildSchema } = require('graphql');

const [, , url, port] = process.argv;
const sql = postgres(url, { max: 10, onnotice: () => {}, types: textDates });

const schema = buildSchema(typeDefs);
for (const [type, fields] of Object.entries(resolversOf(sql))) {
  for (const [field, resolve] of Object.entries(fields))
    schema.getType(type).getFields()[field].resolve = resolve;
}
const signedIn = rule({ cache: 'contextual' })((_parent, _args, { viewer }) => viewer !== null);
const mayReadCredit = rule({ cache: 'contextual' })(
  (_parent, _args, { viewer }) => viewer.role === 'MANAGER',
);
const guarded = applyMiddleware(
  schema,
  shield({ Query: { '*': signedIn }, Customer: { creditLimit: mayReadCredit } }, { fallbackRule: signedIn }),
);

const apollo = new ApolloServer({ schema: guarded });
await apollo.start();
const app = Fastify();
app.post(
  '/graphql',
  fastifyApolloHandler(apollo, {
    context: async () => ({ viewer: { role: 'MANAGER' }, loaders: loadersOf(sql, DataLoader) }),
  }),
);
await app.listen({ port: Number(port), host: '127.0.0.1' });
