import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';

/**
 * The secret in a file that only its owner may read (mode 600); created on first use.
 *
 * Renamed into place when complete, so that a crash leaves no partial secret. Requires the embedded database's lock:
 * two processes creating the same secret at once would each use their own.
 */
export function readOrCreateSecret(path: string, generate: () => string): string {
  if (existsSync(path)) return readFileSync(path, 'utf8');
  const secret = generate();
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, secret, { mode: 0o600, flush: true });
  renameSync(draft, path);
  return secret;
}

/** The Ed25519 key (PKCS #8 PEM) that signs access tokens: the configured one, otherwise the one in the data folder. */
export function tokenSigningKey(config: Pick<Config, 'tokenSigningKey' | 'dataDir'>): string {
  const generate = () =>
    generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return (
    config.tokenSigningKey ?? readOrCreateSecret(join(config.dataDir, 'token-signing-key.pem'), generate)
  );
}
