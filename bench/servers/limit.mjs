import { createServer } from 'node:http';
import postgres from 'postgres';

// The limit: one hand-written statement per question, its text sent as it comes. No GraphQL, no sign-in, no policy.
const [, , url, port] = process.argv;
const connection = { TimeZone: 'UTC', jit: 'off', work_mem: '16MB' };
const sql = postgres(url, { max: 10, onnotice: () => {}, connection });

const file = `c.id, c.file_number as "fileNumber", c.name, c.short_name as "shortName", c.industry, c.region, c.city, c.stage, c.tier,
  c.credit_limit::text as "creditLimit", c.last_interaction_at as "lastInteractionAt", c.updated_at as "updatedAt",
  (select json_build_object('id', e.id, 'name', e.name) from employee e where e.id = c.owner_id) as owner,
  (select json_build_object('nodes', coalesce(json_agg(x), '[]')) from (
     select id, name, title, phone from contact where customer_id = c.id order by created_at, id limit 3) x) as contacts,
  (select json_build_object('nodes', coalesce(json_agg(x), '[]')) from (
     select id, kind, occurred_at as "occurredAt", summary from interaction
     where customer_id = c.id order by occurred_at desc, id desc limit 5) x) as interactions`;

const statements = {
  dashboardList: `select json_build_object('data', json_build_object('customers', json_build_object('nodes',
    (select coalesce(json_agg(x), '[]') from (
      select ${file} from customer c where c.archived_at is null order by c.updated_at desc, c.id desc limit 50) x))))::text`,
  ownList: `select json_build_object('data', json_build_object('customers', json_build_object('nodes',
    (select coalesce(json_agg(x), '[]') from (
      select ${file} from customer c where c.archived_at is null and c.owner_id = $1::uuid
      order by c.updated_at desc, c.id desc limit 50) x))))::text`,
  singleFile: `select json_build_object('data', json_build_object('customer',
    (select to_json(x) from (select ${file} from customer c where c.id = $1::uuid) x)))::text`,
};

createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  const id = searchParams.get('id');
  // `/sql` runs the statement it is sent.
  const sent = pathname === '/sql' && (await request.toArray()).join('');
  sql
    .unsafe(sent || statements[pathname.slice(1)], id ? [id] : [], { prepare: !sent })
    .values()
    .then(([[text]]) => {
      const body = Buffer.from(text);
      response.writeHead(200, {
        'content-type': 'application/json; charset=utf-8',
        'content-length': body.length,
      });
      response.end(body);
    })
    .catch((error) => response.writeHead(500).end(String(error)));
}).listen(Number(port), '127.0.0.1');
