/**
 * The statements of the limit, by question and form: rows under `nodes`, the same with the type names that Apollo Client
 * and urql ask for, or Relay's edges. Each returns the whole answer.
 */

/** How a form wraps rows, and what it adds to an object of a type. */
const plain = { rows: 'nodes', type: () => '' };
const typed = { rows: 'nodes', type: (name) => `, '${name}' as "__typename"` };
const edges = { rows: 'edges', type: () => '' };

/** A connection of rows `x`. */
const connection = ({ rows, type }, of, name) => {
  const row = rows === 'edges' ? `json_build_object('node', x)` : 'x';
  const typename = type(name) && `, '__typename', '${name}Connection'`;
  return `(select json_build_object('${rows}', coalesce(json_agg(${row}), '[]')${typename}) from (${of}) x)`;
};

const file = (
  form,
) => `c.id, c.file_number as "fileNumber", c.name, c.short_name as "shortName", c.industry, c.region, c.city, c.stage, c.tier,
  c.credit_limit::text as "creditLimit", c.last_interaction_at as "lastInteractionAt", c.updated_at as "updatedAt",
  (select to_json(x) from (select e.id, e.name${form.type('Employee')} from employee e where e.id = c.owner_id) x) as owner,
  ${connection(
    form,
    `select id, name, title, phone${form.type('Contact')} from contact where customer_id = c.id order by created_at, id limit 3`,
    'Contact',
  )} as contacts,
  ${connection(
    form,
    `select id, kind, occurred_at as "occurredAt", summary${form.type('Interaction')} from interaction
     where customer_id = c.id order by occurred_at desc, id desc limit 5`,
    'Interaction',
  )} as interactions${form.type('Customer')}`;

const page = (limit) =>
  `from customer c where c.archived_at is null order by c.updated_at desc, c.id desc limit ${limit}`;
const answer = (field, value) =>
  `select json_build_object('data', json_build_object('${field}', ${value}))::text`;

const list = (form) => answer('customers', connection(form, `select ${file(form)} ${page(50)}`, 'Customer'));

/** One row more than the page shows whether there are others. */
const relayList = answer(
  'customers',
  `(select json_build_object(
    'edges', coalesce(json_agg(json_build_object('node', node, 'cursor', cursor) order by place) filter (where place <= 50), '[]'),
    'pageInfo', json_build_object('endCursor', max(cursor) filter (where place = 50), 'hasNextPage', count(*) > 50))
    from (select row_number() over (order by c.updated_at desc, c.id desc) as place,
      replace(encode(convert_to(json_build_array(c.updated_at, c.id)::text, 'UTF8'), 'base64'), E'\\n', '') as cursor,
      (select to_json(x) from (select ${file(edges)}, 'Customer' as "__typename") x) as node
      ${page(51)}) numbered)`,
);

/** A row for each of the ids in `$1`, in their order. */
const single = (form) =>
  `select ${answer('customer', `(select to_json(x) from (select ${file(form)} from customer c where c.id = asked.id) x)`).replace(/^select /, '')}
    from unnest($1::uuid[]) with ordinality as asked(id, place) order by place`;

export const statements = {
  dashboardList: list(plain),
  'dashboardList.apollo': list(typed),
  'dashboardList.urql': list(typed),
  'dashboardList.relay': relayList,
  singleFile: single(plain),
  'singleFile.apollo': single(typed),
  'singleFile.urql': single(typed),
  'singleFile.relay': single(edges),
};
