import { createHash, randomBytes } from 'node:crypto';

/** A new refresh token: 256 random bits, base64url. */
export const newRefreshToken = (): string => randomBytes(32).toString('base64url');

/**
 * The form in which the database stores a refresh token. Plain SHA-256 suffices: 256 random bits cannot be searched, so
 * a slow or salted hash would add nothing.
 */
export const hashRefreshToken = (token: string): string =>
  createHash('sha256').update(token).digest('base64url');
