import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../src/core/database/database.ts';
import { isRoot, temporaryFolder } from './held-database.ts';
import { type OwnDatabaseServer, startOnOwnDatabase } from './own-database.ts';

const folder = temporaryFolder();

/** Whether this user may mount a disk of a size of its own: root may, unless in a container without the right. */
function mountDisk(sizeMb: number): boolean {
  if (!isRoot) return false;
  const options = ['-t', 'tmpfs', '-o', `size=${sizeMb}m,mode=755`, 'tmpfs', folder.path];
  return spawnSync('mount', options).status === 0;
}
const isMounted = mountDisk(400);

afterAll(() => {
  if (isMounted) execFileSync('umount', ['--lazy', folder.path]);
  folder.remove();
});

describe.skipIf(!isMounted)('a full disk (needs root, and leave to mount a small one)', () => {
  const filler = join(folder.path, 'filler');
  let server: OwnDatabaseServer;
  beforeAll(async () => {
    server = await startOnOwnDatabase(folder.path);
  });
  afterAll(() => server?.close());

  const fill = () => {
    for (const size of [1 << 20, 1 << 12]) {
      const bytes = Buffer.alloc(size);
      try {
        for (;;) appendFileSync(filler, bytes);
      } catch {
        // Full.
      }
    }
    chmodSync(filler, 0o600);
  };

  test('is UNAVAILABLE and not ready, reads go on through a checkpoint, nothing acknowledged is lost, and room made ends it without a restart', async () => {
    const acknowledged: string[] = [];
    const write = async (key: string) => {
      const reply = await server.create(key);
      if (reply.data) acknowledged.push(reply.data.createCustomer.customer.id);
      return reply;
    };
    expect((await write('room')).errors).toBeUndefined();
    const pid = server.postmaster();
    fill();
    await expect
      .poll(() => server.ready())
      .toMatchObject({ status: 503, reason: 'DISK_FULL', checks: { database: true } });
    for (let i = 0; i < 200; i += 1) {
      const { status, errors } = await write(`full ${i}`);
      expect({ status, code: errors?.[0]?.extensions.code }).toEqual({ status: 503, code: 'UNAVAILABLE' });
    }
    // PostgreSQL does this by itself every five minutes.
    const superuser = connect({ url: server.superuserUrl(), poolSize: 1 });
    const failure = await superuser.db.execute(sql`checkpoint`).then(
      () => undefined,
      ({ cause }) => cause.message as string,
    );
    expect([undefined, 'checkpoint request failed']).toContain(failure);
    await superuser.close();
    expect(server.postmaster()).toBe(pid);
    const read = await server.ask('{ customers { nodes { name } } }');
    expect(read.errors).toBeUndefined();
    expect(read.data.customers.nodes.length).toBeGreaterThan(0);
    expect(await server.metric('unavailable_total{reason="DISK_FULL"}')).toBeGreaterThan(0);
    expect(await server.metric('database_available')).toBe(0);

    rmSync(filler);
    await expect.poll(async () => (await server.ready()).status).toBe(200);
    expect((await write('room again')).errors).toBeUndefined();
    for (const id of acknowledged) {
      const { data } = await server.ask('query($id: ID!) { customer(id: $id) { id } }', { id });
      expect(data.customer).toEqual({ id });
    }
    expect(server.postmaster()).toBe(pid);
    expect(server.captured.text()).toContain('its disk is full');
  });
});
