import { basename, extname } from 'node:path';
import { parseArgs } from 'node:util';
import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import type { Config } from '../../config/config.ts';
import { fileOwners, importers } from '../../core/access/policy.ts';
import { Role } from '../../core/access/role.ts';
import { ChangeSource } from '../../core/database/change-source.enums.ts';
import { connect, type Database } from '../../core/database/database.ts';
import {
  AlreadyRunningError,
  runningDatabaseUrl,
  startEmbeddedDatabase,
} from '../../core/database/embedded.ts';
import { migrateDatabase } from '../../core/database/migrate.ts';
import { setInitially } from '../../core/settings/live-settings.ts';
import { employee } from '../../domains/employee/employee.table.ts';
import { readHeadings } from './csv.read.ts';
import { ImportStopped, importFile, needsOwner, passesOf, rehearse, type Summary } from './file.import.ts';
import { readMapping } from './mapping.read.ts';
import type { Mapping } from './mapping.types.ts';
import { exportMapping } from './own-export.mapping.ts';
import { type Log, openProgress } from './progress.write.ts';
import { openReport } from './report.write.ts';

const usage = `npm run import -- --mapping FILE --file CSV [options]

Several pairs are imported in their order (多组依次导入): --mapping A --file A.csv --mapping B --file B.csv

  --mapping FILE  which columns make which records, see mappings/README.md (映射文件);
                  the word export for a CSV file that this system exported (本系统导出的文件)
  --file CSV      the file to import (要导入的文件)
  --dry-run       report only, change nothing (只检查，不写入)
  --report FILE   default: <name of the CSV>.import-report.csv in the working folder (报告文件)
  --owner EMAIL   who owns what the file gives no owner (缺省的对接人)
  --as EMAIL      whose work it is in history: an active administrator, data steward or manager (操作人)`;

interface Command {
  files: { mapping: Mapping; path: string; report: string }[];
  isDryRun: boolean;
  owner: string | undefined;
  author: string | undefined;
}

/**
 * `npm run import`: imports files exported from other systems into the customer files of the configured database.
 * Throws, with the usage or every mistake in the mapping, before it touches the database; later for a file that cannot
 * be read.
 */
export async function runImport(args: string[], loadConfig: () => Config, log: Log): Promise<void> {
  const command = await readCommand(args);
  if (!command) return log(usage);
  const config = loadConfig();
  const { organisationTimeZone: timeZone } = config;
  await withDatabase(config, log, async (url) => {
    await migrateDatabase(url);
    // A single connection, which holds the temporary table of the records seen in a file.
    const { db, close } = connect({ url, poolSize: 1, isOneSession: true, statementTimeoutMs: 120_000 });
    try {
      const work = async (on: Database) => {
        // As the server does: it may not have been started yet.
        await setInitially(on, { timeZone });
        await importFiles(on, command, log);
      };
      if (command.isDryRun) await rehearse(db, work);
      else {
        await work(db);
        await refreshStatistics(db);
      }
    } finally {
      await close();
    }
  });
}

/** How the search is planned depends on how many names hold a word; PostgreSQL by itself would count after a minute. */
async function refreshStatistics(db: Database): Promise<void> {
  for (const table of ['customer', 'contact', 'customer_search'])
    await db.execute(sql`analyze ${sql.identifier(table)}`);
}

