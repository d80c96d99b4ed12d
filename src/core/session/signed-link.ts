import { createHmac, timingSafeEqual } from 'node:crypto';

/** By whose sign-in a link was made. */
export interface LinkBearer {
  employeeId: string;
  sessionId: string;
}

/** Signs links that a browser can open without a header: for one path, one sign-in and a few minutes. */
export interface LinkAuthority {
  /** The path with its signature. */
  sign: (path: string, bearer: LinkBearer, now: Date) => string;
  /**
   * By whose sign-in a path was signed; null for a signature that is not ours, is for another path or has expired.
   * Carries no right: that of the moment is for the caller to look at, and whether the sign-in lives.
   */
  verify: (path: string, signature: string, now: Date) => LinkBearer | null;
}

/** Long enough to open and print a list, too short to be passed around. */
const linkTtlMs = 10 * 60_000;

export function createLinkAuthority(signingKey: string): LinkAuthority {
  // A key of its own: nothing else signed with the process's key passes for a link.
  const key = createHmac('sha256', signingKey).update('signed link').digest();
  const mac = (path: string, claims: string): string =>
    createHmac('sha256', key).update(`${path}\n${claims}`).digest('base64url');
  return {
    sign: (path, { employeeId, sessionId }, now) => {
      const claims = `${employeeId}.${sessionId}.${now.getTime() + linkTtlMs}`;
      return `${path}?signature=${claims}.${mac(path, claims)}`;
    },
    verify: (path, signature, now) => {
      const [employeeId = '', sessionId = '', expiresAtMs = '', given = ''] =
        signature.split('../../domains/session');
      const expected = Buffer.from(mac(path, `${employeeId}.${sessionId}.${expiresAtMs}`));
      const presented = Buffer.from(given);
      const isOurs = expected.length === presented.length && timingSafeEqual(expected, presented);
      return isOurs && Number(expiresAtMs) > now.getTime() ? { employeeId, sessionId } : null;
    },
  };
}
