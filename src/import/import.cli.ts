// `npm run import -- --mapping FILE --file CSV`: brings an export of another system into the customer files.
import { stat } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import { type Config, loadConfig } from '../config.ts';
import { connect, type Database } from '../database/database.ts';
import { AlreadyRunningError, runningDatabaseUrl, startEmbeddedDatabase } from '../database/embedded.ts';
import { migrateDatabase } from '../database/migrate.ts';
import { employee, Role } from '../employee/employee.table.ts';
import { importFile, needsOwner, passesOf, type Summary } from './file.import.ts';
import { readMapping } from './mapping.read.ts';
import type { Mapping } from './mapping.spec.ts';
import { openReport } from './report.write.ts';

const usage = `npm run import -- --mapping FILE --file CSV [options]

Several pairs are imported in their order (多组依次导入): --mapping A --file A.csv --mapping B --file B.csv

  --mapping FILE  which columns make which records, see mappings/README.md (映射文件)
  --file CSV      the file to import (要导入的文件)
  --dry-run       report only, change nothing (只检查，不写入)
  --report FILE   default: <name of the CSV>.import-report.csv in the working folder (报告文件)
  --owner EMAIL   who owns what the file gives no owner (缺省的对接人)
  --as EMAIL      whose work it is in history: an active administrator, data steward or manager (操作人)`;

/** Roles whose holders may be named as the author of an import. */
const importers = [Role.ADMIN, Role.DATA_STEWARD, Role.MANAGER];

interface Command {
  files: { mapping: Mapping; path: string; report: string }[];
  isDryRun: boolean;
  owner: string | undefined;
  author: string | undefined;
}

async function main(): Promise<void> {
  const command = await readCommand();
  await withDatabase(loadConfig(), async (url) => {
    await migrateDatabase(url);
    // One connection: what a file has told is remembered in a temporary table of it.
    const { db, close } = connect({ url, poolSize: 1, statementTimeoutMs: 120_000 });
    try {
      await importFiles(db, command);
    } finally {
      await close();
    }
  });
}

async function readCommand(): Promise<Command> {
  const { values } = parseArgs({
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
  if (values.help) {
    console.log(usage);
    process.exit();
  }
  const paths = values.file;
  const isPaired = paths.length > 0 && paths.length === values.mapping.length;
  if (!isPaired || (values.report !== undefined && paths.length > 1)) throw new Error(usage);
  const files = await Promise.all(
    paths.map(async (path, index) => ({
      path,
      mapping: await readMapping(values.mapping[index] ?? ''),
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

/** The operator's database, or the embedded one: of the server that runs, else started for the import. */
async function withDatabase(config: Config, work: (url: string) => Promise<void>): Promise<void> {
  if (config.databaseUrl) return work(config.databaseUrl);
  const started = await startEmbeddedDatabase({ dataDir: config.dataDir, log: console.error }).catch(
    (error) => {
      if (error instanceof AlreadyRunningError) return undefined;
      throw error;
    },
  );
  try {
    await work(started?.url ?? runningDatabaseUrl(config.dataDir));
  } finally {
    await started?.stop();
  }
}

async function importFiles(db: Database, { files, isDryRun, owner, author }: Command): Promise<void> {
  const actorId = author === undefined ? null : await findEmployee(db, author, importers);
  for (const { mapping, path, report: reportPath } of files) {
    const ownerEmail = owner ?? mapping.owner;
    const ownerId = ownerEmail === undefined ? null : await findEmployee(db, ownerEmail, Object.values(Role));
    const report = openReport(reportPath);
    const bar = await openBar(path, passesOf(mapping).length);
    const startedMs = performance.now();
    const origin = { actorId, source: 'IMPORT' };
    try {
      const summary = await importFile(db, {
        mapping,
        path,
        origin,
        ownerId,
        now: new Date(),
        report,
        isDryRun,
        onBytes: (bytes) => bar?.increment(bytes),
      });
      bar?.stop();
      tell(path, summary, reportPath, isDryRun, (performance.now() - startedMs) / 1000);
    } finally {
      bar?.stop();
      await report.close();
    }
  }
}

async function findEmployee(db: Database, email: string, roles: readonly Role[]): Promise<string> {
  const [found] = await db
    .select({ id: employee.id })
    .from(employee)
    .where(
      and(
        eq(sql`lower(${employee.email})`, email.trim().toLowerCase()),
        isNull(employee.disabledAt),
        inArray(employee.role, [...roles]),
      ),
    );
  if (found) return found.id;
  const names = roles.length === Object.values(Role).length ? '' : ` of role ${roles.join(', ')}`;
  throw new Error(`${email} is no active employee${names}. (${email} 不是符合条件的在职员工。)`);
}

async function openBar(path: string, passes: number): Promise<SingleBar | undefined> {
  if (!process.stderr.isTTY) return undefined;
  const { size } = await stat(path);
  const format = `${basename(path)} [{bar}] {percentage}% | {eta_formatted} left`;
  const bar = new SingleBar({ format, stream: process.stderr, hideCursor: true, clearOnComplete: true });
  bar.start(size * passes, 0);
  return bar;
}

function tell(path: string, summary: Summary, report: string, isDryRun: boolean, seconds: number): void {
  const { rows, unreadable, tallies } = summary;
  const heading = isDryRun ? 'would be imported, nothing was changed (试运行，未写入)' : 'imported (已导入)';
  console.log(`${basename(path)}: ${rows} rows in ${seconds.toFixed(1)} s, ${heading}`);
  for (const [name, { created, updated, unchanged, refused }] of tallies) {
    console.log(
      `  ${name}: ${created} created, ${updated} updated, ${unchanged} unchanged, ${refused} refused ` +
        `(新建 ${created}，更新 ${updated}，未变 ${unchanged}，拒绝 ${refused})`,
    );
  }
  if (unreadable > 0)
    console.log(`  ${unreadable} rows blank or of a wrong length (空行或列数不符 ${unreadable} 行)`);
  console.log(`  What was left out or refused, and why: ${report} (未导入的内容及原因)`);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
