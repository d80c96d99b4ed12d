import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Distinguishes the process with this id from a later one with the same id: the moment it started.
 *
 * `undefined` if there is no such process; an empty string if it runs but nothing more can be learned.
 */
export function processIdentity(pid: number): string | undefined {
  if (!isAlive(pid)) return undefined;
  if (process.platform === 'linux') {
    const stat = readOr(`/proc/${pid}/stat`);
    if (!stat) return '';
    // The second field is the program's name in parentheses and may contain spaces; the rest are plain fields.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' || state === 'X') return undefined;
    return `${readOr('/proc/sys/kernel/random/boot_id').trim()}:${fields[18]}`;
  }
  return runPs(pid, 'lstart=');
}

/**
 * Whether the process with this identity is still running. Unknown counts as running: better to refuse than to do harm.
 */
export function isSameProcess(pid: number, identity: string): boolean {
  const present = processIdentity(pid);
  return present !== undefined && (present === identity || present === '' || identity === '');
}

/**
 * Whether this process is the postmaster of this data folder: `ours`, `foreign` (another PostgreSQL) or `none`.
 *
 * Determined by the command line we started it with. The link `/proc/<pid>/cwd` would say the same, but root without
 * CAP_SYS_PTRACE (in any Docker container) may not read it for another user's process.
 */
export function postmasterOwnership(pid: number, dataDirectory: string): 'ours' | 'foreign' | 'none' {
  if (processIdentity(pid) === undefined) return 'none';
  if (process.platform === 'win32') return 'ours';
  const command =
    process.platform === 'linux'
      ? readOr(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')
      : runPs(pid, 'command=');
  if (command.includes(`postgres -D ${dataDirectory} -c `)) return 'ours';
  return /\bpost(gres|master)\b/.test(command) ? 'foreign' : 'none';
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function runPs(pid: number, column: string): string {
  if (process.platform === 'win32') return '';
  try {
    return execFileSync('ps', ['-ww', '-o', column, '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
}
