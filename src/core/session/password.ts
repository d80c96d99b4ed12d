import { availableParallelism } from 'node:os';
import argon2 from '@node-rs/argon2';
import { createSemaphore, type Semaphore } from '../semaphore.ts';

/**
 * OWASP's first choice for argon2id: 19 MiB, two passes, one lane; 18 ms on the machine it was measured on. More would
 * gain little: guesses through the API are throttled to a handful, so the hash only has to slow down somebody with a
 * copy of the table, and every sign-in pays for each increase.
 */
const parameters = { algorithm: 2 /* argon2id */, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Hash of a discarded random password, with the parameters above; verified when there is no account. */
const decoyHash =
  '$argon2id$v=19$m=19456,t=2,p=1$+DhgDHqUQxgyU/OSozR0xw$2bJ5kYT8qXmLEeXdZcpFodwvzoJmve0FWQbkEFBOLm0';

/**
 * Hashing runs on libuv's pool of four threads, which also verifies access tokens and reads files: at most two of them,
 * and at most half of the processors, are used for passwords.
 */
const defaultConcurrency = Math.max(1, Math.min(2, Math.floor(availableParallelism() / 2)));

export interface PasswordHasherOptions {
  /** Hashes computed concurrently, each in 19 MiB of memory. */
  concurrency?: number;
  /** Sign-ins that may wait for their hash: with one thread, 100 wait about two seconds. */
  maxWaiting?: number;
}

export interface PasswordHasher {
  /** The argon2id hash of a new password, in PHC format. Throws RATE_LIMITED if too many are waiting. */
  hash: (password: string) => Promise<string>;
  /**
   * Whether the password matches the hash. Without a hash (no such account, or one without a password) a decoy is
   * verified instead, so that the response takes as long. Throws RATE_LIMITED if too many are waiting.
   */
  verify: (passwordHash: string | null, password: string) => Promise<boolean>;
  /** Hashes currently running and waiting, for metrics. */
  load: Semaphore['load'];
}

/** Creates the single hasher of a process: its limits cover everything hashed through it. */
export function createPasswordHasher({
  concurrency = defaultConcurrency,
  maxWaiting = 100,
}: PasswordHasherOptions = {}): PasswordHasher {
  const { run: pass, load } = createSemaphore({ slots: concurrency, maxWaiting, retryAfterSeconds: 2 });
  return {
    hash: (password) => pass(() => argon2.hash(canonical(password), parameters)),
    verify: async (passwordHash, password) => {
      const matches = await pass(() => argon2.verify(passwordHash ?? decoyHash, canonical(password)));
      return matches && passwordHash !== null;
    },
    load,
  };
}

/** Keyboards compose the same character in different ways. */
const canonical = (password: string): string => password.normalize('NFC');
