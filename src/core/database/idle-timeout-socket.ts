import { Socket } from 'node:net';

/** Where the driver wants a line to; several hosts are tried in turn. */
export interface Destination {
  host: string[];
  port: number[];
  /** A Unix socket instead. */
  path?: string | null;
  /** Seconds; null for the connection that only listens. */
  idle_timeout: number | null;
}

/**
 * Makes the driver's TCP connections so that each ends when nothing has passed over it for `silenceMs`.
 *
 * A connection whose other end vanished without a word (a failed machine, a forgetful firewall) looks open for a
 * quarter of an hour; whoever waits on it would wait as long. The driver then rejects what was under way with
 * CONNECTION_CLOSED and opens a new one for what comes next.
 */
export function createIdleTimeoutSockets(silenceMs: number): (destination: Destination) => Socket {
  let turn = 0;
  return ({ host, port, path, idle_timeout }) => {
    const socket = new IdleTimeoutSocket();
    // Silence is all that a listener hears most of the time.
    if (idle_timeout !== null) socket.setTimeout(silenceMs);
    if (path) return socket.connect(path);
    const place = turn++ % host.length;
    // The driver checks the certificate against it.
    socket.host = host[place];
    return socket.connect(port[place] as number, host[place] as string);
  };
}

class IdleTimeoutSocket extends Socket {
  host: string | undefined;

  // Not a listener: the driver takes off all of them when it goes over to TLS.
  override emit(event: string | symbol, ...args: unknown[]): boolean {
    // Without an error, which below TLS nobody would take.
    if (event === 'timeout') this.destroy();
    // A proxy without a database behind it hangs up at once. The driver would dial again for ever, and say nothing.
    if (event === 'close' && this.bytesRead === 0 && !args[0] && this.listenerCount('error') > 0) {
      const code = 'ECONNRESET';
      super.emit('error', Object.assign(new Error('The connection was closed without a word.'), { code }));
    }
    return super.emit(event as 'error', ...(args as [Error]));
  }
}
