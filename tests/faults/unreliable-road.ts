import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP way to one of several places that fails as networks do. */
export interface Road {
  port: number;
  /** Breaks every open connection: both ends are told. */
  cut: () => void;
  /**
   * From now on nothing passes over the connections that are open, and neither end is told. New ones work. Where
   * `isMeant` is given, only those over which such bytes went towards the place.
   */
  swallow: (isMeant?: string) => number;
  close: () => Promise<void>;
}

/** `places` are asked anew for each connection: ports on this machine, tried in turn until one answers. */
export async function openRoad(places: () => number[]): Promise<Road> {
  const open = new Map<Socket, { far: Socket; sent: Set<string> }>();
  let turn = 0;
  const watched = ['listen "event_log"'];

  const lead = (near: Socket, ports: number[]): void => {
    const [port, ...others] = ports;
    if (port === undefined) {
      near.resetAndDestroy();
      return;
    }
    const far = connect(port, '127.0.0.1');
    far.once('error', () => {
      if (!open.has(near)) lead(near, others);
    });
    far.once('connect', () => {
      const sent = new Set<string>();
      open.set(near, { far, sent });
      near.on('data', (bytes) => {
        for (const text of watched) if (bytes.includes(text)) sent.add(text);
      });
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        one.on('error', () => {});
        one.once('close', () => {
          open.delete(near);
          other.destroy();
        });
        one.pipe(other);
      }
    });
  };
  const server = createServer((near) => {
    near.on('error', () => {});
    const all = places();
    turn += 1;
    lead(near, [...all.slice(turn % (all.length || 1)), ...all.slice(0, turn % (all.length || 1))]);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    for (const [near, { far }] of [...open]) {
      near.destroy();
      far.destroy();
    }
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    swallow: (isMeant) => {
      const meant = [...open].filter(([, { sent }]) => isMeant === undefined || sent.has(isMeant));
      for (const [near, { far }] of meant) {
        for (const socket of [near, far]) {
          socket.unpipe();
          socket.resume();
        }
      }
      return meant.length;
    },
    close: () => {
      cut();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
