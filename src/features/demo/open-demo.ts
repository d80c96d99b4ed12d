import { sql } from 'drizzle-orm';
import type { Config } from '../../config/config.ts';
import { type Database, queryJson } from '../../core/database/database.ts';
import type { Authority } from '../../core/session/authority.ts';
import { type DemoAccount, demoAccounts } from './demo-accounts.ts';
import { seedDemoCompany } from './demo-company.ts';
import { demoPassword, settleDemoPassword } from './demo-sign-in.ts';

/** The accounts that may sign in to the demo, and their password. */
export interface Demo {
  accounts: readonly DemoAccount[];
  password: string;
}

/**
 * Makes sure that the embedded database contains the demo company and that its accounts have the demo password; null
 * where demo sign-in is not allowed.
 */
export async function openDemo(
  db: Database,
  { passwords }: Pick<Authority, 'passwords'>,
  config: Config,
): Promise<Demo | null> {
  const password = demoPassword(config);
  const isEmpty = await queryJson<boolean>(db, sql`select to_json(not exists (select 1 from employee))`);
  if (isEmpty) {
    const passwordHash = password && (await passwords.hash(password));
    await seedDemoCompany(db, { passwordHash, now: new Date() });
  } else {
    await settleDemoPassword(db, passwords, password);
  }
  return password ? { accounts: demoAccounts, password } : null;
}
