import { generateKeyPairSync } from 'node:crypto';
import postgres from 'postgres';

const dayMs = 86_400_000;

/** A signing key for the measured server, and access tokens of employees without the cost of a password. */
export async function openSignIn({ dist, url }) {
  const { createTokenAuthority } = await import(`${dist}/core/session/access-token.js`);
  const signingKey = generateKeyPairSync('ed25519')
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
  const tokens = createTokenAuthority({
    signingKey,
    issuer: 'customer-file',
    audience: 'customer-file-api',
    accessTokenTtlMs: dayMs,
  });
  const client = postgres(url, { max: 8, onnotice: () => {} });
  const signInAs = async (employeeId) => {
    const expiresAt = new Date(Date.now() + dayMs);
    const [{ id: sessionId }] =
      await client`insert into session (employee_id, expires_at) values (${employeeId}, ${expiresAt}) returning id`;
    const { token } = await tokens.sign({ employeeId, sessionId }, new Date());
    return { employeeId, headers: { authorization: `Bearer ${token}` } };
  };
  return {
    env: {
      DATABASE_URL: url,
      TOKEN_SIGNING_KEY: signingKey,
      ACCESS_TOKEN_TTL: 'PT24H',
      LOG_LEVEL: 'warn',
      HOST: '127.0.0.1',
    },
    /** Headers of an employee of this role; `nth` tells those of one role apart. */
    as: async (role, nth = 0) => {
      const [{ id: employeeId }] =
        await client`select id from employee where role = ${role} order by id offset ${nth} limit 1`;
      return signInAs(employeeId);
    },
    /** The same of many employees, by id; one sign-in for each. */
    asEach: async (employeeIds) => {
      const signedIn = new Map();
      for (const id of new Set(employeeIds)) signedIn.set(id, await signInAs(id));
      return employeeIds.map((id) => signedIn.get(id));
    },
    /** So many managers, entered when there are fewer. */
    managers: async (amount) => {
      await client`insert into employee (email, name, role)
        select 'manager-' || n || '@bench.example', '经理' || n, 'MANAGER' from generate_series(1, ${amount}) n
        on conflict do nothing`;
      return (await client`select id from employee where role = 'MANAGER' order by id limit ${amount}`).map(
        ({ id }) => id,
      );
    },
    client,
    close: () => client.end({ timeout: 5 }),
  };
}
