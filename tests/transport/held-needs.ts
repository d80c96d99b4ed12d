import postgres from 'postgres';
import { inject } from 'vitest';
import type { TestServer } from '../support/server.ts';

/** Keeps `needs` waiting until it is let go. */
export async function holdNeeds(server: TestServer) {
  const [row] = await server.db.execute<{ name: string }>('select current_database() as name');
  const url = new URL(inject('adminUrl'));
  url.pathname = `/${row?.name}`;
  const blocker = postgres(url.href, { max: 1 });
  let letGo: () => void = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const locked = new Promise<void>((resolve, reject) => {
    blocker
      .begin(async (tx) => {
        await tx`lock table need in access exclusive mode`;
        resolve();
        await held;
      })
      .then(() => blocker.end(), reject);
  });
  await locked;
  return letGo;
}

/** Whether an operation waits for `needs`. */
export const isWaiting = async (server: TestServer) => {
  const rows = await server.db.execute(
    `select from pg_locks where not granted and relation = 'need'::regclass and database = (select oid from pg_database where datname = current_database())`,
  );
  return rows.length > 0;
};
