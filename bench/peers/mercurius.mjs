import Fastify from 'fastify';
import mercurius from 'mercurius';
import postgres from 'postgres';
import { resolversOf, textDates, typeDefs } from '../servers/naive.schema.mjs';

// Mercurius with jit and its own loaders; no rules.
const [, , url, port] = process.argv;
const sql = postgres(url, { max: 10, onnotice: () => {}, types: textDates });
const { Query } = resolversOf(sql);

const grouped = (statement) => async (queries) => {
  const rows = await sql.unsafe(statement, [queries.map(({ obj }) => obj.id)], { prepare: true });
  const groups = new Map();
  for (const row of rows) groups.set(row.customerId, [...(groups.get(row.customerId) ?? []), row]);
  return queries.map(({ obj, params }) => ({ nodes: (groups.get(obj.id) ?? []).slice(0, params.first) }));
};

const app = Fastify();
await app.register(mercurius, {
  schema: typeDefs,
  resolvers: { Query },
  jit: 1,
  loaders: {
    Customer: {
      owner: async (queries) => {
        const rows =
          await sql`select id, name from employee where id = any(${queries.map(({ obj }) => obj.ownerId)}::uuid[])`;
        const found = new Map(rows.map((row) => [row.id, row]));
        return queries.map(({ obj }) => found.get(obj.ownerId) ?? null);
      },
      contacts: grouped(
        'select id, customer_id as "customerId", name, title, phone, mobile, email from contact where customer_id = any($1::uuid[]) order by created_at, id',
      ),
      interactions: grouped(
        'select id, customer_id as "customerId", kind, occurred_at as "occurredAt", summary, outcome from interaction where customer_id = any($1::uuid[]) order by occurred_at desc, id desc',
      ),
    },
  },
});
await app.listen({ port: Number(port), host: '127.0.0.1' });
