import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import postgres from 'postgres';
import 'reflect-metadata';
import { processorMs } from './processor.mjs';

const mapping = `
source: bench
records:
  - { subject: customer, key: code, fields: { name: name, city: city, industry: industry } }
  - { subject: contact, key: code, fields: { customer: code, name: person, mobile: mobile, email: email } }`;
const letters = '启明华信恒达天宇中科远大金桥瑞丰博雅新元';
const trades = ['精密机械', '软件科技', '医疗器械', '包装材料', '环保工程'];
const letter = (n) => letters[n % letters.length];

/** A customer and a contact, the same for the same number. */
const rowOf = (n) => ({
  code: `C${n}`,
  name: `苏州${letter(n * 7)}${letter(n * 13)}${letter(n >> 3)}${n}${trades[n % 5]}有限公司`,
  person: `王${letter(n)}${letter(n >> 2)}`,
  mobile: `+86138${String(10_000_000 + n)}`,
  email: `p${n}@example.com`,
});

/**
 * Rows of a customer with a contact that an import writes in a second, captured and searchable, and beside it the floor:
 * COPY of the same values into the same tables and indexes, with their triggers on and off. Each into an empty database.
 */
export async function importing({ dist, database, importRows: rows, log }) {
  const figures = {};
  for (const [name, write] of [
    ['import', (url) => importInto(url, { dist, rows })],
    ['copy', (url) => copyInto(url, { rows, hasTriggers: true })],
    ['copyWithoutTriggers', (url) => copyInto(url, { rows, hasTriggers: false })],
  ]) {
    const scratch = await database.scratch();
    try {
      const { seconds, databaseMs, ownMs } = await write(scratch.url);
      figures[`${name}.rowsPerSecond`] = Math.round(rows / seconds);
      figures[`${name}.databaseMsPerRow`] = databaseMs / rows;
      figures[`${name}.ownMsPerRow`] = ownMs / rows;
      log(`${name}: ${rows} rows in ${seconds.toFixed(1)} s`);
    } finally {
      await scratch.drop();
    }
  }
  figures['import.memoryMB'] = Math.round(process.memoryUsage().rss / 2 ** 20);
  return { figures };
}

/** Runs work, and returns its time, that of the session's process and that of this one. */
async function timed(sql, work) {
  const [{ pid }] = await sql`select pg_backend_pid() as pid`;
  const before = { database: processorMs(pid), own: process.cpuUsage(), ms: performance.now() };
  await work();
  const { user, system } = process.cpuUsage(before.own);
  return {
    seconds: (performance.now() - before.ms) / 1000,
    databaseMs: processorMs(pid) - before.database,
    ownMs: (user + system) / 1000,
  };
}

const addOwner = async (sql) => {
  const [{ id }] =
    await sql`insert into employee (email, name, role) values ('owner@bench.example', 'Owner', 'SALES') returning id`;
  return id;
};

async function importInto(url, { dist, rows }) {
  const [{ connect }, { importFile }, { parseMapping }] = await Promise.all(
    ['core/database/database.js', 'features/import/file.import.js', 'features/import/mapping.read.js'].map(
      (path) => import(`${dist}/${path}`),
    ),
  );
  // The models are registered with the schema.
  await import(`${dist}/api.js`);
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const { db, client, close } = connect({ url, poolSize: 1, isOneSession: true });
  try {
    const path = join(folder, 'rows.csv');
    await writeCsv(path, rows);
    const ownerId = await addOwner(client);
    const { mapping: read } = parseMapping(mapping);
    const report = { add: async () => {} };
    const origin = { actorId: null, source: 'IMPORT' };
    const scope = { ownerId, now: new Date(), timeZone: 'Asia/Shanghai', reader: null };
    return await timed(client, () => importFile(db, { mapping: read, path, origin, report, ...scope }));
  } finally {
    await close();
    await rm(folder, { recursive: true });
  }
}

const writeCsv = (path, rows) =>
  pipeline(
    Readable.from(
      (function* () {
        yield 'code,name,person,mobile,email,city,industry\n';
        for (let n = 0; n < rows; n += 1) {
          const { code, name, person, mobile, email } = rowOf(n);
          yield `${code},${name},${person},${mobile},${email},苏州,制造业\n`;
        }
      })(),
    ),
    createWriteStream(path),
  );

async function copyInto(url, { rows, hasTriggers }) {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    const ownerId = await addOwner(sql);
    const ids = await sql`select new_id()::text as id from generate_series(1, ${rows})`;
    return await timed(sql, () =>
      sql.begin(async (tx) => {
        if (!hasTriggers) {
          for (const table of ['customer', 'contact'])
            await tx.unsafe(`alter table ${table} disable trigger user`);
        }
        await copy(
          tx`copy customer (id, name, city, city_code, province, province_code, region, industry, industry_code, owner_id) from stdin`,
          ids,
          ({ id }, n) => [
            id,
            rowOf(n).name,
            '苏州市',
            '320500',
            '江苏省',
            '320000',
            'EAST_CHINA',
            '制造业',
            'C',
            ownerId,
          ],
        );
        await copy(
          tx`copy contact (id, customer_id, name, mobile, email, is_primary) from stdin`,
          ids,
          ({ id }, n) => {
            const { person, mobile, email } = rowOf(n);
            return [id, id, person, mobile, email, 't'];
          },
        );
        if (hasTriggers) return;
        for (const table of ['customer', 'contact'])
          await tx.unsafe(`alter table ${table} enable trigger user`);
      }),
    );
  } finally {
    await sql.end();
  }
}

async function copy(statement, ids, cellsOf) {
  const lines = ids.map((row, n) => `${cellsOf(row, n).join('\t')}\n`);
  await pipeline(Readable.from(lines), await statement.writable());
}
