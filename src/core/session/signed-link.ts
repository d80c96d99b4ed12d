import { createHmac, timingSafeEqual } from 'node:crypto';

/** The employee and session a link was signed for. */
export interface LinkBearer {
  employeeId: string;
  sessionId: string;
}

/** Signs links that a browser can open without a header: valid for one path and one session, for a few minutes. */
export interface LinkAuthority {
  /** The path with its signature. */
  sign: (path: string, bearer: LinkBearer, now: Date) => string;
  /**
   * The bearer of a signed path; null if the signature is not ours, is for another path or has expired. Grants nothing:
   * the caller checks current rights, and that the session is still alive.
   */
  verify: (path: string, signature: string, now: Date) => LinkBearer | null;
}

/** Long enough to open and print a list, too short to be passed around. */
const linkTtlMs = 10 * 60_000;

export function createLinkAuthority(signingKey: string): LinkAuthority {
  // A separate key, so that nothing else signed with the process's key passes for a link.
  const key = createHmac('sha256', signingKey).update('signed link').digest();
  const mac = (path: string, claims: string): string =>
    createHmac('sha256', key).update(`${path}\n${claims}`).digest('base64url');
  return {
    sign: (path, { employeeId, sessionId }, now) => {
      const claims = `${employeeId}.${sessionId}.${now.getTime() + linkTtlMs}`;
      return `${path}?signature=${claims}.${mac(path, claims)}`;
    },
    verify: (path, signature, now) => {
      const [employeeId = '', sessionId = '', expiresAtMs = '', given = ''] = signature.split('.');
      const expected = Buffer.from(mac(path, `${employeeId}.${sessionId}.${expiresAtMs}`));
      const presented = Buffer.from(given);
      const isOurs = expected.length === presented.length && timingSafeEqual(expected, presented);
      return isOurs && Number(expiresAtMs) > now.getTime() ? { employeeId, sessionId } : null;
    },
  };
}
