/**
 * What postgres.js 3.4.9 gets wrong when a connection is lost and the next one begins in its place:
 *
 * - A statement that was to be sent at the end of the turn stays in its buffer, and its mark that sending is due stays set:
 *   nothing shorter than 1,024 bytes is ever sent again, so every later attempt ends as CONNECT_TIMEOUT (porsager/postgres#1208).
 *   The first message of a session is therefore made longer than that, which sends it at once, and cut free of what preceded it.
 * - It remembers the statement that was running. A refusal of the next session goes to that one, nobody hears of it, and the
 *   driver tries again without a pause until the database serves (porsager/postgres#1214).
 * - It remembers why PostgreSQL ended a session during a statement, and fails the first statement of the next session with it.
 *
 * Only connections without TLS pass through here.
 *
 * TODO: remove when a release of postgres.js has #1209, #1214 and #1215.
 */

const protocolVersion = 3 << 16;
const sentAtOnceBytes = 1_024;

/** Server options for the first message of a session, long enough for it to be sent at once: spaces mean nothing in them. */
export const longOptions = (setting: string): string => `${' '.repeat(sentAtOnceBytes)}-c ${setting}`;

/** The first bytes of a session without those that a former one left unsent: nothing precedes the startup message. */
export function withoutUnsent(bytes: Buffer): Buffer {
  for (let at = 0; at + 8 <= bytes.length; at += 1) {
    const isWhole = bytes.readInt32BE(at) === bytes.length - at;
    if (isWhole && bytes.readInt32BE(at + 4) === protocolVersion) return bytes.subarray(at);
  }
  return bytes;
}

interface Taken {
  /** What the driver is to read now. */
  passed: Buffer;
  /** Why PostgreSQL does not accept the session, or ends it. */
  refusal?: Error;
}

interface Startup {
  isOver: () => boolean;
  take: (bytes: Buffer) => Taken;
}

const none = Buffer.alloc(0);
const headLength = 5;
const typeOf = (messages: Buffer, at: number) => String.fromCharCode(messages[at] as number);

/** The answers to a startup message, up to the first ReadyForQuery, by whole messages. */
export function createStartup(): Startup {
  let held: Buffer = none;
  let isOver = false;
  return {
    isOver: () => isOver,
    take: (bytes) => {
      held = held.length > 0 ? Buffer.concat([held, bytes]) : bytes;
      // The answer to a request for TLS is one byte, and nothing of the session can be read after it.
      if (held.length === 1) isOver = true;
      let end = isOver ? held.length : 0;
      while (!isOver && held.length >= end + headLength) {
        const next = end + 1 + held.readInt32BE(end + 1);
        if (next > held.length) break;
        const type = typeOf(held, end);
        if (type === 'E')
          return { passed: held.subarray(0, end), refusal: refusalIn(held.subarray(end, next)) };
        isOver = type === 'Z';
        end = isOver ? held.length : next;
      }
      const passed = held.subarray(0, end);
      held = held.subarray(end);
      return { passed };
    },
  };
}

const farewellBegins = Buffer.from('SFATAL\0');

/** What comes in a session; the error with which PostgreSQL ends it comes by itself. No row holds the zeros of its length. */
export function readFarewell(bytes: Buffer): Taken {
  const isFarewell =
    bytes[0] === 0x45 &&
    bytes.subarray(headLength, headLength + farewellBegins.length).equals(farewellBegins) &&
    bytes.readInt32BE(1) + 1 === bytes.length;
  return isFarewell ? { passed: none, refusal: refusalIn(bytes) } : { passed: bytes };
}

/** An ErrorResponse as an error: fields of a letter and a text, each ended by a zero. */
function refusalIn(message: Buffer): Error {
  const texts = message.toString('utf8', headLength).split('\0');
  const fields = new Map(texts.map((text) => [text.slice(0, 1), text.slice(1)]));
  return Object.assign(new Error(fields.get('M')), {
    name: 'PostgresError',
    severity: fields.get('V') ?? fields.get('S'),
    code: fields.get('C'),
  });
}
