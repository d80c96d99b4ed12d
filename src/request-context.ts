import { randomUUID } from 'node:crypto';
import type { AnalystReads } from './access/analyst-reads.ts';
import type { AccessLog } from './access/file-reads.ts';
import { analysts } from './access/policy.ts';
import { decideVerdicts } from './access/shield.ts';
import type { Changes } from './changes/changes.ts';
import type { Context, Viewer } from './context.ts';
import type { Database } from './database/database.ts';
import type { Replica } from './database/replica.ts';
import { asking } from './database/row-lookups.ts';
import { createStatements } from './database/statements.ts';
import type { Authority } from './session/authority.ts';

/** What every operation of a process shares. */
export interface Surroundings {
  db: Database;
  /** Answers queries over HTTP where there is one. */
  replica?: Replica | undefined;
  analystReads: AnalystReads;
  changes: Changes;
  authority: Authority;
  accessLog: AccessLog;
  timeZone: string;
  smallestGroup: number;
  queryCostLimit: number;
}

/** A context for one operation, or for one event of a subscription. */
export async function createContext(
  {
    db,
    replica,
    analystReads,
    changes,
    authority,
    accessLog,
    timeZone,
    smallestGroup,
    queryCostLimit,
  }: Surroundings,
  {
    viewer,
    address,
    requestId = randomUUID(),
  }: { viewer: Viewer | null; address: string; requestId?: string },
): Promise<Context> {
  let isReplicaAdmitted = false;
  const mayUseReplica = () => isReplicaAdmitted;
  return {
    db,
    changes,
    authority,
    accessLog,
    timeZone,
    smallestGroup,
    queryCostLimit,
    viewer,
    verdicts: await decideVerdicts(viewer),
    unlogged: new Set(),
    withheld: new Set(),
    logging: null,
    operationName: null,
    admitReplica: () => {
      isReplicaAdmitted = true;
    },
    statements:
      viewer && analysts.includes(viewer.role)
        ? analystReads.statements(viewer, mayUseReplica)
        : createStatements(() => (replica && mayUseReplica() ? replica.ask : asking(db))),
    requestId,
    now: new Date(),
    address,
  };
}
