import { generateKeyPairSync } from 'node:crypto';
import type { Database } from '../../src/core/database/database.ts';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { createTokenAuthority } from '../../src/core/session/access-token.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { employee } from '../../src/domains/employee/employee.table.ts';
import { session } from '../../src/domains/session/session.table.ts';

/** Somebody who owns files and follows them. */
export interface Owner {
  id: string;
  /** A fresh token, as signing in or refreshing would give. */
  token: () => Promise<string>;
  files: { uuid: string; id: string }[];
}

export interface Company {
  signingKey: string;
  owners: Owner[];
}

/** Sales people with files of their own. */
export async function foundCompany(
  db: Database,
  { owners: ownerCount, files: fileCount }: { owners: number; files: number },
): Promise<Company> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const signingKey = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const tokens = createTokenAuthority({
    signingKey,
    issuer: 'customer-file',
    audience: 'customer-file-api',
    accessTokenTtlMs: 900_000,
  });
  const owners: Owner[] = [];
  for (let count = 0; count < ownerCount; count += 1) {
    const [person] = await db
      .insert(employee)
      .values({ name: `销售${count}`, email: `owner${count}@test.example`, role: 'SALES' })
      .returning();
    const [opened] = await db
      .insert(session)
      .values({ employeeId: person!.id, expiresAt: new Date(Date.now() + 86_400_000).toISOString() })
      .returning();
    const subject = { employeeId: person!.id, sessionId: opened!.id };
    const rows = await db
      .insert(customer)
      .values(
        Array.from({ length: fileCount }, (_, n) => ({
          name: `第${count}之${n}机械有限公司`,
          ownerId: person!.id,
        })),
      )
      .returning();
    owners.push({
      id: person!.id,
      token: async () => (await tokens.sign(subject, new Date())).token,
      files: rows.map(({ id }) => ({ uuid: id, id: encodeId('cus', id) })),
    });
  }
  return { signingKey, owners };
}
