import { createTokenAuthority, type TokenAuthority, type TokenAuthorityOptions } from './access-token.ts';
import { createPasswordHasher, type PasswordHasher, type PasswordHasherOptions } from './password.ts';
import { createLinkAuthority, type LinkAuthority } from './signed-link.ts';

export interface AuthorityOptions extends TokenAuthorityOptions {
  /** A session that is not refreshed for this long ends. */
  refreshTokenTtlMs: number;
  /** A session ends after this long however often it is refreshed. Default: three times `refreshTokenTtlMs`. */
  sessionTtlMs?: number;
  /** Limits of password hashing; the defaults suit any machine. */
  hashing?: PasswordHasherOptions;
}

/** What a process needs to sign people in and to authenticate them: created once, shared by all requests. */
export interface Authority {
  tokens: TokenAuthority;
  passwords: PasswordHasher;
  links: LinkAuthority;
  refreshTokenTtlMs: number;
  sessionTtlMs: number;
}

/** Throws if the signing key is not an Ed25519 private key. */
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
