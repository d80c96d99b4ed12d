// `npm run import -- --mapping FILE --file CSV`
import 'reflect-metadata';
import { loadConfig } from '../config/config.ts';
import { runImport } from '../features/import/import.command.ts';

try {
  await runImport(process.argv.slice(2), loadConfig, console.log);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
