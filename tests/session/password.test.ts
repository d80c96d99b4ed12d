import argon2 from '@node-rs/argon2';
import { describe, expect, test, vi } from 'vitest';
import { createSemaphore } from '../../src/core/semaphore.ts';
import { createPasswordHasher } from '../../src/core/session/password.ts';
import { refusal } from './staff.ts';

const { parseOptions } = argon2;

describe('passwords', () => {
  const passwords = createPasswordHasher();

  test('are kept as argon2id with at least 19 MiB, two passes', async () => {
    const stored = await passwords.hash('secret');
    expect(stored).toMatch(/^\$argon2id\$/);
    expect(parseOptions(stored).memoryCost).toBeGreaterThanOrEqual(19_456);
    expect(parseOptions(stored).timeCost).toBeGreaterThanOrEqual(2);
  });

  test('match themselves only, and two hashes of one password differ', async () => {
    const [first, second] = await Promise.all([passwords.hash('secret'), passwords.hash('secret')]);
    expect(first).not.toBe(second);
    expect(await passwords.verify(first, 'secret')).toBe(true);
    expect(await passwords.verify(first, 'Secret')).toBe(false);
  });

  test('match however the keyboard composed their letters', async () => {
    expect(await passwords.verify(await passwords.hash('Zo\u00eb'), 'Zoe\u0308')).toBe(true);
  });

  test('an absent hash costs the same work as a present one and never matches', async () => {
    const stored = await passwords.hash('secret');
    // Still the real thing: only watched, to see what was verified.
    const verify = vi.spyOn(argon2, 'verify');
    await passwords.verify(stored, 'wrong');
    expect(await passwords.verify(null, 'secret')).toBe(false);
    const [present, absent] = verify.mock.calls.map(([verified]) => parseOptions(String(verified)));
    verify.mockRestore();
    expect(present).toBeDefined();
    expect(absent).toEqual(present);
  });
});

describe('a storm of sign-ins', () => {
  test('never computes more hashes at once than the bound', async () => {
    const passwords = createPasswordHasher({ concurrency: 2, maxWaiting: 30 });
    let most = 0;
    const work = Array.from({ length: 12 }, () =>
      passwords.verify(null, 'secret').then(() => {
        most = Math.max(most, passwords.load().running);
      }),
    );
    expect(passwords.load()).toEqual({ running: 2, waiting: 10 });
    await Promise.all(work);
    expect(most).toBe(2);
    expect(passwords.load()).toEqual({ running: 0, waiting: 0 });
  });

  test('is refused as RATE_LIMITED once the queue is full, and served again afterwards', async () => {
    const passwords = createPasswordHasher({ concurrency: 1, maxWaiting: 2 });
    const admitted = Array.from({ length: 3 }, () => passwords.verify(null, 'secret'));
    expect((await refusal(passwords.verify(null, 'secret'))).code).toBe('RATE_LIMITED');
    expect(await Promise.all(admitted)).toEqual([false, false, false]);
    expect(await passwords.verify(null, 'secret')).toBe(false);
  });
});

describe('the turnstile', () => {
  test('lets work through in the order it came, and a failure frees its place', async () => {
    const turnstile = createSemaphore({ slots: 1, maxWaiting: 10, retryAfterSeconds: 1 });
    const order: number[] = [];
    const work = [0, 1, 2, 3].map((n) =>
      turnstile.run(async () => {
        order.push(n);
        if (n % 2 === 0) throw new Error('failed');
      }),
    );
    const outcomes = await Promise.allSettled(work);
    expect(order).toEqual([0, 1, 2, 3]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected', 'fulfilled']);
    expect(turnstile.load()).toEqual({ running: 0, waiting: 0 });
  });

  test('never admits more than its places while work comes and goes', async () => {
    const turnstile = createSemaphore({ slots: 3, maxWaiting: 100, retryAfterSeconds: 1 });
    let inside = 0;
    let most = 0;
    const visit = () =>
      turnstile.run(async () => {
        inside += 1;
        most = Math.max(most, inside);
        await new Promise((resolve) => setImmediate(resolve));
        inside -= 1;
      });
    // Each visitor comes back at the very moment another's place is handed on.
    await Promise.all(Array.from({ length: 20 }, () => visit().then(visit).then(visit)));
    expect(most).toBe(3);
  });

  test('gives each caller their share, callers in turn, and nobody waits for a place that nobody may take', async () => {
    const turnstile = createSemaphore({ slots: 3, slotsPerCaller: 2, maxWaiting: 3, retryAfterSeconds: 1 });
    const begun: string[] = [];
    const finish = new Map<string, () => void>();
    const visit = (caller: string, n: number) =>
      turnstile.run(() => {
        begun.push(`${caller}${n}`);
        return new Promise<void>((resolve) => finish.set(`${caller}${n}`, resolve));
      }, caller);
    const settle = () => new Promise((resolve) => setImmediate(resolve));
    const end = async (name: string) => {
      finish.get(name)?.();
      await settle();
    };
    const work = [1, 2, 3, 4, 5].map((n) => visit('a', n));
    await settle();
    expect(begun).toEqual(['a1', 'a2']);
    expect((await refusal(visit('a', 6))).code).toBe('RATE_LIMITED');
    work.push(...[1, 2, 3].map((n) => visit('b', n)), visit('c', 1));
    await settle();
    // The third place was free for whoever came; from here on they take turns.
    expect(begun).toEqual(['a1', 'a2', 'b1']);
    expect(turnstile.load()).toEqual({ running: 3, waiting: 6 });
    await end('a1');
    await end('b1');
    await end('a2');
    expect(begun.slice(3)).toEqual(['a3', 'b2', 'c1']);
    await end('c1');
    await end('a3');
    await end('b2');
    expect(begun.slice(6)).toEqual(['a4', 'b3', 'a5']);
    for (const name of ['a4', 'b3', 'a5']) await end(name);
    await Promise.all(work);
    expect(turnstile.load()).toEqual({ running: 0, waiting: 0 });
  });
});
