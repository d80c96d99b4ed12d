/** What most projects would write: a resolver per field, a loader per relation, a row per object. */
export const typeDefs = /* GraphQL */ `
  type Query {
    customers(first: Int!): CustomerPage!
    customer(id: ID!): Customer
  }
  type CustomerPage { nodes: [Customer!]! }
  type ContactPage { nodes: [Contact!]! }
  type InteractionPage { nodes: [Interaction!]! }
  type Customer {
    id: ID! fileNumber: String! name: String shortName: String industry: String region: String city: String
    stage: String tier: String creditLimit: String lastInteractionAt: String updatedAt: String
    owner: Employee contacts(first: Int!): ContactPage! interactions(first: Int!): InteractionPage!
  }
  type Employee { id: ID! name: String! }
  type Contact { id: ID! name: String title: String phone: String mobile: String email: String }
  type Interaction { id: ID! kind: String occurredAt: String summary: String outcome: String }
`;

const customerColumns = `id, file_number as "fileNumber", name, short_name as "shortName", industry, region, city, stage, tier,
  credit_limit::text as "creditLimit", last_interaction_at as "lastInteractionAt", updated_at as "updatedAt", owner_id as "ownerId"`;

const byKey = (rows, ids, key) => {
  const groups = new Map(ids.map((id) => [id, []]));
  for (const row of rows) groups.get(row[key]).push(row);
  return ids.map((id) => groups.get(id));
};

/** Loaders of one request. */
export const loadersOf = (sql, DataLoader) => ({
  employees: new DataLoader(async (ids) => {
    const rows = await sql`select id, name from employee where id = any(${ids}::uuid[])`;
    const found = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => found.get(id) ?? null);
  }),
  contacts: new DataLoader(async (ids) =>
    byKey(
      await sql`select id, customer_id as "customerId", name, title, phone, mobile, email from contact
                where customer_id = any(${ids}::uuid[]) order by created_at, id`,
      ids,
      'customerId',
    ),
  ),
  interactions: new DataLoader(async (ids) =>
    byKey(
      await sql`select id, customer_id as "customerId", kind, occurred_at as "occurredAt", summary, outcome from interaction
                where customer_id = any(${ids}::uuid[]) order by occurred_at desc, id desc`,
      ids,
      'customerId',
    ),
  ),
});

/** `sql` is postgres.js; dates come as text. */
export const resolversOf = (sql) => ({
  Query: {
    customers: async (_, { first }) => ({
      nodes: await sql.unsafe(
        `select ${customerColumns} from customer where archived_at is null order by updated_at desc, id desc limit $1`,
        [first],
        { prepare: true },
      ),
    }),
    customer: async (_, { id }) =>
      (
        await sql.unsafe(`select ${customerColumns} from customer where id = $1`, [id], { prepare: true })
      )[0] ?? null,
  },
  Customer: {
    owner: (row, _, { loaders }) => loaders.employees.load(row.ownerId),
    contacts: async (row, { first }, { loaders }) => ({
      nodes: (await loaders.contacts.load(row.id)).slice(0, first),
    }),
    interactions: async (row, { first }, { loaders }) => ({
      nodes: (await loaders.interactions.load(row.id)).slice(0, first),
    }),
  },
});

/** Instants as the text PostgreSQL sends. */
export const textDates = {
  date: { to: 1184, from: [1082, 1114, 1184], serialize: (x) => x, parse: (x) => x },
};
