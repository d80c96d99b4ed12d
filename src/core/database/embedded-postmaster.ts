import { execFileSync, spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { DatabaseHome } from './embedded-home.ts';
import { postmasterOwnership } from './embedded-process.ts';
import { type Programs, programOptions } from './embedded-programs.ts';

/** A running PostgreSQL server: its first process. */
export interface Postmaster {
  pid: number;
  /** On 127.0.0.1. */
  port: number;
  /** Resolves when it has exited, for whatever reason. */
  ended: Promise<void>;
  /** Keeps our own process alive until it has exited; a running PostgreSQL alone does not. */
  hold: () => void;
}

/**
 * Durability settings stay at their defaults (fsync and full-page writes on): demo data may become somebody's real
 * data.
 */
const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  shared_preload_libraries: '',
  shared_buffers: '128MB',
  max_connections: '100',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  // Unused here. A checkpoint would write their positions to a new file, and stop PostgreSQL with a PANIC when the disk
  // is full; without them it fails, is tried again, and reads go on.
  max_active_replication_origins: '0',
  cluster_name: 'customer-file',
};

const pollMs = 20;
/** Recovery after a crash replays at most about a gigabyte of log. */
const readyWithinMs = 120_000;
const fastStopWithinMs = 20_000;
const immediateStopWithinMs = 5_000;
const logLimitBytes = 10 * 1024 * 1024;

/**
 * Starts PostgreSQL and resolves once it accepts connections; otherwise throws with the end of its log.
 *
 * `onSpawn` is called with the id of each process as soon as it exists, so that an early exit can stop it.
 */
export async function startPostmaster(
  programs: Programs,
  home: DatabaseHome,
  onSpawn: (pid: number) => void,
): Promise<Postmaster> {
  const portFile = join(home.directory, 'postgres-port');
  const remembered = existsSync(portFile) ? Number(readFileSync(portFile, 'utf8')) : 0;
  for (let attempt = 1; ; attempt++) {
    const port = attempt === 1 ? await findFreePort(remembered) : await findFreePort(0);
    try {
      const postmaster = await tryStart(programs, home, { port, onSpawn });
      writeFileSync(portFile, String(port));
      return postmaster;
    } catch (error) {
      // Another program may have taken the port in the meantime, or children of a killed postmaster are still exiting.
      if (attempt === 3) throw error;
      await pause(200);
    }
  }
}

/** Restarts PostgreSQL after it has ended, on the port its clients know. One attempt; throws like `startPostmaster`. */
export async function restartPostmaster(
  programs: Programs,
  home: DatabaseHome,
  start: Required<Start>,
): Promise<Postmaster> {
  // Its process id may have been reused: PostgreSQL would take the process that now has it for a running postmaster.
  await stopOrphan(programs, home.dataDirectory, () => {});
  return tryStart(programs, home, start);
}

interface Start {
  port: number;
  onSpawn: (pid: number) => void;
  /** Aborts the start. */
  signal?: AbortSignal;
}

async function tryStart(
  programs: Programs,
  home: DatabaseHome,
  { port, onSpawn, signal }: Start,
): Promise<Postmaster> {
  const { dataDirectory } = home;
  const log = openLog(join(home.directory, 'postgres.log'));
  const args = Object.entries({ ...settings, port }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  // In its own process group: Ctrl-C in the terminal is meant for us, and we still need the database to shut down.
  const child = spawn(programs.postgres, ['-D', dataDirectory, ...args], {
    ...programOptions(home.account),
    detached: true,
    stdio: ['ignore', log.descriptor, log.descriptor],
  });
  closeSync(log.descriptor);
  let failure = '';
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      failure = error.message;
      resolve();
    });
    child.once('exit', () => resolve());
  });
  child.unref();
  if (child.pid) onSpawn(child.pid);

  const deadlineMs = performance.now() + readyWithinMs;
  for (;;) {
    const running = readPostmaster(dataDirectory);
    if (running?.isReady && running.pid === child.pid)
      return { pid: running.pid, port, ended, hold: () => child.ref() };
    const isOver = await Promise.race([ended.then(() => true), pause(pollMs, false)]);
    if (!isOver && !signal?.aborted && performance.now() < deadlineMs) continue;
    if (child.pid && !isOver) await stopPostmaster(programs, dataDirectory, child.pid);
    throw new Error(`PostgreSQL did not start. (PostgreSQL 未能启动。)\n${failure || log.readNewest()}`);
  }
}

/**
 * Stops a postmaster left behind by a killed server and clears a stale `postmaster.pid`.
 *
 * Requires the database's lock: whatever runs on these files then no longer has a server. It is stopped rather than
 * adopted, so that transactions of the dead server end and the current settings and programs apply.
 */
