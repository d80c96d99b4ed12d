import { CloseCode } from 'graphql-ws';
import type { Viewer } from '../context.ts';
import type { Database } from '../database/database.ts';
import type { AccessTokenClaims } from '../session/access-token.ts';
import type { Authority } from '../session/authority.ts';
import { type Recognised, recognise } from '../session/session.service.ts';
import { findViewerTogether } from '../session/viewer.loader.ts';
import { type Carried, tooManyRequests } from './socket-carrier.ts';

/** A socket whose `connection_init` was accepted. */
export interface Admitted extends Carried {
  claims: AccessTokenClaims;
  /** As last read from the database; of the role and team that the socket was admitted with. */
  viewer: Viewer;
  /** What the client says it reads for. */
  purpose: string | null;
}

/** The open sockets of this instance, and whose they are. */
export interface OpenSockets {
  /** Who sends this `authorization`; null when nobody may. */
  recognise: (authorization: string | undefined) => Promise<Recognised | null>;
  /** False, and the socket closes, when it has gone already or is one too many of its employee's. */
  admit: (carried: Carried, recognised: Recognised, purpose: string | null) => boolean;
  /**
   * Takes note of who a socket's viewer is now. False, and the socket closes with 4403, when they are nobody any more or
   * of another role or team: what was followed with one role is not what another may follow, and who waited for it would
   * hear of nothing but bookmarks. The client connects again and is answered with the rights it has now.
   */
  staysWith: (admitted: Admitted, viewer: Viewer | null | undefined) => viewer is Viewer;
  /** Looks again who an employee (default: each) is. */
  review: (employeeId?: string) => Promise<void>;
  /** Closes the sockets of an employee whose rights have changed otherwise than by role and team. */
  end: (employeeId: string) => void;
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
  const open = new Set<Admitted>();
  const openByEmployee = new Map<string, number>();
  /** How often this instance heard that somebody's rights changed. */
  let changes = 0;

  const close = ({ socket }: Carried, reason: string): void => socket.close(CloseCode.Forbidden, reason);
  const ofEmployee = (employeeId: string | undefined): Admitted[] =>
    [...open].filter(({ claims }) => !employeeId || claims.employeeId === employeeId);

  const staysWith = (admitted: Admitted, viewer: Viewer | null | undefined): viewer is Viewer => {
    const { role, teamId } = admitted.viewer;
    if (viewer?.role !== role || viewer.teamId !== teamId) {
      close(admitted, viewer ? 'Rights changed' : 'Signed out');
      return false;
    }
    admitted.viewer = viewer;
    return true;
  };

  return {
    recognise: async (authorization) => {
      // Of a change while it is asked who they are the socket would not hear: it is not open yet.
      for (;;) {
        const changesBefore = changes;
        const recognised = await recognise(db, authority, authorization, new Date());
        if (changes === changesBefore) return recognised;
      }
    },
    admit: (carried, { claims, viewer }, purpose) => {
      const { socket } = carried;
      const { employeeId } = claims;
      // It may have gone while its token was checked; then nothing would ever take it off the list.
      if (socket.readyState !== socket.OPEN) return false;
      const own = openByEmployee.get(employeeId) ?? 0;
      if (own >= socketsPerEmployee) {
        socket.close(tooManyRequests, 'Too many sockets');
        return false;
      }
      const admitted: Admitted = Object.assign(carried, { claims, viewer, purpose });
      open.add(admitted);
      openByEmployee.set(employeeId, own + 1);
      const expiry = setTimeout(() => close(admitted, 'Token expired'), msUntil(claims.expiresAt));
      socket.once('close', () => {
        clearTimeout(expiry);
        open.delete(admitted);
        const left = (openByEmployee.get(employeeId) ?? 1) - 1;
        if (left > 0) openByEmployee.set(employeeId, left);
        else openByEmployee.delete(employeeId);
      });
      return true;
    },
    staysWith,
    review: async (employeeId) => {
      if (employeeId) changes += 1;
      const now = new Date();
      await Promise.all(
        ofEmployee(employeeId).map(async (admitted) =>
          staysWith(admitted, await findViewerTogether(reviewDb, admitted.claims, now)),
        ),
      );
    },
    end: (employeeId) => {
      changes += 1;
      for (const admitted of ofEmployee(employeeId)) close(admitted, 'Rights changed');
    },
  };
}

/** Longest delay `setTimeout` can hold. */
const maxDelayMs = 2 ** 31 - 1;
const msUntil = (instant: string): number =>
  Math.min(Math.max(Date.parse(instant) - Date.now(), 0), maxDelayMs);
