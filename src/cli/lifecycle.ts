// `npm run demo:lifecycle`: the life of one file, from the first word of a customer to its end, played through the API with a clock that
// jumps, on a database in a temporary folder. `-- --lang en` in English.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { roleOfAddress } from '../core/database/api-role.ts';
import { startEmbeddedDatabase } from '../core/database/embedded.ts';
import { migrateDatabase } from '../core/database/migrate.ts';
import { lifecycle } from './lifecycle.steps.ts';
import { play } from './lifecycle.story.ts';
import { openWorld } from './lifecycle.world.ts';

async function run(): Promise<void> {
  const { values } = parseArgs({ options: { lang: { type: 'string', default: 'zh' } } });
  const { lang: language } = values;
  if (language !== 'zh' && language !== 'en') throw new Error('--lang is zh or en. (--lang 须为 zh 或 en。)');
  const folder = await mkdtemp(join(tmpdir(), 'customer-file-lifecycle-'));
  try {
    const embedded = await startEmbeddedDatabase({ dataDir: join(folder, 'data'), log: () => {} });
    try {
      const { url: ownerUrl, apiUrl } = embedded;
      await migrateDatabase(ownerUrl, { apiRole: roleOfAddress(apiUrl) });
      const world = await openWorld({ ownerUrl, apiUrl, language });
      try {
        console.log(
          language === 'zh'
            ? '一份客户档案的一生（业务时间，可快进）\n'
            : 'The life of a customer’s file (business time, set forward)\n',
        );
        await play(world, lifecycle, console.log);
      } finally {
        await world.close();
      }
    } finally {
      await embedded.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

try {
  await run();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
