import { sql } from 'drizzle-orm';
import type { Logger } from 'pino';
import type { AccessLog, FileReads, Occasion } from '../../core/access/access-log-port.ts';
import { policy, strictlyLoggedClasses } from '../../core/access/policy.ts';
import { isOwn } from '../../core/access/row-predicates.ts';
import type { Viewer } from '../../core/access/viewer.ts';
import { type ConnectOptions, connect, type Database, queryJson } from '../../core/database/database.ts';
import { idKindOf, uuidOf } from '../../core/graphql/schema/type-id.ts';
import { fileColumnsOf } from '../../core/model/read-context.ts';
import { partModels } from '../../core/model/registry.ts';
import type { AccessLogKind, AccessReason } from './access-log.table.ts';

/** How long an entry waits for others to be written in the same statement. */
const gatherMs = 200;
/** Most entries per statement. */
const batchSize = 500;
/** Most entries queued while the database is unavailable; beyond it, reads wait for the log too. */
const capacity = 10_000;
/** Most entries queued at all: about 100 MB. Refusals, look-ups and sign-ins beyond it are counted, not kept. */
const defaultMostQueued = 100_000;
const retryAfterMs = 1_000;
/** Most fields recorded per refusal. */
const maxFields = 50;

/** Most ids looked up per refusal. */
const maxRefused = 200;

/** A log entry as it is sent to the database. */
interface Entry {
  occurredAt: string;
  kind: AccessLogKind;
  employeeId: string | null;
  sessionId: string | null;
  classes: readonly string[];
  customerIds: readonly string[];
  fields: readonly string[];
  code: string | null;
  operationName: string | null;
  purpose: string | null;
  rowCount: number | null;
  requestId: string;
  address: string | null;
  reason: AccessReason | null;
  search: string | null;
  /** E-mail address by which the employee is looked up. */
  account: string | null;
  /** Leaves out the reader's own files, and the entry if no others remain. */
  unlessOwn: boolean;
  /** Whether it concerns more files than `customerIds` names. */
  ofMany: boolean;
  /** Writes the entry only if a grant is in force: without one, the reader sees no colleague's file at all. */
  needsGrant: boolean;
  /** The classes for which the grants that allowed the read are looked up. */
  grantedClasses: readonly string[];
}

interface Waiting {
  entry: Entry;
  written?: { resolve: () => void; reject: (error: unknown) => void };
}

/**
 * The access log of this process. It has its own connection, so that no request waits for it unnecessarily.
 *
 * Reads of strictly logged classes are written before the response is sent, batched across requests; all other entries
 * within {@link gatherMs}. While the database cannot be written to, entries are queued; when {@link capacity} of them
 * are, reads wait for the log too. Dropped are only entries that the database refuses for their content, and those that
 * nobody waits for while `mostQueued` are queued; both are reported.
 */
