import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** The HTTP status line that refuses an upgrade; null if it is accepted. */
export function whyRefused(
  request: IncomingMessage,
  path: string,
  allowedOrigins: readonly (string | RegExp)[],
): string | null {
  const { origin, host } = request.headers;
  if (request.url?.split('?')[0] !== path) return '404 Not Found';
  // Browsers send Origin, other clients do not.
  if (origin === undefined) return null;
  if (
    allowedOrigins.some((allowed) =>
      typeof allowed === 'string' ? allowed === origin : allowed.test(origin),
    )
  )
    return null;
  const sameOrigin = URL.canParse(origin) && new URL(origin).host === host;
  return sameOrigin ? null : '403 Forbidden';
}

/** Refuses an upgrade. Only this function listens to the stream: an unhandled error on it would end the process. */
export function refuse(stream: Duplex, status: string): void {
  stream.on('error', () => stream.destroy());
  stream.once('finish', () => stream.destroy());
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
