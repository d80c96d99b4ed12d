import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isSameProcess, processIdentity } from './embedded-process.ts';

/** The lock that one server process holds on one embedded database. */
export interface DatabaseLock {
  /** Records where this server listens, for the message to a process that is refused. */
  announce(address: string): void;
  release(): void;
}

interface Holder {
  pid: number;
  identity: string;
  address?: string;
}

/** Another server is running on this data. The message identifies it. */
export class AlreadyRunningError extends Error {
  readonly pid: number;
  readonly address: string | undefined;

  constructor({ pid, address }: Holder, dataDir: string) {
    const where = address ? `at ${address}` : 'and is still starting';
    const whereInChinese = address ? `地址 ${address}` : '正在启动';
    super(
      `The customer file in ${dataDir} is already running as process ${pid} ${where}. Left alone. ` +
        `(${dataDir} 中的客户档案已在运行：进程 ${pid}，${whereInChinese}。未作改动。)`,
    );
    this.name = 'AlreadyRunningError';
    this.pid = pid;
    this.address = address;
  }
}

/**
 * Takes the lock file; throws `AlreadyRunningError` if its holder is alive.
 *
 * The file names a process and when that process started, so a lock left by a killed server is recognized as stale even
 * if its process id has been reused.
 */
export function takeLock(path: string, dataDir: string): DatabaseLock {
  const mine: Holder = { pid: process.pid, identity: processIdentity(process.pid) ?? '' };
  let waited = false;
  for (;;) {
    if (createFile(path, JSON.stringify(mine))) return heldLock(path, mine);
    const text = readIfThere(path);
    if (text === undefined) continue;
    const holder = parseHolder(text);
    if (holder && isSameProcess(holder.pid, holder.identity)) throw new AlreadyRunningError(holder, dataDir);
    if (!holder && !waited) {
      // The owner may be between creating and filling it; if it stays empty, the owner died there.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
      waited = true;
      continue;
    }
    removeStale(path, text);
  }
}

function heldLock(path: string, mine: Holder): DatabaseLock {
  return {
    announce(address) {
      const draft = `${path}.${mine.pid}`;
      writeFileSync(draft, JSON.stringify({ ...mine, address }));
      renameSync(draft, path);
    },
    release() {
      const holder = parseHolder(readIfThere(path) ?? '');
      if (holder?.pid === mine.pid && holder.identity === mine.identity) rmSync(path, { force: true });
    },
  };
}

/**
 * Moves the file aside before removing it: if a competitor was faster and the file is its fresh lock, it is restored.
 */
function removeStale(path: string, stale: string): void {
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
    if (readIfThere(aside) !== stale) linkSync(aside, path);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function createFile(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as Partial<Holder> | null;
    return Number.isInteger(holder?.pid) ? (holder as Holder) : undefined;
  } catch {
    return undefined;
  }
}