export function openAccessLog({
  url,
  log,
  mostQueued = defaultMostQueued,
}: Pick<ConnectOptions, 'url'> & { log: Logger; mostQueued?: number }): AccessLog {
  const connection = connect({ url, poolSize: 1, statementTimeoutMs: 5_000 });
  const queue: Waiting[] = [];
  /** How many entries were not kept since the last that was written. */
  let lost = 0;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;
  /** A batch was refused, so entries are written one by one to find the one that causes it. */
  let isSingling = false;
  let lastFailure: unknown;

  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    writing ??= writeOut().finally(() => {
      writing = undefined;
      if (queue.some(({ written }) => written)) void flush();
      else if (queue.length > 0) timer ??= setTimeout(flush, gatherMs);
    });
    return writing;
  };

  const writeOut = async (): Promise<void> => {
    while (queue.length > 0) {
      const batch = queue.splice(0, isSingling ? 1 : batchSize);
      try {
        await insertEntries(
          connection.db,
          batch.map(({ entry }) => entry),
        );
        for (const { written } of batch) written?.resolve();
        reportLost();
      } catch (error) {
        lastFailure = error;
        log.error({ ...describeFailure(error), entries: batch.length }, 'access log: not written');
        for (const { written } of batch) written?.reject(error);
        const unwritten = batch.filter(({ written }) => !written);
        // An entry that the database refuses for its content must not block the others for ever.
        if (isRefusedForGood(error) && isSingling) continue;
        isSingling = isRefusedForGood(error);
        queue.unshift(...unwritten);
        if (isSingling) continue;
        timer ??= setTimeout(flush, retryAfterMs);
        return;
      }
    }
    isSingling = false;
  };

  const reportLost = (): void => {
    if (lost > 0) log.error({ entries: lost }, 'access log: entries lost while none could be written');
    lost = 0;
  };
  const note = (entry: Entry): void => {
    if (queue.length >= mostQueued) {
      lost += 1;
      return;
    }
    queue.push({ entry });
    if (queue.length >= batchSize) void flush();
    else timer ??= setTimeout(flush, gatherMs);
  };
  const write = (entries: Entry[]): Promise<unknown> => {
    const written = entries.map(
      (entry) => new Promise<void>((resolve, reject) => queue.push({ entry, written: { resolve, reject } })),
    );
    void flush();
    return Promise.all(written);
  };

  return {
    noteReads: async (occasion, reads, unless) => {
      const entries = reads.map((read) => ({
        ...entryOf('READ', occasion, read),
        unlessOwn: unless === 'OWN',
        ...(read.query !== undefined && ofMany(occasion, read)),
      }));
      const classes = new Set(reads.flatMap((read) => read.classes));
      const isStrict = strictlyLoggedClasses.some((access) => classes.has(access));
      if (!isStrict && queue.length < capacity) {
        entries.forEach(note);
        return [];
      }
      try {
        await write(entries);
        return [];
      } catch {
        return [...classes].filter(
          (access) => queue.length >= capacity || strictlyLoggedClasses.includes(access),
        );
      }
    },
    noteRefusal: (occasion, { code, fields, ids = [] }) =>
      note({
        ...entryOf('REFUSED', occasion),
        code,
        fields: fields.slice(0, maxFields),
        customerIds: ids
          .filter((id) => idKindOf(id) !== null)
          .slice(0, maxRefused)
          .map(uuidOf),
      }),
    noteLookup: (occasion, lookup) =>
      note({ ...entryOf('LOOKED_UP', occasion), ...lookup, classes: ['card'], reason: 'DIRECTORY' }),
    noteExport: (occasion, { kind, ...details }) => write([{ ...entryOf(kind, occasion), ...details }]),
    noteSignIn: (occasion, { account, sessionId }) =>
      note({
        ...entryOf(sessionId === null ? 'SIGN_IN_REFUSED' : 'SIGNED_IN', occasion),
        sessionId,
        // A lone surrogate is legal in JSON but not in the database.
        account: Buffer.from(account.replaceAll('\0', '')).toString(),
      }),
    lastFailure: () => lastFailure,
    close: async () => {
      await flush();
      if (queue.length > 0) log.error({ entries: queue.length }, 'access log: entries lost at the end');
      reportLost();
      clearTimeout(timer);
      queue.length = 0;
      await connection.close();
    },
  };
}

/** PostgreSQL's classes 22 (data exception) and 23 (integrity constraint): the same entry would fail again. */
const isRefusedForGood = (error: unknown): boolean => /^2[23]/.test(String(causeOf(error).code ?? ''));

const causeOf = (error: unknown): { code?: unknown } =>
  ((error as { cause?: unknown } | null)?.cause ?? error) as { code?: unknown };

/** Leaves out parameters and message: both may quote entries, which do not belong in the server's log. */
const describeFailure = (error: unknown) => ({ database: { code: causeOf(error).code } });

