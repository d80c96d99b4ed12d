// Stands in for the server in the tests of this folder: opens the database of a data folder and holds it until told
// to stop. Arguments: the compiled src/core/database/embedded.js, the data folder. Prints one line of JSON when it is open.
const [, , modulePath, dataDir] = process.argv;
const { startEmbeddedDatabase } = await import(modulePath);

try {
  const startedAtMs = performance.now();
  const database = await startEmbeddedDatabase({ dataDir, log: (line) => console.error(line) });
  const tookMs = Math.round(performance.now() - startedAtMs);
  database.announce('http://127.0.0.1:4100');
  // `on`, not `once`: timeout(1) and npm deliver a signal twice, and the second would kill it on the spot.
  process.on('SIGTERM', () => database.stop().then(() => process.exit()));
  process.once('SIGINT', () => process.exit(3));
  console.log(JSON.stringify({ url: database.url, adminUrl: database.adminUrl, pid: database.pid, tookMs }));
  // PostgreSQL alone keeps no process alive; a server's listening socket does.
  setInterval(() => {}, 2 ** 30);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
