import { sql } from 'drizzle-orm';
import type { Config } from '../../config/config.ts';
import { type Database, queryJson } from '../../core/database/database.ts';
import type { Authority } from '../../core/session/authority.ts';
import { planRequestMail } from '../../domains/confirmation/confirmation-request.write.ts';
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
    // People of the demo are made up: their mails go nowhere.
    if (!config.smtpUrl) await openConfirmation(db);
  } else {
    await settleDemoPassword(db, passwords, password);
  }
  return password ? { accounts: demoAccounts, password } : null;
}

/** One verified file whose customer has yet to confirm it, with the mail that they were sent. */
async function openConfirmation(db: Database): Promise<void> {
  const opened = await queryJson<{ id: string; contactId: string } | undefined>(
    db,
    sql`with chosen as (
          select f.id, f.owner_id, c.id as contact_id from customer f join contact c on c.customer_id = f.id
          where f.verification_state = 'VERIFIED' and f.archived_at is null and c.email is not null and c.mobile is not null
          order by f.id, c.id limit 1)
        insert into confirmation_request (customer_id, channel, contact_id, requested_by_id, requested_at)
        select id, 'EMAIL', contact_id, owner_id, now() from chosen
        returning json_build_object('id', id, 'contactId', contact_id)`,
  );
  if (!opened) return;
  await planRequestMail(db, { requestId: opened.id, contactId: opened.contactId, now: new Date() });
}
