import { readFileSync } from 'node:fs';

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

/** A dashboard list of so many rows. */
export const ourList = (rows) =>
  post(`query DashboardList { customers(first: ${rows}) { nodes { ${ourFile} } } }`);

/** The dashboard list of one employee's files: what they see of their own accord where they see no others. */
export const listOf = (owner) => () => [
  post(
    `query DashboardList($owner: ID) { customers(first: 50, filter: { owner: { id: { eq: $owner } } }) { nodes { ${ourFile} } } }`,
    { owner },
  ),
];

/** Documents as clients send them, recorded from the clients themselves. */
const clientDocuments = JSON.parse(readFileSync(new URL('./client-documents.json', import.meta.url), 'utf8'));

/** Our document in PostGraphile's words: other names of root fields, relations and the id's type, and its own orders. */
const inGraphileWords = (text) =>
  text
    .replace(
      /\bcustomers\(first: \$first\)/,
      'customers: allCustomers(first: $first, orderBy: [UPDATED_AT_DESC, ROW_ID_DESC])',
    )
    .replace('$id: ID!', '$id: UUID!')
    .replace('customer(id: $id)', 'customer: customerByRowId(rowId: $id)')
    .replace(/\bid$/gm, 'id: rowId')
    .replace(/\bowner \{/, 'owner: employeeByOwnerId {')
    .replace(
      'contacts(first: 3)',
      'contacts: contactsByCustomerId(first: 3, orderBy: [CREATED_AT_ASC, ROW_ID_ASC])',
    )
    .replace(
      'interactions(first: 5)',
      'interactions: interactionsByCustomerId(first: 5, orderBy: [OCCURRED_AT_DESC, ROW_ID_DESC])',
    );

/** The clients whose documents there are. */
export const clients = Object.keys(clientDocuments);

/** The list and the file as one client asks for them. */
const asSentBy = (client) => {
  const { dashboardList, singleFile } = clientDocuments[client];
  const [list, file] = [inGraphileWords(dashboardList), inGraphileWords(singleFile)];
  return {
    [`dashboardList.${client}`]: {
      ours: () => [post(dashboardList, { first: 50 })],
      limit: () => [get(`/dashboardList.${client}`)],
      postgraphile: () => [post(list, { first: 50 })],
    },
    [`singleFile.${client}`]: {
      ours: ({ files, encodeId }) => files.map((id) => post(singleFile, { id: encodeId('cus', id) })),
      limit: ({ files }) => files.map((id) => get(`/singleFile.${client}?id=${id}`)),
      postgraphile: ({ files }) => files.map((id) => post(file, { id })),
    },
  };
};

const purchaseNeeds =
  '{ needs: { some: { raisedAt: { withinLast: "P6M" }, budgetMin: { gte: "500000" } } } }';

/**
 * Requests by question and kind of server. `files` are UUIDs of customer files, `encodeId` makes our ids of them.
 * A question that a kind of server is not asked is absent.
 */
export const questions = {
  dashboardList: {
    ours: () => [ourList(50)],
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
  ...Object.assign({}, ...clients.map(asSentBy)),
  deepPage: {
    ours: ({ deep }) => [
      post(
        `query DeepPage($after: String) { customers(first: 50, after: $after) { nodes { ${ourFile} } } }`,
        {
          after: deep.cursor,
        },
      ),
    ],
    postgraphile: ({ deep }) => [
      post(
        `query DeepPage($offset: Int) { customers: allCustomers(first: 50, offset: $offset, orderBy: [UPDATED_AT_DESC, ROW_ID_DESC]) { nodes { ${graphileFile} } } }`,
        { offset: deep.rows },
      ),
    ],
  },
  search: {
    ours: ({ words }) =>
      words.map((search) =>
        post(
          'query Search($search: String) { customers(search: $search, first: 20) { nodes { id name stage } } }',
          {
            search,
          },
        ),
      ),
  },
  segment: {
    ours: () => [
      post(
        `query Segment { customers(filter: ${purchaseNeeds}, first: 25) { totalCount nodes { id name stage owner { id name } } } }`,
      ),
    ],
  },
  statistics: {
    ours: () => [
      post(
        'query Statistics { customerStats(groupBy: [REGION, STAGE]) { total groups { count keys { value } } } }',
      ),
    ],
  },
};

/** The dashboard list with other fields of its contacts: what is logged depends on them. */
export const listWith = (contactFields) => () => [
  post(`query ListWith { customers(first: 50) { nodes { id fileNumber name shortName industry region city stage tier updatedAt
    owner { id name }
    contacts(first: 3) { nodes { id ${contactFields} } }
    interactions(first: 5) { nodes { id kind occurredAt summary } } } } }`),
];

const pageSize = 50;
const deepestPage = 1_000;

/** What questions are about: files, words to search for, and where page 1,000 (or half of a smaller list) begins. */
export async function openMaterial({ client, customers, encodeId }) {
  const files =
    await client`select id, name from customer where archived_at is null order by md5(id::text) limit 200`;
  const rows = Math.min(deepestPage - 1, Math.floor(customers / pageSize / 2)) * pageSize;
  return {
    encodeId,
    files: files.map(({ id }) => id),
    // Three letters from the middle of a name are what people type.
    words: files.map(({ name }) => [...name].slice(2, 5).join('')),
    deep: { rows },
  };
}

/** The cursor of our own list after so many rows, read as a client reads it: page by page. */
export async function cursorAfter({ url, headers, rows }) {
  const query =
    'query ($first: Int, $after: String) { customers(first: $first, after: $after) { pageInfo { endCursor } } }';
  let after = null;
  for (let left = rows; left > 0; left -= 200) {
    const { path, ...request } = post(query, { first: Math.min(left, 200), after });
    const response = await fetch(url + path, { ...request, headers: { ...request.headers, ...headers } });
    const { data, errors } = await response.json();
    if (errors) throw new Error(JSON.stringify(errors).slice(0, 400));
    after = data.customers.pageInfo.endCursor;
  }
  return after;
}
