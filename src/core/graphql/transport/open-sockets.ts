import { CloseCode } from 'graphql-ws';
import type { Viewer } from '../../access/viewer.ts';
import type { Database } from '../../database/database.ts';
import { type AccessTokenClaims, claimsOf } from '../../session/access-token.ts';
import type { AuthenticatedViewer } from '../../session/authenticate.ts';
import type { Authority } from '../../session/authority.ts';
import { loadViewer } from '../../session/viewer.loader.ts';
import { type AttachedSocket, tooManyRequests } from './socket-transport.ts';

/** A socket whose `connection_init` was accepted. */
export interface Admitted extends AttachedSocket {
  claims: AccessTokenClaims;
  /** As last read from the database; of the role, team and leadership that the socket was admitted with. */
  viewer: Viewer;
  /** What the client says it reads for. */
  purpose: string | null;
}

/** The open sockets of this instance, and whose they are. */
export interface OpenSockets {
  /** Who sends this `authorization`; null when nobody may. */
  authenticate: (authorization: string | undefined) => Promise<AuthenticatedViewer | null>;
  /** False, and the socket closes, when it has gone already or is one too many of its employee's. */
  admit: (carried: AttachedSocket, authenticated: AuthenticatedViewer, purpose: string | null) => boolean;
  /**
   * Takes note of who a socket's viewer is now. False, and the socket closes with 4403, when they are nobody any more or
   * of another role or team, or lead others: what was followed with one role is not what another may follow, and who waited for it would
   * hear of nothing but bookmarks. The client connects again and is answered with the rights it has now.
   */
  staysWith: (admitted: Admitted, viewer: Viewer | null | undefined) => viewer is Viewer;
  /** Looks again who an employee (default: each) is. */
  review: (employeeId?: string) => Promise<void>;
}

export interface OpenSocketsOptions {
  db: Database;
  /** Reviews ask it, behind nobody. */
  reviewDb: Database;
  authority: Authority;
  /** On this instance, at most. */
  socketsPerEmployee: number;
}

/** No socket is open yet. */
export function createOpenSockets({
  db,
  reviewDb,
  authority,
  socketsPerEmployee,
}: OpenSocketsOptions): OpenSockets {
  /** By employee, as the next one: what is heard of one costs the others nothing. */
  const open = new Map<string, Set<Admitted>>();
  const recognising = new Map<string, Set<Recognition>>();

  const close = ({ socket }: AttachedSocket, reason: string): void =>
    socket.close(CloseCode.Forbidden, reason);
  const ofEmployee = (employeeId: string | undefined): Admitted[] =>
    employeeId ? [...(open.get(employeeId) ?? [])] : [...open.values()].flatMap((own) => [...own]);

  const staysWith = (admitted: Admitted, viewer: Viewer | null | undefined): viewer is Viewer => {
    const { role, teamId, leads } = admitted.viewer;
    if (viewer?.role !== role || viewer.teamId !== teamId || viewer.leads.join() !== leads.join()) {
      close(admitted, viewer ? 'Rights changed' : 'Signed out');
      return false;
    }
    admitted.viewer = viewer;
    return true;
  };

  return {
    authenticate: async (authorization) => {
      // Of a change while it is asked who they are the socket would not hear: it is not open yet.
      const claims = await claimsOf(authority.tokens, authorization, new Date());
      if (!claims) return null;
      const recognition: Recognition = { isOutdated: false };
      addTo(recognising, claims.employeeId, recognition);
      try {
        for (;;) {
          recognition.isOutdated = false;
          const viewer = await loadViewer(db, claims, new Date());
          if (!recognition.isOutdated) return viewer && { viewer, claims };
        }
      } finally {
        takeFrom(recognising, claims.employeeId, recognition);
      }
    },
    admit: (carried, { claims, viewer }, purpose) => {
      const { socket } = carried;
      const { employeeId } = claims;
      // It may have gone while its token was checked; then nothing would ever take it off the list.
      if (socket.readyState !== socket.OPEN) return false;
      if ((open.get(employeeId)?.size ?? 0) >= socketsPerEmployee) {
        socket.close(tooManyRequests, 'Too many sockets');
        return false;
      }
      const admitted: Admitted = Object.assign(carried, { claims, viewer, purpose });
      addTo(open, employeeId, admitted);
      const expiry = setTimeout(() => close(admitted, 'Token expired'), msUntil(claims.expiresAt));
      socket.once('close', () => {
        clearTimeout(expiry);
        takeFrom(open, employeeId, admitted);
      });
      return true;
    },
    staysWith,
    review: async (employeeId) => {
      for (const recognition of recognising.get(employeeId ?? '') ?? []) recognition.isOutdated = true;
      const now = new Date();
      await Promise.all(
        ofEmployee(employeeId).map(async (admitted) =>
          staysWith(admitted, await loadViewer(reviewDb, admitted.claims, now)),
        ),
      );
    },
  };
}

/** Somebody being recognised, and whether their rights changed since the database was queried. */
interface Recognition {
  isOutdated: boolean;
}

function addTo<T>(sets: Map<string, Set<T>>, key: string, value: T): void {
  const set = sets.get(key);
  if (set) set.add(value);
  else sets.set(key, new Set([value]));
}

function takeFrom<T>(sets: Map<string, Set<T>>, key: string, value: T): void {
  const set = sets.get(key);
  set?.delete(value);
  if (set?.size === 0) sets.delete(key);
}

/** Longest delay `setTimeout` can hold. */
const maxDelayMs = 2 ** 31 - 1;
const msUntil = (instant: string): number =>
  Math.min(Math.max(Date.parse(instant) - Date.now(), 0), maxDelayMs);
