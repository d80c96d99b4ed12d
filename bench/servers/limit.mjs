import { createServer } from 'node:http';
import postgres from 'postgres';
import { statements } from './limit.statements.mjs';

// The limit: one hand-written statement per question, the database's bytes sent as they come, rows asked for together
// read in one round trip. No GraphQL, no sign-in, no policy.
const [, , url, port] = process.argv;
const connection = { TimeZone: 'UTC', jit: 'off', work_mem: '16MB' };
const sql = postgres(url, { max: 10, onnotice: () => {}, connection });

/** As many as ours reads in one round trip: see `src/core/database/row-loader.ts`. */
const maxTogether = 16;
const pending = new Map();

/** Reads a file together with those that other requests of the same form ask for at this moment. */
const readFile = (form, id) =>
  new Promise((resolve, reject) => {
    const waiting = pending.get(form);
    if (waiting) return waiting.push({ id, resolve, reject });
    pending.set(form, [{ id, resolve, reject }]);
    setImmediate(() => {
      const all = pending.get(form);
      pending.delete(form);
      for (let i = 0; i < all.length; i += maxTogether) void readFiles(form, all.slice(i, i + maxTogether));
    });
  });

async function readFiles(form, asked) {
  try {
    const ids = `{${asked.map(({ id }) => id).join()}}`;
    const rows = await sql.unsafe(statements[form], [ids], { prepare: true }).raw();
    for (const [i, { resolve }] of asked.entries()) resolve(rows[i][0]);
  } catch (error) {
    for (const { reject } of asked) reject(error);
  }
}

const readList = async (form) => (await sql.unsafe(statements[form], [], { prepare: true }).raw())[0][0];

createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  const id = searchParams.get('id');
  const form = pathname.slice(1);
  try {
    // `/sql` runs the statement it is sent.
    const sent = pathname === '/sql' && (await request.toArray()).join('');
    const body = sent
      ? (await sql.unsafe(sent).raw())[0][0]
      : await (id ? readFile(form, id) : readList(form));
    response.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': body.length,
    });
    response.end(body);
  } catch (error) {
    response.writeHead(500).end(String(error));
  }
}).listen(Number(port), '127.0.0.1');