/** Parses the arguments; undefined where only help is requested. */
async function readCommand(args: string[]): Promise<Command | undefined> {
  const { values } = parseArgs({
    args,
    options: {
      mapping: { type: 'string', multiple: true, default: [] },
      file: { type: 'string', multiple: true, default: [] },
      'dry-run': { type: 'boolean', default: false },
      report: { type: 'string' },
      owner: { type: 'string' },
      as: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const paths = values.file;
  const isPaired = paths.length > 0 && paths.length === values.mapping.length;
  if (!isPaired || (values.report !== undefined && paths.length > 1)) throw new Error(usage);
  const files = await Promise.all(
    paths.map(async (path, index) => ({
      path,
      mapping: await mappingOf(values.mapping[index] ?? '', path),
      report: values.report ?? `${basename(path, extname(path))}.import-report.csv`,
    })),
  );
  for (const { mapping } of files) {
    if (needsOwner(mapping) && !mapping.owner && !values.owner) {
      throw new Error(
        `What ${mapping.source} brings must have an owner: name one with --owner EMAIL. (请用 --owner 指定对接人的邮箱。)`,
      );
    }
  }
  return { files, isDryRun: values['dry-run'], owner: values.owner, author: values.as };
}

/** The mapping of a file, or for the word `export` the one that follows from the headings of an export of customers. */
const mappingOf = async (name: string, path: string): Promise<Mapping> =>
  name === 'export' ? exportMapping(await readHeadings(path), path) : readMapping(name);

/** Runs `work` on the configured database, or on the embedded one, which is started unless a server already runs it. */
async function withDatabase(config: Config, log: Log, work: (url: string) => Promise<void>): Promise<void> {
  if (config.databaseUrl) return work(config.migrationDatabaseUrl ?? config.databaseUrl);
  const started = await startEmbeddedDatabase({ dataDir: config.dataDir, log }).catch((error) => {
    // Without an address, the other process is still starting, or is another import.
    if (error instanceof AlreadyRunningError && error.address !== undefined) return undefined;
    throw error;
  });
  try {
    await work(started?.url ?? runningDatabaseUrl(config.dataDir));
  } finally {
    await started?.stop();
  }
}

async function importFiles(
  db: Database,
  { files, isDryRun, owner, author }: Command,
  log: Log,
): Promise<void> {
  const reader = author === undefined ? null : await findEmployee(db, author, importers);
  const stop = stopOnSignal();
  try {
    for (const { mapping, path, report: reportPath } of files) {
      const ownerEmail = owner ?? mapping.owner;
      const ownerId = ownerEmail === undefined ? null : (await findEmployee(db, ownerEmail, fileOwners)).id;
      const report = openReport(reportPath);
      const progress = await openProgress(path, passesOf(mapping).length, log);
      const origin = { actorId: reader?.id ?? null, source: ChangeSource.IMPORT };
      const sumUp = (summary: Summary) => {
        progress.end();
        for (const line of describe(basename(path), summary, { isDryRun, seconds: progress.seconds() }))
          log(line);
        log(`  Report of what was left out, refused or looks wrong: ${reportPath} (未导入及存疑内容的报告)`);
      };
      try {
        const { onBytes, onProgress } = progress;
        const options = { mapping, path, origin, ownerId, now: new Date(), reader, report };
        const summary = await importFile(db, { ...options, onBytes, onProgress, signal: stop.signal });
        sumUp(summary);
        if (summary.stoppedAfterLine !== null) {
          const line = summary.stoppedAfterLine;
          throw new Error(
            `Stopped after line ${line}; run it again to continue. (已在第${line}行后停止，可重新运行以继续。)`,
          );
        }
      } catch (error) {
        if (error instanceof ImportStopped && error.summary.rows > 0) sumUp(error.summary);
        throw error;
      } finally {
        progress.end();
        await report.close();
      }
    }
  } finally {
    stop.release();
  }
}

/** Lets the batch being written end before the process does: whoever stops an import learns what it did. */
function stopOnSignal() {
  const controller = new AbortController();
  const stop = () => controller.abort();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
  return {
    signal: controller.signal,
    release: () => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.off(signal, stop);
    },
  };
}

async function findEmployee(
  db: Database,
  email: string,
  roles: readonly Role[],
): Promise<{ id: string; role: Role }> {
  const [found] = await db
    .select({ id: employee.id, role: employee.role })
    .from(employee)
    .where(
      and(
        eq(sql`lower(${employee.email})`, email.trim().toLowerCase()),
        isNull(employee.disabledAt),
        inArray(employee.role, [...roles]),
      ),
    );
  if (found) return found;
  const names = roles.length === Object.values(Role).length ? '' : ` of role ${roles.join(', ')}`;
  throw new Error(`${email} is no active employee${names}. (${email} 不是符合条件的在职员工。)`);
}

function describe(
  file: string,
  { rows, blank, unreadable, tallies }: Summary,
  { isDryRun, seconds }: { isDryRun: boolean; seconds: number },
): string[] {
  const outcome = isDryRun ? 'would be imported; nothing was changed (试运行，未写入)' : 'imported (已导入)';
  const lines = [...tallies].map(
    ([name, { created, updated, unchanged, refused, repeated }]) =>
      `  ${name}: ${created} created, ${updated} updated, ${unchanged} unchanged, ${refused} refused` +
      `${repeated > 0 ? `, ${repeated} exact repeats` : ''} ` +
      `(新建 ${created}，更新 ${updated}，未变 ${unchanged}，拒绝 ${refused}${repeated > 0 ? `，重复 ${repeated}` : ''})`,
  );
  const elsewhere = [...tallies.values()].reduce((sum, tally) => sum + tally.elsewhere, 0);
  if (elsewhere > 0)
    lines.push(
      `  ${elsewhere} likely duplicates in files you may not see (无权查看的档案中疑似重复 ${elsewhere} 份)`,
    );
  if (unreadable > 0) lines.push(`  ${unreadable} rows with too many cells (列数过多 ${unreadable} 行)`);
  if (blank > 0) lines.push(`  ${blank} blank rows passed over (略过空行 ${blank} 行)`);
  return [`${file}: ${rows} rows in ${seconds.toFixed(1)} s, ${outcome}`, ...lines];
}
