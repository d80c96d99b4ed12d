import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Wire {
  /** The database's address through the wire. */
  url: string;
  /** From now on nothing passes over the connections that are open, and neither end is told. New ones work. */
  swallowOpenConnections: () => void;
  close: () => Promise<void>;
}

/** A TCP connection to the database that can lose packets as a failing network does. */
export async function startWire(databaseUrl: string): Promise<Wire> {
  const target = new URL(databaseUrl);
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => open.delete(socket));
    }
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(databaseUrl);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    swallowOpenConnections: () => {
      for (const socket of open) {
        socket.unpipe();
        socket.resume();
      }
    },
    close: () => {
      for (const socket of open) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
