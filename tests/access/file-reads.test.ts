import { expect, test } from 'vitest';
import { type FileReads, logReads } from '../../src/core/access/access-log-port.ts';
import type { AccessClass } from '../../src/core/access/policy.ts';

const reads: FileReads[] = [
  { classes: ['contact', 'personal'], fields: ['Contact.phone', 'Contact.birthday'], customerIds: ['1'] },
];

/** A context whose log cannot take some classes, and answers when it is told to. */
function contextOf(refused: AccessClass[], logging: Promise<void>[] | null) {
  const told: unknown[] = [];
  let answer: () => void = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const noteReads = async (_occasion: unknown, ...what: unknown[]) => {
    told.push(what);
    await answered;
    return refused;
  };
  const ctx = { accessLog: { noteReads }, unlogged: new Set<AccessClass>(), logging };
  return { ctx: ctx as unknown as Parameters<typeof logReads>[0], told, answer: () => answer() };
}

test('where an operation cannot be run again, a read waits for its entry and withholds what has none', async () => {
  const { ctx, told, answer } = contextOf(['personal'], null);
  let isOver = false;
  const logged = logReads(ctx, reads, 'OWN').then(() => {
    isOver = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(isOver).toBe(false);
  answer();
  await logged;
  expect(told).toEqual([[reads, 'OWN']]);
  expect([...ctx.unlogged]).toEqual(['personal']);
});

test('elsewhere the entry is on its way while the answer is made, for who sends it to wait for', async () => {
  const { ctx, answer } = contextOf(['personal'], []);
  await logReads(ctx, reads);
  expect(ctx.logging).toHaveLength(1);
  expect([...ctx.unlogged]).toEqual([]);
  answer();
  await Promise.all(ctx.logging ?? []);
  expect([...ctx.unlogged]).toEqual(['personal']);
});

test('nothing read is nothing to log', async () => {
  const { ctx, told } = contextOf([], []);
  await logReads(ctx, []);
  expect([told, ctx.logging]).toEqual([[], []]);
});
