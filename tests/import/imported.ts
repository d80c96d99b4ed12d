import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import type { Role } from '../../src/core/access/role.ts';
import { ChangeSource } from '../../src/core/database/change-source.enums.ts';
import type { Database } from '../../src/core/database/database.ts';
import { employee } from '../../src/domains/employee/employee.table.ts';
import { type ImportOptions, importFile } from '../../src/features/import/file.import.ts';
import type { Tally } from '../../src/features/import/import.types.ts';
import { parseMapping } from '../../src/features/import/mapping.read.ts';
import type { Finding } from '../../src/features/import/report.write.ts';

export const now = new Date('2026-08-31T04:30:00.000Z');

export interface Imported {
  rows: number;
  unreadable: number;
  blank: number;
  repeated: number;
  elsewhere: number;
  /** [created, updated, unchanged, refused] by entry. */
  tallies: Record<string, number[]>;
  findings: Finding[];
}

type Options = Partial<Omit<ImportOptions, 'mapping' | 'path' | 'report' | 'reader'>> & {
  reader?: NonNullable<ImportOptions['reader']>;
};

/** Imports a file and keeps what would be reported. */
export async function importPath(
  db: Database,
  yaml: string,
  path: string,
  options: Options = {},
): Promise<Imported> {
  const { mapping, mistakes } = parseMapping(yaml);
  if (mistakes.length > 0) throw new Error(mistakes.join('\n'));
  const findings: Finding[] = [];
  const report = {
    add: async (found: readonly Finding[]) => {
      findings.push(...found);
    },
  };
  const origin = { actorId: null, source: ChangeSource.IMPORT };
  const summary = await importFile(db, {
    origin,
    ownerId: null,
    now,
    reader: null,
    ...options,
    mapping,
    path,
    report,
  });
  const counts = ({ created, updated, unchanged, refused }: Tally) => [created, updated, unchanged, refused];
  const tallies = Object.fromEntries([...summary.tallies].map(([name, tally]) => [name, counts(tally)]));
  const sumOf = (name: 'repeated' | 'elsewhere') =>
    [...summary.tallies.values()].reduce((sum, tally) => sum + tally[name], 0);
  const { rows, unreadable, blank } = summary;
  return {
    rows,
    unreadable,
    blank,
    repeated: sumOf('repeated'),
    elsewhere: sumOf('elsewhere'),
    tallies,
    findings,
  };
}

/** Imports a text or bytes as if they were a file. */
export const importText = (
  db: Database,
  yaml: string,
  csv: string | Buffer,
  options?: Options,
): Promise<Imported> => withFile(csv, (path) => importPath(db, yaml, path, options));

export async function withFile<T>(content: string | Buffer, use: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'import-'));
  try {
    const path = join(folder, 'export.csv');
    await writeFile(path, content);
    return await use(path);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Adds an employee and returns their id. */
export async function addEmployee(db: Database, email: string, role: Role = 'SALES'): Promise<string> {
  const [row] = await db.insert(employee).values({ email, name: email, role }).returning({ id: employee.id });
  return (row as { id: string }).id;
}

/** Everything an import could leave a trace in: rows, versions, history and events. */
export async function traceOf(db: Database): Promise<unknown> {
  const [row] = await db.execute(sql`
    select (select count(*) from file_history) as history,
           (select count(*) from outbox) + (select count(*) from event_log) as events,
           (select coalesce(sum(version), 0) from customer) as customers, (select coalesce(sum(version), 0) from contact) as contacts,
           (select coalesce(sum(version), 0) from deal) as deals, (select coalesce(sum(version), 0) from employee) as employees,
           (select coalesce(sum(version), 0) from team) as teams, (select count(*) from tag) as tags,
           (select count(*) from external_key) as keys`);
  return { ...row };
}

/** The one value of the one row that a statement yields. */
export async function valueOfQuery(db: Database, statement: ReturnType<typeof sql>): Promise<unknown> {
  const [row] = await db.execute(statement);
  return Object.values(row ?? {})[0];
}
