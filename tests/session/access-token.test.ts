import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { SignJWT, UnsecuredJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { createTokenAuthority } from '../../src/core/session/access-token.ts';
import { later, minuteMs, newSigningKey, now } from './staff.ts';

const signingKey = newSigningKey();
const privateKey = createPrivateKey(signingKey);
const options = {
  signingKey,
  issuer: 'customer-file',
  audience: 'customer-file-api',
  accessTokenTtlMs: 15 * minuteMs,
};
const authority = createTokenAuthority(options);
const subject = {
  employeeId: '0195a3c0-0000-7000-8000-000000000001',
  sessionId: '0195a3c0-0000-7000-8000-000000000002',
};

/** What a genuine token says, to be varied one point at a time. */
const claims = {
  sid: subject.sessionId,
  sub: subject.employeeId,
  iss: options.issuer,
  aud: options.audience,
  iat: now.getTime() / 1000,
  exp: later(minuteMs).getTime() / 1000,
};
const header = { alg: 'EdDSA', typ: 'at+jwt' };
const forge = (changedClaims: object, changedHeader: object = {}) =>
  new SignJWT({ ...claims, ...changedClaims })
    .setProtectedHeader({ ...header, ...changedHeader })
    .sign(privateKey);

describe('an access token', () => {
  test('says who and by which sign-in, and nothing about rights', async () => {
    const { token, expiresAt } = await authority.sign(subject, now);
    expect(await authority.verify(token, now)).toEqual({ ...subject, expiresAt });
    expect(expiresAt).toBe(later(15 * minuteMs).toISOString());
    const payload = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());
    expect(Object.keys(payload).sort()).toEqual(['aud', 'exp', 'iat', 'iss', 'sid', 'sub']);
  });

  test('is accepted until it expires, give or take five seconds, even when it has been seen before', async () => {
    const { token } = await authority.sign(subject, now);
    expect(await authority.verify(token, later(15 * minuteMs + 4_000))).not.toBeNull();
    expect(await authority.verify(token, later(15 * minuteMs + 6_000))).toBeNull();
    expect(await authority.verify(token, later(15 * minuteMs + 6_000))).toBeNull();
  });

  test('made by hand with every point right is accepted, so each refusal below has one reason', async () => {
    expect(await authority.verify(await forge({}), now)).toMatchObject(subject);
  });

  test.each([
    ['another issuer', forge({ iss: 'somebody-else' })],
    ['another audience', forge({ aud: 'another-api' })],
    ['another type', forge({}, { typ: 'JWT' })],
    ['no type', forge({}, { typ: undefined })],
    ['no expiry', forge({ exp: undefined })],
    ['no session', forge({ sid: undefined })],
    ['a subject that is no id', forge({ sub: "' or true --" })],
  ])('with %s is refused', async (_what, token) => {
    expect(await authority.verify(await token, now)).toBeNull();
  });

  test('of another key is refused', async () => {
    const stranger = createTokenAuthority({ ...options, signingKey: newSigningKey() });
    const { token } = await stranger.sign(subject, now);
    expect(await authority.verify(token, now)).toBeNull();
  });

  test('that is not signed at all (alg none) is refused', async () => {
    expect(await authority.verify(new UnsecuredJWT(claims).encode(), now)).toBeNull();
    const [, payload] = (await forge({})).split('.');
    const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt' })).toString('base64url');
    expect(await authority.verify(`${none}.${payload}.`, now)).toBeNull();
  });

  test('signed with HS256 and the public key as its secret is refused', async () => {
    const publicKey = createPublicKey(privateKey);
    for (const secret of [
      publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      publicKey.export({ type: 'spki', format: 'der' }),
      Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url'),
    ]) {
      const token = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
        .sign(typeof secret === 'string' ? new TextEncoder().encode(secret) : secret);
      expect(await authority.verify(token, now)).toBeNull();
    }
  });

  test('altered by one letter is refused, also after the genuine one was accepted', async () => {
    const { token } = await authority.sign(subject, now);
    expect(await authority.verify(token, now)).not.toBeNull();
    for (const position of [5, Math.floor(token.length / 2), token.length - 10]) {
      const letter = token[position] === 'A' ? 'B' : 'A';
      const altered = token.slice(0, position) + letter + token.slice(position + 1);
      expect(await authority.verify(altered, now)).toBeNull();
    }
  });

  test.each(['', '.', '..', 'x', 'a.b.c', '令牌', 'A'.repeat(100_000)])('is not %j', async (text) => {
    expect(await authority.verify(text, now)).toBeNull();
  });
});

test('an authority with a key that is not Ed25519 does not start', () => {
  const { privateKey: rsa } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = rsa.export({ type: 'pkcs8', format: 'pem' }).toString();
  expect(() => createTokenAuthority({ ...options, signingKey: pem })).toThrow('Ed25519');
});
