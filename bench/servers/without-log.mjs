// Loaded before a server (node --import) whose cost without its access log is to be measured: no class of fields is
// logged. Only a benchmark can do that, since nothing in the server names this file.
import { pathToFileURL } from 'node:url';

const { loggedClasses, strictlyLoggedClasses } = await import(
  new URL('core/access/policy.js', pathToFileURL(process.argv[1])).href
);
loggedClasses.length = 0;
strictlyLoggedClasses.length = 0;
