import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { AlreadyRunningError, takeLock } from '../../src/core/database/embedded-lock.ts';
import { postmasterOwnership, processIdentity } from '../../src/core/database/embedded-process.ts';
import { temporaryFolder } from './held-database.ts';

const folder = temporaryFolder();
let path: string;
let count = 0;

beforeEach(() => {
  path = join(folder.path, `lock-${count++}`);
});

afterAll(() => folder.remove());

describe('the lock of a database', () => {
  test('is refused while its holder lives, with the process and the address', () => {
    const lock = takeLock(path, '/srv/data');
    lock.announce('http://127.0.0.1:4000');
    try {
      takeLock(path, '/srv/data');
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(AlreadyRunningError);
      expect(error).toMatchObject({ pid: process.pid, address: 'http://127.0.0.1:4000' });
      expect((error as Error).message).toContain('/srv/data');
    }
    lock.release();
    takeLock(path, '/srv/data').release();
  });

  test('of a killed holder whose process id was given away again is taken over', () => {
    writeFileSync(path, JSON.stringify({ pid: process.ppid, identity: 'an earlier boot:1' }));
    const lock = takeLock(path, '/srv/data');
    expect(JSON.parse(readFileSync(path, 'utf8')).pid).toBe(process.pid);
    lock.release();
  });

  test.each(['', '{"pid":', 'null', '{}'])('left half written as %j is taken over', (text) => {
    writeFileSync(path, text);
    takeLock(path, '/srv/data').release();
  });

  test('leaves no file behind', () => {
    const lock = takeLock(path, '/srv/data');
    lock.announce('http://127.0.0.1:4000');
    lock.release();
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test('is not released by a former holder', () => {
    const former = takeLock(path, '/srv/data');
    const taken = JSON.stringify({ pid: process.ppid, identity: processIdentity(process.ppid) });
    writeFileSync(path, taken);
    former.release();
    expect(readFileSync(path, 'utf8')).toBe(taken);
  });
});

describe('a process', () => {
  test('that has ended has no identity', () => {
    // Linux gives out no process id as high.
    expect(processIdentity(2 ** 30)).toBeUndefined();
  });

  test('that is no PostgreSQL is never taken for the one of a data folder', () => {
    expect(postmasterOwnership(process.pid, '/srv/data/postgres')).toBe('none');
  });
});
