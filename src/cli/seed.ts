// `npm run seed`: fills an empty database with the demo company.
import { type Config, loadConfig } from '../config/config.ts';
import { connect } from '../core/database/database.ts';
import { startEmbeddedDatabase } from '../core/database/embedded.ts';
import { migrateDatabase } from '../core/database/migrate.ts';
import { createPasswordHasher } from '../core/session/password.ts';
import { demoAccounts } from '../features/demo/demo-accounts.ts';
import { seedDemoCompany } from '../features/demo/demo-company.ts';
import { demoPassword } from '../features/demo/demo-sign-in.ts';

async function seed(config: Config): Promise<void> {
  const embedded = config.databaseUrl
    ? null
    : await startEmbeddedDatabase({ dataDir: config.dataDir, log: console.log });
  try {
    await seedAt(
      embedded?.url ?? config.migrationDatabaseUrl ?? config.databaseUrl ?? '',
      demoPassword(config),
    );
  } finally {
    await embedded?.stop();
  }
}

async function seedAt(url: string, password: string | null): Promise<void> {
  await migrateDatabase(url);
  const { db, close } = connect({ url, poolSize: 1 });
  try {
    const passwordHash = password && (await createPasswordHasher().hash(password));
    await seedDemoCompany(db, { passwordHash, now: new Date() });
    console.log('The demo company is in the database. (演示数据已写入。)');
    for (const { email, name, role } of demoAccounts) console.log(`  ${email}  ${name}  ${role}`);
    console.log(
      password
        ? `Password of all: ${password} (统一密码)`
        : 'They have no password: demo sign-in exists only with the embedded database on a loopback address. (仅内置数据库且监听本机地址时可用演示账号登录。)',
    );
  } finally {
    await close();
  }
}

try {
  await seed(loadConfig());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
