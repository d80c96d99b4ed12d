import postgres from 'postgres';
import { loadData } from './data.load.mjs';

/** Where the benchmark's own PostgreSQL keeps its data, from run to run. */
const dataDir = '.data/bench';

/**
 * The PostgreSQL the project brings, with one database per size of data; loaded on first use, then kept.
 *
 * @returns url (the application's role), adminUrl (a superuser's), logFile (the server's) and stop
 */
export async function openBenchDatabase({ dist, customers, log }) {
  const { startEmbeddedDatabase } = await import(`${dist}/core/database/embedded.js`);
  const { migrateDatabase } = await import(`${dist}/core/database/migrate.js`);
  const embedded = await startEmbeddedDatabase({ dataDir, log });
  const name = `bench_${customers}`;
  const url = withDatabase(embedded.url, name);
  const adminUrl = withDatabase(embedded.adminUrl, name);
  const admin = postgres(embedded.adminUrl, { max: 1, onnotice: () => {}, idle_timeout: 1 });
  const drop = (draft) => admin.unsafe(`drop database if exists ${draft} with (force)`);
  const create = async (draft) => {
    await drop(draft);
    await admin.unsafe(
      `create database ${draft} owner ${new URL(embedded.url).username} template template0 encoding 'UTF8' locale 'C.UTF-8'`,
    );
    await migrateDatabase(withDatabase(embedded.url, draft));
  };
  try {
    const [existing] = await admin`select 1 from pg_database where datname = ${name}`;
    if (!existing) {
      const draft = `${name}_draft`;
      await create(draft);
      const client = postgres(withDatabase(embedded.adminUrl, draft), { max: 2, onnotice: () => {} });
      await loadData(client, customers, (line) => log(`loading: ${line}`));
      await client.end();
      // Renamed only when complete: a load that was stopped is started over.
      await admin.unsafe(`alter database ${draft} rename to ${name}`);
    } else await migrateDatabase(url);
  } catch (error) {
    await admin.end();
    await embedded.stop();
    throw error;
  }
  return {
    url,
    adminUrl,
    logFile: `${dataDir}/postgres.log`,
    pid: embedded.pid,
    stop: async () => {
      await admin.end();
      await embedded.stop();
    },
    /** An empty, migrated database beside the loaded ones, for what writes more than it may leave behind. */
    scratch: async () => {
      await create('bench_scratch');
      return { url: withDatabase(embedded.url, 'bench_scratch'), drop: () => drop('bench_scratch') };
    },
    urlOf: (size) => withDatabase(embedded.url, `bench_${size}`),
    /** Sizes that are loaded, the smallest first. */
    sizes: async () => {
      const client = postgres(adminUrl, { max: 1 });
      const rows = await client`select datname from pg_database where datname ~ '^bench_[0-9]+$'`;
      await client.end();
      return rows.map(({ datname }) => Number(datname.slice('bench_'.length))).sort((a, b) => a - b);
    },
  };
}

const withDatabase = (url, name) => {
  const address = new URL(url);
  address.pathname = `/${name}`;
  return address.href;
};
