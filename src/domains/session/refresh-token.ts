import { createHash, randomBytes } from 'node:crypto';

/** A new refresh token: 256 random bits, base64url. */
export const newRefreshToken = (): string => randomBytes(32).toString('base64url');

/**
 * What the database keeps of a refresh token. A plain SHA-256 will do: nobody can
 * search 256 random bits, so there is nothing for a slow or salted hash to slow down.
 */
export const hashRefreshToken = (token: string): string =>
  createHash('sha256').update(token).digest('base64url');
