import { createPrivateKey, createPublicKey } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';

export interface TokenAuthorityOptions {
  /** PKCS #8 PEM of an Ed25519 private key. After a key change every client has to refresh once, nothing more. */
  signingKey: string;
  issuer: string;
  audience: string;
  accessTokenTtlMs: number;
}

/**
 * The claims of an access token: the employee and the session. Never a role or a right: those are read from the
 * database.
 */
export interface AccessTokenClaims {
  employeeId: string;
  sessionId: string;
  /** Instant, ISO 8601. A socket opened with the token is closed at this time. */
  expiresAt: string;
}

export interface AccessToken {
  token: string;
  /** Instant, ISO 8601. */
  expiresAt: string;
}

export interface TokenAuthority {
  sign: (subject: { employeeId: string; sessionId: string }, now: Date) => Promise<AccessToken>;
  /** The claims of an unexpired token signed by this authority; null for anything else. */
  verify: (token: string, now: Date) => Promise<AccessTokenClaims | null>;
}

/** The type defined by RFC 9068, so that no other token signed with the same key passes for an access token. */
const tokenType = 'at+jwt';
const algorithm = 'EdDSA';

/** Permitted clock difference between instances. */
const clockToleranceMs = 5_000;

/** Ours have about 350 characters; longer ones are not decoded. */
const maxTokenLength = 1_024;

/** About 5 MB when full. */
const maxRemembered = 10_000;

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Signs and verifies access tokens: JWT, Ed25519 only. Throws if the key is of another type. */
export function createTokenAuthority(options: TokenAuthorityOptions): TokenAuthority {
  const { issuer, audience, accessTokenTtlMs } = options;
  const privateKey = createPrivateKey(options.signingKey);
  if (privateKey.asymmetricKeyType !== 'ed25519') throw new Error('The signing key is not an Ed25519 key.');
  const publicKey = createPublicKey(privateKey);

  // Verifying a signature takes 0.18 ms of processor time, more than parsing a small query, so it is done once per
  // token rather than once per request. Only genuine tokens are cached, so forged ones cannot fill the cache; expiry is
  // checked every time.
  const genuine = new Map<string, AccessTokenClaims>();

  const remember = (token: string, claims: AccessTokenClaims): void => {
    const [oldest] = genuine.keys();
    if (oldest !== undefined && genuine.size >= maxRemembered) genuine.delete(oldest);
    genuine.set(token, claims);
  };

  return {
    async sign({ employeeId, sessionId }, now) {
      // JWT counts in whole seconds: rounded first, so that the client and the token agree on the expiry.
      const expiresAtS = Math.floor((now.getTime() + accessTokenTtlMs) / 1000);
      const token = await new SignJWT({ sid: sessionId })
        .setProtectedHeader({ alg: algorithm, typ: tokenType })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(employeeId)
        .setIssuedAt(now)
        .setExpirationTime(expiresAtS)
        .sign(privateKey);
      return { token, expiresAt: new Date(expiresAtS * 1000).toISOString() };
    },

    async verify(token, now) {
      if (token.length > maxTokenLength) return null;
      const known = genuine.get(token);
      if (known) {
        if (Date.parse(known.expiresAt) + clockToleranceMs > now.getTime()) return known;
        genuine.delete(token);
        return null;
      }
      try {
        const { payload } = await jwtVerify(token, publicKey, {
          algorithms: [algorithm],
          typ: tokenType,
          issuer,
          audience,
          requiredClaims: ['sub', 'sid', 'exp', 'iat'],
          clockTolerance: clockToleranceMs / 1000,
          currentDate: now,
        });
        const { sub, sid, exp } = payload;
        if (!isUuid(sub) || !isUuid(sid) || exp === undefined) return null;
        const claims = { employeeId: sub, sessionId: sid, expiresAt: new Date(exp * 1000).toISOString() };
        remember(token, claims);
        return claims;
      } catch (error) {
        if (error instanceof errors.JOSEError) return null;
        throw error;
      }
    },
  };
}

const isUuid = (value: unknown): value is string => typeof value === 'string' && uuid.test(value);

/** The claims of a genuine token in an `Authorization: Bearer …` header; null for anything else. */
export function claimsOf(
  { verify }: Pick<TokenAuthority, 'verify'>,
  authorization: string | undefined,
  now: Date,
): Promise<AccessTokenClaims | null> | null {
  const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  return token ? verify(token, now) : null;
}
