import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** The user that runs PostgreSQL if this process is root, which PostgreSQL refuses. */
export interface Account {
  uid: number;
  gid: number;
}

export const isRoot = process.getuid?.() === 0;

/**
 * The unprivileged user to run PostgreSQL as: `postgres` if the machine has one, else `nobody`.
 *
 * It must exist on the machine: initdb refuses a bare number ("could not look up effective user ID"). No user is
 * created, because that would silently change the machine.
 */
export function findAccount(passwdFile = '/etc/passwd'): Account {
  const lines = readFileSync(passwdFile, 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    if (uid && gid && Number(uid) !== 0) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error(
    'PostgreSQL does not run as root and this machine has no user "postgres" or "nobody" to run it as: ' +
      'add one, run as an ordinary user, or set DATABASE_URL. ' +
      '(PostgreSQL 不能以 root 运行，且本机没有 postgres 或 nobody 用户：请添加其一、改用普通用户，或设置 DATABASE_URL。)',
  );
}

/** Whether the account may enter this folder and all folders above it, according to their mode bits. */
export function canEnter(directory: string, { uid, gid }: Account): boolean {
  const { mode, uid: owner, gid: group } = statSync(directory);
  const bit = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001;
  if ((mode & bit) === 0) return false;
  const parent = dirname(directory);
  return parent === directory || canEnter(parent, { uid, gid });
}
