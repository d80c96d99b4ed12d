import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { AccessLog } from './access/access-log-port.ts';
import type { AnalystPool } from './access/analyst-pool.ts';
import type { Decisions } from './access/decisions.ts';
import { analysts } from './access/policy.ts';
import type { Role } from './access/role.ts';
import { decideAccess } from './access/shield.ts';
import type { Viewer } from './access/viewer.ts';
import type { Changes } from './changes/changes.ts';
import type { Context } from './context.ts';
import type { Database } from './database/database.ts';
import type { DatabaseHealth } from './database/health.ts';
import type { Replica } from './database/replica.ts';
import { executorOf } from './database/row-loader.ts';
import { createStatements, type InTurn } from './database/statements.ts';
import type { PoolTurns } from './graphql/execution/fair-turn.ts';
import { Locale } from './model/label.ts';
import type { Authority } from './session/authority.ts';
import type { OptimisticViewer } from './session/viewer.loader.ts';
import type { LiveSettings } from './settings/live-settings.ts';
import type { BusinessClock } from './time/business-clock.ts';

/** Shared by all operations of a process. */
export interface AppContext {
  db: Database;
  /** Runs queries received over HTTP, if there is one. */
  replica?: Replica | undefined;
  analystReads: AnalystPool;
  /** How callers share the connections of `db` and of the analysts. */
  turns: PoolTurns;
  changes: Changes;
  authority: Authority;
  accessLog: AccessLog;
  health: Pick<DatabaseHealth, 'requireRoom'>;
  settings: LiveSettings;
  clock: BusinessClock;
  queryCostLimit: number;
  /** Where people reach the server, without a slash at the end. */
  publicUrl: () => string;
}

/** The caller of an operation. */
interface Caller {
  viewer: Viewer | null;
  address: string;
  /** The purpose stated by the client. */
  purpose?: string | null;
  /** The language of messages; default: Chinese. */
  locale?: Locale;
  requestId?: string;
  /** Set if the viewer was authenticated optimistically. */
  optimistic?: OptimisticViewer | undefined;
  /** Aborted when the client has gone. */
  signal?: AbortSignal | undefined;
  /** Statements shared with others; default: their own. */
  statements?: Context['statements'];
  /** Business time of the operation; default: what the clock says. */
  now?: Date;
}

/** A context for one operation, or for one event of a subscription. */
export async function createContext(
  app: AppContext,
  {
    viewer,
    address,
    purpose = null,
    locale = Locale.ZH,
    requestId = randomUUID(),
    optimistic,
    signal,
    statements,
    now = app.clock.now(),
  }: Caller,
): Promise<Context> {
  // Every statement of the operation that waits listens to it.
  if (signal) setMaxListeners(0, signal);
  const {
    db,
    replica,
    analystReads,
    turns,
    changes,
    authority,
    accessLog,
    health,
    settings,
    queryCostLimit,
    publicUrl,
  } = app;
  let isReplicaAdmitted = false;
  const mayUseReplica = () => isReplicaAdmitted;
  const isAnalyst = viewer !== null && analysts.includes(viewer.role);
  const caller = viewer?.id ?? address;
  let takesTurns = false;
  const inTurnToRead: InTurn = (work) =>
    takesTurns ? (isAnalyst ? turns.analystReads : turns.reads).run(work, caller, signal) : work();
  return {
    signal,
    // Named one by one: collecting the rest of an object takes longer than all else here.
    db,
    changes,
    authority,
    accessLog,
    settings: settings.current(),
    renewSettings: settings.refresh,
    queryCostLimit,
    publicUrl,
    mayHaveCommitted: false,
    requireRoom: health.requireRoom,
    viewer,
    verify: optimistic
      ? async () => {
          const found = await optimistic.settle();
          return found === viewer
            ? null
            : createContext(app, { viewer: found, address, purpose, locale, requestId, signal });
        }
      : null,
    decisions: await decisionsOf(viewer),
    unlogged: new Set(),
    withheld: new Map(),
    logging: null,
    operationName: null,
    admitReplica: () => {
      isReplicaAdmitted = true;
    },
    takeTurns: () => {
      takesTurns = true;
    },
    inTurnToWrite: (work) => turns.writes.run(work, caller, signal),
    statements:
      statements ??
      (isAnalyst
        ? analystReads.statements(viewer, mayUseReplica, inTurnToRead)
        : createStatements(
            () => (replica && mayUseReplica() ? replica.query : executorOf(db)),
            optimistic,
            inTurnToRead,
            signal,
          )),
    requestId,
    now,
    address,
    purpose,
    locale,
  };
}

const decisionsByRole = new Map<Role, Readonly<Decisions>>();

/** The policy does not change while the server runs, so shield's rules are evaluated once per role. */
async function decisionsOf(viewer: Viewer | null): Promise<Readonly<Decisions>> {
  if (!viewer) return decideAccess(null);
  const decisions = decisionsByRole.get(viewer.role) ?? Object.freeze(await decideAccess(viewer));
  decisionsByRole.set(viewer.role, decisions);
  return decisions;
}

/** Whether a viewer's data and identity come from the same database, so that both can be read at once. */
export const canAuthenticateOptimistically = ({ replica }: AppContext, { role }: Viewer): boolean =>
  !replica && !analysts.includes(role);
