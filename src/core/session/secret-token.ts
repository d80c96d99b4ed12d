import { createHash, randomBytes } from 'node:crypto';

/** A new secret for a link or a cookie: 256 random bits, base64url. */
export const newSecretToken = (): string => randomBytes(32).toString('base64url');

/**
 * The form in which the database stores one, hexadecimal. Plain SHA-256 suffices: 256 random bits cannot be searched, so a slow
 * or salted hash would add nothing.
 */
export const hashSecretToken = (token: string): string => createHash('sha256').update(token).digest('hex');
