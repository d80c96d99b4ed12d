import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

// The limit of a fan-out: the bytes that are posted, to every socket there is.
const [, , , port] = process.argv;
const server = createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  const bytes = Buffer.concat(parts).toString();
  for (const socket of sockets.clients) socket.send(bytes);
  response.end();
});
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
server.listen(Number(port), '127.0.0.1');
