import { createTokenAuthority, type TokenAuthority, type TokenAuthorityOptions } from './access-token.ts';
import { createPasswordHasher, type PasswordHasher, type PasswordHasherOptions } from './password.ts';
import { createLinkAuthority, type LinkAuthority } from './signed-link.ts';

export interface AuthorityOptions extends TokenAuthorityOptions {
  /** A session not refreshed for this long is over. */
  refreshTokenTtlMs: number;
  /** A session is over after this long however often it is refreshed. Default: three times `refreshTokenTtlMs`. */
  sessionTtlMs?: number;
  /** Bounds of password hashing; the defaults suit any machine. */
  hashing?: PasswordHasherOptions;
}

/** What a process needs to sign people in and to recognise them: made once, shared by every request. */
export interface Authority {
  tokens: TokenAuthority;
  passwords: PasswordHasher;
  links: LinkAuthority;
  refreshTokenTtlMs: number;
  sessionTtlMs: number;
}

/** Throws when the signing key is not an Ed25519 private key. */
export const createAuthority = ({
  refreshTokenTtlMs,
  sessionTtlMs = 3 * refreshTokenTtlMs,
  hashing,
  ...tokenOptions
}: AuthorityOptions): Authority => ({
  tokens: createTokenAuthority(tokenOptions),
  passwords: createPasswordHasher(hashing),
  links: createLinkAuthority(tokenOptions.signingKey),
  refreshTokenTtlMs,
  sessionTtlMs,
});
