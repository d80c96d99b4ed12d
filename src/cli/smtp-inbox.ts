import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** A mail as it came: its envelope, and the text of its plain part. */
export interface ReceivedMail {
  to: string;
  text: string;
}

export interface SmtpInbox {
  /** smtp://127.0.0.1:… */
  url: string;
  /** What has come, oldest first. */
  mails: readonly ReceivedMail[];
  close: () => Promise<void>;
}

/** A mail server for one recipient of a demonstration: it speaks as much SMTP as receiving takes, and passes nothing on. */
export async function openSmtpInbox(): Promise<SmtpInbox> {
  const mails: ReceivedMail[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    receive(socket, mails);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mails,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function receive(socket: Socket, mails: ReceivedMail[]): void {
  let waiting = '';
  let to = '';
  let message: string[] | null = null;
  const answer = (line: string) => socket.write(`${line}\r\n`);
  const take = (line: string) => {
    if (message) {
      if (line !== '.') {
        message.push(line.replace(/^\./, ''));
        return;
      }
      mails.push({ to, text: plainTextOf(message.join('\r\n')) });
      message = null;
      answer('250 Kept');
      return;
    }
    const command = line.slice(0, 4).toUpperCase();
    if (command === 'RCPT') to = /<([^>]*)>/.exec(line)?.[1] ?? '';
    if (command === 'DATA') message = [];
    if (command === 'DATA') answer('354 Go on');
    else if (command === 'QUIT') socket.end('221 Bye\r\n');
    else answer('250 OK');
  };
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    const lines = (waiting + chunk).split('\r\n');
    waiting = lines.pop() ?? '';
    for (const line of lines) take(line);
  });
  answer('220 demo');
}

/** The plain part of a message of one or several parts. */
function plainTextOf(message: string): string {
  const [head = '', ...rest] = message.split('\r\n\r\n');
  const body = rest.join('\r\n\r\n');
  const boundary = /boundary="?([^";\r\n]+)"?/i.exec(head)?.[1];
  if (boundary !== undefined)
    return body
      .split(`--${boundary}`)
      .slice(1, -1)
      .map((part) => plainTextOf(part.replace(/^\r\n/, '')))
      .join('');
  if (!/^content-type: text\/plain/im.test(head)) return '';
  const encoding = /^content-transfer-encoding: (\S+)/im.exec(head)?.[1]?.toLowerCase();
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString();
  const bytes =
    encoding === 'quoted-printable'
      ? body
          .replace(/=\r\n/g, '')
          .replace(/=([0-9A-F]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
      : body;
  return Buffer.from(bytes, 'latin1').toString();
}
