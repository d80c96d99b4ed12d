/** The same question in the words of each server. */

const ourFile = `id fileNumber name shortName industry region city stage tier creditLimit lastInteractionAt updatedAt
  owner { id name }
  contacts(first: 3) { nodes { id name title phone } }
  interactions(first: 5) { nodes { id kind occurredAt summary } }`;

const graphileFile = `id: rowId fileNumber name shortName industry region city stage tier creditLimit lastInteractionAt updatedAt
  owner: employeeByOwnerId { id: rowId name }
  contacts: contactsByCustomerId(first: 3, orderBy: [CREATED_AT_ASC, ROW_ID_ASC]) { nodes { id: rowId name title phone } }
  interactions: interactionsByCustomerId(first: 5, orderBy: [OCCURRED_AT_DESC, ROW_ID_DESC]) { nodes { id: rowId kind occurredAt summary } }`;

const post = (query, variables) => ({
  method: 'POST',
  path: '/graphql',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ query, variables }),
});
const get = (path) => ({ method: 'GET', path });

/**
 * Requests by question and kind of server. `files` are UUIDs of customer files, `encodeId` makes our ids of them.
 * A question that a kind of server is not asked is absent.
 */
export const questions = {
  dashboardList: {
    ours: () => [post(`query DashboardList { customers(first: 50) { nodes { ${ourFile} } } }`)],
    limit: () => [get('/dashboardList')],
    postgraphile: () => [
      post(
        `query DashboardList { customers: allCustomers(first: 50, orderBy: [UPDATED_AT_DESC, ROW_ID_DESC]) { nodes { ${graphileFile} } } }`,
      ),
    ],
    naive: () => [post(`query DashboardList { customers(first: 50) { nodes { ${ourFile} } } }`)],
    mercurius: () => [post(`query DashboardList { customers(first: 50) { nodes { ${ourFile} } } }`)],
  },
  singleFile: {
    ours: ({ files, encodeId }) =>
      files.map((id) =>
        post(`query SingleFile($id: ID!) { customer(id: $id) { ${ourFile} } }`, { id: encodeId('cus', id) }),
      ),
    limit: ({ files }) => files.map((id) => get(`/singleFile?id=${id}`)),
    postgraphile: ({ files }) =>
      files.map((id) =>
        post(`query SingleFile($id: UUID!) { customer: customerByRowId(rowId: $id) { ${graphileFile} } }`, {
          id,
        }),
      ),
    naive: ({ files }) =>
      files.map((id) => post(`query SingleFile($id: ID!) { customer(id: $id) { ${ourFile} } }`, { id })),
    mercurius: ({ files }) =>
      files.map((id) => post(`query SingleFile($id: ID!) { customer(id: $id) { ${ourFile} } }`, { id })),
  },
};

/** The dashboard list with other fields of its contacts: what is logged depends on them. */
export const listWith = (contactFields) => () => [
  post(`query ListWith { customers(first: 50) { nodes { id fileNumber name shortName industry region city stage tier updatedAt
    owner { id name }
    contacts(first: 3) { nodes { id ${contactFields} } }
    interactions(first: 5) { nodes { id kind occurredAt summary } } } } }`),
];
