import { createServer } from 'node:http';
import { postgraphile } from 'postgraphile';
import { makePgService } from 'postgraphile/adaptors/pg';
import { grafserv } from 'postgraphile/grafserv/node';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';

// PostGraphile 5 as it comes, in production mode: the table owner's rights, no row security, no sign-in.
const [, , url, port] = process.argv;
const pgl = postgraphile({
  extends: [PostGraphileAmberPreset],
  pgServices: [
    makePgService({ connectionString: url, schemas: ['public'], pubsub: false, poolConfig: { max: 10 } }),
  ],
  grafserv: { watch: false, graphiql: false },
  grafast: { explain: false },
});
if (process.argv[4] === '--schema') {
  const { printSchema } = await import('graphql');
  console.log(printSchema((await pgl.getSchemaResult()).schema));
  process.exit();
}
const server = createServer();
await pgl.createServ(grafserv).addTo(server);
server.listen(Number(port), '127.0.0.1');
