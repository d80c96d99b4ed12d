import { execFile, spawn } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import postgres from 'postgres';
import { findAccount, isRoot } from '../../src/core/database/embedded-account.ts';
import { findPrograms, programOptions } from '../../src/core/database/embedded-programs.ts';

export interface ThrowawayServer {
  /** Superuser's address of the maintenance database. */
  adminUrl: string;
  dataDirectory: string;
  /**
   * Ends it as `pg_ctl -m immediate` does, without a goodbye, and starts it again, after what is to be done without it;
   * resolves when it accepts.
   */
  crash: (meanwhile?: () => Promise<void>) => Promise<void>;
  stop: () => Promise<void>;
}

/** Losing everything in a power cut is fine here; waiting for the disk is not. A crash of the process loses nothing. */
const settings = {
  fsync: 'off',
  full_page_writes: 'off',
  max_connections: '200',
  shared_buffers: '128MB',
  unix_socket_directories: '',
  listen_addresses: '127.0.0.1',
};

/** A folder for a server, and the programs to run it with. */
async function makePlace() {
  const account = isRoot ? findAccount() : undefined;
  const directory = await mkdtemp(join(tmpdir(), 'customer-file-tests-'));
  await chmod(directory, 0o755);
  const dataDirectory = join(directory, 'postgres');
  await mkdir(dataDirectory, { mode: 0o700 });
  const own = async (path: string) => account && chown(path, account.uid, account.gid);
  await own(dataDirectory);
  const home = { directory, dataDirectory, programDirectory: directory, account, isLeftOver: false };
  const remove = () => rm(directory, { recursive: true, force: true });
  return { account, dataDirectory, own, programs: findPrograms(home), remove };
}

type Place = Awaited<ReturnType<typeof makePlace>>;

/**
 * Starts PostgreSQL from the embedded programs on an empty folder that `stop` removes. Found as the server finds them:
 * also where npm ran no install scripts, and as root below a folder that only root may enter.
 */
export async function startThrowawayServer(
  { isCrashSafe }: { isCrashSafe: boolean } = { isCrashSafe: false },
): Promise<ThrowawayServer> {
  const place = await makePlace();
  await promisify(execFile)(
    place.programs.initdb,
    [
      `--pgdata=${place.dataDirectory}`,
      '--username=postgres',
      '--auth=trust',
      '--encoding=UTF8',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C.UTF-8',
      '--no-sync',
    ],
    programOptions(place.account),
  ).catch(async (error) => {
    await place.remove();
    throw error;
  });
  return run(place, isCrashSafe);
}

/** Starts a streaming replica of a server, from a copy of its folder as `pg_basebackup` makes one. */
export async function startStandby(primary: ThrowawayServer): Promise<ThrowawayServer> {
  const place = await makePlace();
  const into = (name: string) => join(place.dataDirectory, name);
  const client = postgres(primary.adminUrl, { max: 1, onnotice: () => {} });
  try {
    await client`select pg_backup_start('standby', true)`;
    await promisify(execFile)('cp', ['-a', `${primary.dataDirectory}/.`, place.dataDirectory]);
    const [backup] = await client<{ labelfile: string }[]>`select labelfile from pg_backup_stop()`;
    // Streamed instead.
    await rm(into('pg_wal'), { recursive: true });
    await mkdir(into('pg_wal'), { mode: 0o700 });
    await rm(into('postmaster.pid'));
    await writeFile(into('backup_label'), backup?.labelfile ?? '');
    await writeFile(into('standby.signal'), '');
    const { port } = new URL(primary.adminUrl);
    const source = `primary_conninfo = 'host=127.0.0.1 port=${port} user=postgres'\n`;
    await writeFile(into('postgresql.auto.conf'), source);
    for (const made of ['pg_wal', 'backup_label', 'standby.signal', 'postgresql.auto.conf'])
      await place.own(into(made));
  } catch (error) {
    await place.remove();
    throw error;
  } finally {
    await client.end({ timeout: 1 });
  }
  return run(place, true);
}

/** Another program may take the port between our finding it free and the server's listening on it. */
async function run(place: Place, isCrashSafe: boolean): Promise<ThrowawayServer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await runOn(await freePort(), place, isCrashSafe);
    } catch (error) {
      if (attempt < 3) continue;
      await place.remove();
      throw error;
    }
  }
}

async function runOn(port: number, place: Place, isCrashSafe: boolean): Promise<ThrowawayServer> {
  const { account, dataDirectory, programs, remove } = place;
  // Without waiting for the log a commit is told before it is written: faster, and lost in a crash.
  const flags = Object.entries({ ...settings, synchronous_commit: isCrashSafe ? 'on' : 'off' }).flatMap(
    ([name, value]) => ['-c', `${name}=${value}`],
  );
  const launch = () => {
    const process = spawn(programs.postgres, ['-D', dataDirectory, '-p', String(port), ...flags], {
      ...programOptions(account),
      stdio: ['ignore', 'ignore', 'ignore'],
    });
    return { process, ended: new Promise<void>((resolve) => process.once('exit', () => resolve())) };
  };
  const adminUrl = `postgres://postgres@127.0.0.1:${port}/postgres`;
  let server = launch();
  const end = async (signal: 'SIGINT' | 'SIGQUIT') => {
    server.process.kill(signal);
    await server.ended;
  };
  const crash = async (meanwhile?: () => Promise<void>) => {
    await end('SIGQUIT');
    try {
      await meanwhile?.();
    } finally {
      server = launch();
      await accepting(adminUrl, () => server.process.exitCode !== null);
    }
  };
  const stop = async () => {
    await end('SIGINT');
    await remove();
  };
  try {
    await accepting(adminUrl, () => server.process.exitCode !== null);
  } catch (error) {
    await end('SIGINT');
    throw error;
  }
  return { adminUrl, dataDirectory, crash, stop };
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });

async function accepting(url: string, hasExited: () => boolean): Promise<void> {
  const giveUpAt = Date.now() + 30_000;
  for (;;) {
    const client = postgres(url, { max: 1, onnotice: () => {} });
    try {
      await client`select 1`;
      return;
    } catch (error) {
      if (hasExited() || Date.now() > giveUpAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    } finally {
      await client.end({ timeout: 1 });
    }
  }
}
