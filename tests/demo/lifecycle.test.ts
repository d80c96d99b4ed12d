import { afterEach, expect, test } from 'vitest';
import { lifecycle } from '../../src/cli/lifecycle.steps.ts';
import { play, StepFailed } from '../../src/cli/lifecycle.story.ts';
import { openWorld, type World } from '../../src/cli/lifecycle.world.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let world: World | undefined;
let database: TestDatabase | undefined;
afterEach(async () => {
  await world?.close();
  await database?.close();
  world = undefined;
  database = undefined;
});

async function found(language: 'zh' | 'en'): Promise<World> {
  database = await createTestDatabase();
  world = await openWorld({ ownerUrl: database.url, apiUrl: database.apiUrl, language });
  return world;
}

test.each(['zh', 'en'] as const)(
  'the life of a file is played to its end through the API, every step as expected, in %s',
  async (language) => {
    const lines: string[] = [];
    await play(await found(language), lifecycle, (line) => lines.push(line));
    const named = lines.flatMap((line) => /\[([a-z-]+)\]$/.exec(line)?.[1] ?? []);
    expect(named).toEqual(lifecycle.map(({ name }) => name));
    expect(new Set(named).size).toBe(named.length);
    const days = lines.flatMap((line) => /^ ?\d+\. (\d{4}-\d{2}-\d{2})/.exec(line)?.[1] ?? []);
    expect(days).toEqual([...days].sort());
    expect(Date.parse(days.at(-1) as string) - Date.parse(days[0] as string)).toBeGreaterThan(
      365 * 86_400_000,
    );
  },
);

test('an unexpected answer ends the story with the name of its step, and none follows', async () => {
  const lines: string[] = [];
  const [first, ...others] = lifecycle;
  const wrong = {
    ...(first as (typeof lifecycle)[0]),
    name: 'wrong',
    act: async () => Promise.reject(new Error('no')),
  };
  const playing = play(await found('en'), [first as (typeof lifecycle)[0], wrong, ...others], (line) =>
    lines.push(line),
  );
  await expect(playing).rejects.toThrow(StepFailed);
  await expect(playing).rejects.toMatchObject({ step: 'wrong', message: 'wrong: no' });
  expect(lines.some((line) => line.includes('[refuse-vague-entry]'))).toBe(false);
});
