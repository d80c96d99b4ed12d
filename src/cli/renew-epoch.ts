// `npm run renew-epoch`, after a database was restored and before it is opened again: clients then reload everything
// instead of resuming from positions that now belong to other events.
import { loadConfig } from '../config/config.ts';
import { renewEpoch } from '../core/changes/retention.ts';
import { connect } from '../core/database/database.ts';
import { startEmbeddedDatabase } from '../core/database/embedded.ts';

async function renew(): Promise<void> {
  const { databaseUrl, migrationDatabaseUrl, dataDir } = loadConfig();
  const embedded = databaseUrl ? null : await startEmbeddedDatabase({ dataDir, log: console.log });
  const { db, close } = connect({
    url: embedded?.url ?? migrationDatabaseUrl ?? databaseUrl ?? '',
    poolSize: 1,
  });
  try {
    const epoch = await renewEpoch(db);
    console.log(
      `The event log is in a new epoch, ${epoch}: every cursor has expired. (事件日志已换代，旧游标全部失效。)`,
    );
  } finally {
    await close();
    await embedded?.stop();
  }
}

try {
  await renew();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
