import { Socket } from 'node:net';
import { createStartup, readFarewell, withoutUnsent } from './session-startup.ts';

/** Where the driver wants to connect to; several hosts are tried in turn. */
export interface Destination {
  host: string[];
  port: number[];
  /** Path of a Unix socket to use instead. */
  path?: string | null;
  /** In seconds; null for the connection used for LISTEN. */
  idle_timeout: number | null;
}

/**
 * Creates the driver's TCP connections, each of which is destroyed when nothing has passed over it for `silenceMs`, and which
 * make up for what the driver keeps of the connection before (see session-startup.ts).
 *
 * A connection whose peer vanished without closing (a failed machine, a firewall that dropped its state) looks open for
 * a quarter of an hour, and callers would wait that long. When it is destroyed, the driver rejects pending statements
 * with CONNECTION_CLOSED and opens a new connection for the next ones.
 */
export function createIdleTimeoutSockets(silenceMs: number): (destination: Destination) => Socket {
  let turn = 0;
  return ({ host, port, path, idle_timeout }) => {
    const socket = new IdleTimeoutSocket();
    // A LISTEN connection is silent most of the time.
    if (idle_timeout !== null) socket.setTimeout(silenceMs);
    if (path) return socket.connect(path);
    const index = turn++ % host.length;
    // The driver checks the certificate against this name.
    socket.host = host[index];
    return socket.connect(port[index] as number, host[index] as string);
  };
}

class IdleTimeoutSocket extends Socket {
  host: string | undefined;
  #hasWritten = false;
  #startup = createStartup();

  // Not `write`, which `connect` sets back.
  override _write(bytes: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const sent = this.#hasWritten ? bytes : withoutUnsent(bytes);
    this.#hasWritten = true;
    super._write(sent, encoding, done);
  }

  // An override rather than a listener, because the driver removes all listeners when it upgrades to TLS.
  override emit(event: string | symbol, ...args: unknown[]): boolean {
    if (event === 'data') return this.#read(args[0] as Buffer);
    // Without an error, which nobody would handle below TLS.
    if (event === 'timeout') this.destroy();
    // A proxy without a database behind it closes at once. The driver would then reconnect for ever without reporting
    // anything.
    if (event === 'close' && this.bytesRead === 0 && !args[0] && this.listenerCount('error') > 0) {
      const code = 'ECONNRESET';
      super.emit('error', Object.assign(new Error('The connection was closed without a word.'), { code }));
    }
    return super.emit(event as 'error', ...(args as [Error]));
  }

  /** The driver gets what ends a session as the error that it is, not as a message to a statement that it remembers. */
  #read(bytes: Buffer): boolean {
    const { passed, refusal } = this.#startup.isOver() ? readFarewell(bytes) : this.#startup.take(bytes);
    if (passed.length > 0) super.emit('data', passed);
    if (!refusal) return true;
    super.emit('error', refusal);
    this.destroy();
    return true;
  }
}