export async function stopOrphan(programs: Programs, dataDirectory: string, log: (message: string) => void) {
  const left = readPostmaster(dataDirectory);
  if (!left) return;
  refuseForeignPostmaster(dataDirectory);
  if (postmasterOwnership(left.pid, dataDirectory) === 'none')
    return rmSync(join(dataDirectory, 'postmaster.pid'), { force: true });
  log(
    `Stopping PostgreSQL process ${left.pid}, left behind by a server that was killed. ` +
      `(正在停止被强制结束的服务遗留的 PostgreSQL 进程 ${left.pid}。)`,
  );
  await stopPostmaster(programs, dataDirectory, left.pid);
}

/** Throws if a PostgreSQL that we did not start may be running on this data. */
export function refuseForeignPostmaster(dataDirectory: string): void {
  const left = readPostmaster(dataDirectory);
  if (!left || postmasterOwnership(left.pid, dataDirectory) !== 'foreign') return;
  throw new Error(
    `PostgreSQL process ${left.pid} may be using ${dataDirectory} and was not started by this project: stop it ` +
      `first. (PostgreSQL 进程 ${left.pid} 可能正在使用 ${dataDirectory}，且并非由本项目启动：请先停止它。)`,
  );
}

/** Ends open transactions and stops PostgreSQL; throws if it survives even an immediate stop. */
export async function stopPostmaster(programs: Programs, dataDirectory: string, pid: number): Promise<void> {
  const isThere = () => postmasterOwnership(pid, dataDirectory) === 'ours';
  for (const [how, withinMs] of [
    ['fast', fastStopWithinMs],
    ['immediate', immediateStopWithinMs],
  ] as const) {
    if (!isThere()) return;
    requestStop(programs, pid, how);
    const deadlineMs = performance.now() + withinMs;
    while (isThere() && performance.now() < deadlineMs) await pause(pollMs);
  }
  if (!isThere()) return;
  throw new Error(`PostgreSQL process ${pid} does not stop. (PostgreSQL 进程 ${pid} 无法停止。)`);
}

/** Like `stopPostmaster`, but blocking: for the exit of the process, when nothing can be awaited any more. */
export function stopPostmasterNow(programs: Programs, dataDirectory: string, pid: number): void {
  const isThere = () => postmasterOwnership(pid, dataDirectory) === 'ours';
  if (!isThere()) return;
  requestStop(programs, pid, 'fast');
  const deadlineMs = performance.now() + immediateStopWithinMs;
  while (isThere() && performance.now() < deadlineMs) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pollMs);
  }
}

function requestStop({ pgCtl }: Programs, pid: number, how: 'fast' | 'immediate'): void {
  try {
    // Windows has no signals; killing the process there would be a crash.
    if (process.platform === 'win32')
      execFileSync(pgCtl, ['kill', how === 'fast' ? 'INT' : 'QUIT', String(pid)]);
    else process.kill(pid, how === 'fast' ? 'SIGINT' : 'SIGQUIT');
  } catch {
    // It has already exited.
  }
}

/** The content of `postmaster.pid`: the process id on its first line and, once present, the status on its eighth. */
function readPostmaster(dataDirectory: string): { pid: number; isReady: boolean } | undefined {
  const path = join(dataDirectory, 'postmaster.pid');
  if (!existsSync(path)) return undefined;
  try {
    const lines = readFileSync(path, 'utf8').split('\n');
    // A negative id belongs to a standalone backend; 0 and 1 cannot be a database and must never be signalled.
    const pid = Math.abs(Number.parseInt(lines[0] ?? '', 10));
    return pid > 1 ? { pid, isReady: lines[7]?.trim() === 'ready' } : undefined;
  } catch {
    return undefined;
  }
}

/** The preferred port if it is free on the loopback address, else any free one. */
async function findFreePort(preferred: number): Promise<number> {
  const free = await new Promise<number | undefined>((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(undefined));
    probe.listen(preferred, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
  return free ?? findFreePort(0);
}

function openLog(path: string) {
  const sizeBytes = existsSync(path) ? statSync(path).size : 0;
  if (sizeBytes > logLimitBytes) renameSync(path, `${path}.1`);
  const descriptor = openSync(path, 'a', 0o600);
  const startBytes = sizeBytes > logLimitBytes ? 0 : sizeBytes;
  return {
    descriptor,
    readNewest: () => readFileSync(path).subarray(startBytes).toString('utf8').slice(-2000).trim(),
  };
}
