import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Account, canEnter, findAccount, isRoot } from './embedded-account.ts';

/** Where an embedded database lives. */
export interface DatabaseHome {
  /**
   * Holds the lock, the log and the password. Owned by us, never by the account, so that the account cannot plant links
   * for root.
   */
  directory: string;
  /** The PostgreSQL data folder, mode 700, owned by the account. Absent before the first start. */
  dataDirectory: string;
  /** Where the PostgreSQL programs are copied to if the installed ones cannot be used. */
  programDirectory: string;
  /** Who runs PostgreSQL; `undefined` means the current user. */
  account: Account | undefined;
  /** Contains data of an earlier `dataDir` at the same path that the operator has since deleted. */
  isLeftOver: boolean;
}

/** Not affected by the mode of any home folder; the second is for containers with a read-only root file system. */
const stateFolders = () => ['/var/lib/customer-file', join(tmpdir(), 'customer-file')];

/**
 * Finds or creates the home of the database that belongs to `dataDir`.
 *
 * It is `dataDir` itself, unless we are root and the account that has to run PostgreSQL cannot enter it (below `/root`,
 * for example). Then it is a folder in the system's state folder, and `dataDir` holds a note with its path. Throws if
 * an existing database can no longer be reached.
 */
export function findHome(dataDir: string): DatabaseHome {
  mkdirSync(dataDir, { recursive: true });
  const directory = realpathSync(dataDir);
  if (!isRoot) return home(directory, directory, undefined);

  const existing = join(directory, 'postgres');
  if (existsSync(existing)) return home(directory, directory, ownerWhoCanEnter(existing));
  const account = findAccount();
  const noted = readNote(directory);
  if (noted === undefined && canEnter(directory, account)) return home(directory, directory, account);

  const stateFolder = noted ? dirname(noted) : makeStateFolder();
  const away = noted ?? join(stateFolder, createHash('sha256').update(directory).digest('hex').slice(0, 16));
  makeEnterable(away);
  const kept = join(away, 'postgres');
  if (!existsSync(kept)) return home(away, stateFolder, account);
  return { ...home(away, stateFolder, ownerWhoCanEnter(kept)), isLeftOver: noted === undefined };
}

/** Writes the note in `dataDir` that its database lives elsewhere, and logs it once. Requires the database's lock. */
export function settleHome(home: DatabaseHome, dataDir: string, log: (message: string) => void): void {
  if (home.directory === realpathSync(dataDir)) return;
  if (home.isLeftOver) {
    const aside = `${home.dataDirectory}-${Date.now()}`;
    renameSync(home.dataDirectory, aside);
    log(
      `${dataDir} is new, so the database of its predecessor was moved aside to ${aside}. (旧数据库已移至 ${aside}。)`,
    );
  }
  if (readNote(dataDir) !== undefined) return;
  writeFileSync(join(dataDir, noteName), `${home.directory}\n`);
  log(
    `Running as root, and PostgreSQL's user may not enter ${dataDir}: its data is kept in ${home.directory}. ` +
      `(以 root 运行且 PostgreSQL 的用户无法进入 ${dataDir}，数据保存在 ${home.directory}。)`,
  );
}

const noteName = 'postgres-home';

function home(directory: string, programDirectory: string, account: Account | undefined): DatabaseHome {
  const dataDirectory = join(directory, 'postgres');
  return { directory, dataDirectory, programDirectory, account, isLeftOver: false };
}

/** An existing database is run by the owner of its files, so that `sudo` neither breaks it nor takes it over. */
function ownerWhoCanEnter(dataDirectory: string): Account {
  const { uid, gid } = statSync(dataDirectory);
  if (uid !== 0 && canEnter(dataDirectory, { uid, gid })) return { uid, gid };
  throw new Error(
    `The database in ${dataDirectory} belongs to user ${uid}, who may not enter it or cannot run PostgreSQL: ` +
      `give it back its owner and folder modes, or choose another DATA_DIR. ` +
      `(${dataDirectory} 中的数据库属于用户 ${uid}，该用户无法进入或不能运行 PostgreSQL：请恢复属主与权限，或另选 DATA_DIR。)`,
  );
}

/** Only a folder created by us is trusted, whoever wrote the note. */
function readNote(dataDir: string): string | undefined {
  const note = join(dataDir, noteName);
  const noted = existsSync(note) ? readFileSync(note, 'utf8').trim() : '';
  return stateFolders().includes(dirname(noted)) ? noted : undefined;
}

function makeStateFolder(): string {
  for (const folder of stateFolders()) {
    try {
      makeEnterable(folder);
      return folder;
    } catch {
      // Read-only, or owned by somebody else: try the next one.
    }
  }
  throw new Error(
    'Running as root under a folder that only root may enter, and no system folder can be written to: ' +
      'set DATA_DIR to a folder that everybody may enter. ' +
      '(以 root 运行于仅 root 可进入的目录，且系统目录不可写：请将 DATA_DIR 设为所有用户均可进入的目录。)',
  );
}

/**
 * Creates a folder that others may enter but not write to, whatever the umask; refuses one created by somebody else.
 */
function makeEnterable(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== 0) throw new Error(`${folder} is not a folder of root's`);
  if ((found.mode & 0o777) !== 0o755) chmodSync(folder, 0o755);
}
