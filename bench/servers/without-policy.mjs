// Loaded before a server (node --import) whose cost without the policy is to be measured: every role reads every class
// of every file, so no predicate is in a statement, no field is wrapped and nothing is logged; and shield is not asked.
// Only a benchmark can do that, since nothing in the server names this file.
import { register } from 'node:module';
import { pathToFileURL } from 'node:url';
import './without-log.mjs';

const { policy } = await import(new URL('core/access/policy.js', pathToFileURL(process.argv[1])).href);
for (const role of Object.values(policy)) {
  role.files = 'ALL';
  for (const access of Object.keys(role.read)) role.read[access] = 'ALL';
}
const openShield = new URL('open-shield.mjs', import.meta.url).href;
register(
  `data:text/javascript,${encodeURIComponent(`
    export async function resolve(specifier, context, next) {
      return specifier.endsWith('/shield.js') && context.parentURL?.includes('/dist/')
        ? { url: '${openShield}', shortCircuit: true }
        : next(specifier, context);
    }`)}`,
);
