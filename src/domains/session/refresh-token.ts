import { createHash } from 'node:crypto';

/** The form in which the database stores a refresh token; see `hashSecretToken`. */
export const hashRefreshToken = (token: string): string =>
  createHash('sha256').update(token).digest('base64url');
