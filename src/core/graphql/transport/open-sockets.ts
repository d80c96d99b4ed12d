import { CloseCode } from 'graphql-ws';
import type { Viewer } from '../../access/viewer.ts';
import type { Database } from '../../database/database.ts';
import type { Locale } from '../../model/label.ts';
import { type AccessTokenClaims, claimsOf } from '../../session/access-token.ts';
import type { AuthenticatedViewer } from '../../session/authenticate.ts';
import type { Authority } from '../../session/authority.ts';
import { loadViewer } from '../../session/viewer.loader.ts';
import { type AttachedSocket, tooManyRequests } from './socket-transport.ts';

/** A socket whose `connection_init` was accepted. */
export interface Admitted extends AttachedSocket {
  claims: AccessTokenClaims;
  /** As last read from the database; role, team and leadership are those the socket was admitted with. */
  viewer: Viewer;
  /** The purpose stated by the client. */
  purpose: string | null;
  /** The language of messages. */
  locale: Locale;
}

/** The open sockets of this instance and their viewers. */
export interface OpenSockets {
  /** The viewer behind an `authorization` value; null if it is not valid. */
  authenticate: (authorization: string | undefined) => Promise<AuthenticatedViewer | null>;
  /** Returns false if the socket has already closed, or closes it if it exceeds its employee's limit. */
  admit: (
    carried: AttachedSocket,
    authenticated: AuthenticatedViewer,
    stated: Pick<Admitted, 'purpose' | 'locale'>,
  ) => boolean;
  /**
   * Updates a socket's viewer. Returns false and closes the socket with 4403 if the viewer is gone or has another role,
   * team or leadership: what one role could follow, another may not, and a client left waiting would receive nothing
   * but bookmarks. The client reconnects and gets the rights it has now.
   */
  staysWith: (admitted: Admitted, viewer: Viewer | null | undefined) => viewer is Viewer;
  /** Reloads an employee (default: all of them) and applies changes to their sockets. */
  review: (employeeId?: string) => Promise<void>;
}

export interface OpenSocketsOptions {
  db: Database;
  /** Used by reviews, so that they do not queue behind requests. */
  reviewDb: Database;
  authority: Authority;
  /** Maximum number of sockets per employee on this instance. */
  socketsPerEmployee: number;
}

/** Creates the registry, with no sockets open. */
export function createOpenSockets({
  db,
  reviewDb,
  authority,
  socketsPerEmployee,
}: OpenSocketsOptions): OpenSockets {
  /** Keyed by employee, like `authenticating`, so that a notification about one costs the others nothing. */
  const open = new Map<string, Set<Admitted>>();
  const authenticating = new Map<string, Set<Recognition>>();

  const close = ({ leave }: AttachedSocket, reason: string): void => leave(CloseCode.Forbidden, reason);
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
      // The socket is not open yet, so it would miss a change of rights during the query.
      const claims = await claimsOf(authority.tokens, authorization, new Date());
      if (!claims) return null;
      const recognition: Recognition = { isOutdated: false };
      addTo(authenticating, claims.employeeId, recognition);
      try {
        for (;;) {
          recognition.isOutdated = false;
          const viewer = await loadViewer(db, claims, new Date());
          if (!recognition.isOutdated) return viewer && { viewer, claims };
        }
      } finally {
        takeFrom(authenticating, claims.employeeId, recognition);
      }
    },
    admit: (carried, { claims, viewer }, stated) => {
      const { socket } = carried;
      const { employeeId } = claims;
      // It may have closed while its token was checked; nothing would then ever remove it.
      if (socket.readyState !== socket.OPEN) return false;
      if ((open.get(employeeId)?.size ?? 0) >= socketsPerEmployee) {
        socket.close(tooManyRequests, 'Too many sockets');
        return false;
      }
      const admitted: Admitted = Object.assign(carried, { claims, viewer, ...stated });
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
      // A review of all marks none: it is periodic, and the next one finds what an authentication in progress has missed.
      for (const recognition of (employeeId && authenticating.get(employeeId)) || [])
        recognition.isOutdated = true;
      const now = new Date();
      await Promise.all(
        ofEmployee(employeeId).map(async (admitted) =>
          staysWith(admitted, await loadViewer(reviewDb, admitted.claims, now)),
        ),
      );
    },
  };
}

/** An authentication in progress, and whether the employee's rights have changed since the database was queried. */
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

/** Longest delay that `setTimeout` supports. */
const maxDelayMs = 2 ** 31 - 1;
const msUntil = (instant: string): number =>
  Math.min(Math.max(Date.parse(instant) - Date.now(), 0), maxDelayMs);