/** The further fields of an entry about an unbounded set of files. */
function ofMany({ viewer }: Occasion, { query, classes }: FileReads): Partial<Entry> {
  const { files, read } = policy[(viewer as Viewer).role];
  return {
    search: query || null,
    ofMany: true,
    needsGrant: files === 'OWN',
    grantedClasses: classes.filter((access) => read[access] !== 'ALL'),
  };
}

const noReads: FileReads = { classes: [], fields: [], customerIds: [] };

const entryOf = (
  kind: AccessLogKind,
  { viewer, operationName, requestId, address, purpose, reason }: Occasion,
  { classes, fields, customerIds }: FileReads = noReads,
): Entry => ({
  occurredAt: new Date().toISOString(),
  kind,
  employeeId: viewer?.id ?? null,
  sessionId: viewer?.sessionId ?? null,
  classes,
  customerIds,
  fields,
  code: null,
  purpose,
  reason: reason ?? null,
  search: null,
  rowCount: null,
  operationName: operationName?.slice(0, 200) ?? null,
  requestId,
  address,
  account: null,
  unlessOwn: false,
  ofMany: false,
  needsGrant: false,
  grantedClasses: classes,
});

/** The file `f` is not the own file of the employee of the entry `e`. */
const notOwn = sql`(${isOwn({ id: sql`e."employeeId"` }, fileColumnsOf('f'))}) is not true`;

/** The files that the ids of a refused entry `e` lead to: whoever is refused may name what there is not. */
const filesNamed = () =>
  sql`array(${sql.join(
    [
      sql`select f.id from customer f where f.id = any (e."customerIds")`,
      ...partModels().map(
        ({ tableName }) =>
          sql`select r.customer_id from ${sql.raw(tableName)} r where r.id = any (e."customerIds") and r.customer_id is not null`,
      ),
    ],
    sql` union `,
  )})`;

/**
 * Writes entries, each with the grants that the read was based on: those that were in force then and name one of its
 * classes. There are none where the role reads the class on every file.
 */
const insertEntries = (db: Database, entries: Entry[]) =>
  // A prepared statement: planning each time would take half of its time, and one more round trip.
  queryJson(
    db,
    sql`
    with entry as materialized (
      select e.*,
             case when e.kind = 'REFUSED' then ${filesNamed()}
                  when e."unlessOwn" then array(select f.id from customer f where f.id = any (e."customerIds") and ${notOwn})
                  else e."customerIds" end as files
      from jsonb_to_recordset(${JSON.stringify(entries)}::text::jsonb) e (
        "occurredAt" timestamptz, kind text, "employeeId" uuid, "sessionId" uuid, classes text[], "customerIds" uuid[],
        fields text[], code text, purpose text, reason text, search text, "rowCount" integer, "operationName" text, "requestId" text, address text, account text, "unlessOwn" boolean,
        "ofMany" boolean, "needsGrant" boolean, "grantedClasses" text[])
    ), based as (
      select entry.*,
           array(select g.id from access_grant g
                 where kind = 'READ' and g.grantee_id = "employeeId" and (g.customer_id = any (files) or "needsGrant" or ("ofMany" and cardinality(files) = 0))
                   and g.classes && "grantedClasses" and g.created_at <= "occurredAt" and g.expires_at > "occurredAt"
                   and (g.ended_at is null or g.ended_at > "occurredAt") order by g.id) as grants
      from entry
      where not "unlessOwn" or "ofMany" or cardinality(files) > 0
    )
    insert into access_log (occurred_at, kind, employee_id, session_id, classes, customer_ids, grant_ids, fields, code,
                            purpose, reason, search, row_count, operation_name, request_id, address)
    select "occurredAt", kind, coalesce("employeeId", (select id from employee where lower(email) = lower(account))),
           "sessionId", classes, files, grants, fields, code, purpose,
           coalesce(reason, case when kind = 'READ' then case when cardinality(grants) > 0 then 'GRANT' else 'ROLE' end end),
           search, "rowCount", "operationName", "requestId", address
    from based
    where not "needsGrant" or cardinality(grants) > 0`,
  );
