import { execFile, spawn } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import postgres from 'postgres';
import { findAccount, isRoot } from '../../src/database/embedded-account.ts';
import { findPrograms, programOptions } from '../../src/database/embedded-programs.ts';

export interface ThrowawayServer {
  /** Superuser's address of the maintenance database. */
  adminUrl: string;
  /** Ends it as `pg_ctl -m immediate` does, without a goodbye, and starts it again; resolves when it accepts. */
  crash: () => Promise<void>;
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

/**
 * Starts PostgreSQL from the embedded programs on an empty folder that `stop` removes. Found as the server finds them:
 * also where npm ran no install scripts, and as root below a folder that only root may enter.
 */
export async function startThrowawayServer(
  { isCrashSafe }: { isCrashSafe: boolean } = { isCrashSafe: false },
): Promise<ThrowawayServer> {
  const account = isRoot ? findAccount() : undefined;
  const directory = await mkdtemp(join(tmpdir(), 'customer-file-tests-'));
  await chmod(directory, 0o755);
  const remove = () => rm(directory, { recursive: true, force: true });
  const dataDirectory = join(directory, 'postgres');
  await mkdir(dataDirectory, { mode: 0o700 });
  if (account) await chown(dataDirectory, account.uid, account.gid);
  const programs = findPrograms({
    directory,
    dataDirectory,
    programDirectory: directory,
    account,
    isLeftOver: false,
  });
  await promisify(execFile)(
    programs.initdb,
    [
      `--pgdata=${dataDirectory}`,
      '--username=postgres',
      '--auth=trust',
      '--encoding=UTF8',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C.UTF-8',
      '--no-sync',
    ],
    programOptions(account),
  ).catch(async (error) => {
    await remove();
    throw error;
  });
  const port = await freePort();
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
  const crash = async () => {
    await end('SIGQUIT');
    server = launch();
    await accepting(adminUrl, () => server.process.exitCode !== null);
  };
  const stop = async () => {
    await end('SIGINT');
    await remove();
  };
  try {
    await accepting(adminUrl, () => server.process.exitCode !== null);
  } catch (error) {
    await stop();
    throw error;
  }
  return { adminUrl, crash, stop };
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
