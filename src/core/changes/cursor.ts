import { createCipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { badInputAt } from '../errors.ts';

/** A place in the event log: everything up to and including `seq` has been seen. */
export interface Position {
  /** Names one unbroken life of the log. Renewed when numbers may have been given anew, as after a restore. */
  epoch: string;
  seq: number;
  /** A transaction told as one event at this place: what is left of it is told with it. */
  collapsedTransaction?: number | undefined;
}

const signatureBytes = 16;
/** Digits of the largest safe integer: all places are of one length. */
const seqDigits = 16;
const saltBytes = 6;

/**
 * Writes the place of an event that the reader is told, the same for whoever is told it.
 *
 * Opaque: signed and encrypted, because the log is one for all, and a number in the clear would tell every reader how
 * much the others write. Carries no right: what may be seen is judged at delivery.
 */
export const encodeCursor = (key: string, position: Position): string => seal(key, payloadOf(position));

/**
 * Writes a place of the log that need not be an event of the reader's. Another text each time, since two alike would
 * tell that nobody wrote in between.
 */
export const encodeHeadCursor = (key: string, position: Position): string =>
  seal(key, `${payloadOf(position)}~${randomBytes(saltBytes).toString('base64url')}`);

/**
 * Reads a cursor back. Whether the log still has that place is for the caller to see.
 *
 * Errors: BAD_USER_INPUT at `after` for anything that was not written here with the same key.
 */
export function decodeCursor(key: string, cursor: string): Position {
  const bytes = Buffer.from(cursor, 'base64url');
  const signature = bytes.subarray(0, signatureBytes);
  const payload =
    signature.length === signatureBytes
      ? encipher(key, signature, bytes.subarray(signatureBytes)).toString()
      : '';
  const [, epoch, digits, transaction] = /^([^.~]+)\.(\d+)(?:\.(\d+))?(?:~[\w-]+)?$/.exec(payload) ?? [];
  // Encoded again, because decoding skips what is no base64 and drops unused bits.
  const isOurs =
    epoch !== undefined &&
    bytes.toString('base64url') === cursor &&
    timingSafeEqual(signature, sign(key, payload));
  if (!isOurs) {
    throw badInputAt(['after'], 'CURSOR', 'This is not a cursor of this feed. (游标无效。)');
  }
  return {
    epoch,
    seq: Number(digits),
    collapsedTransaction: transaction === undefined ? undefined : Number(transaction),
  };
}

const payloadOf = ({ epoch, seq, collapsedTransaction }: Position): string =>
  [
    epoch,
    String(seq).padStart(seqDigits, '0'),
    ...(collapsedTransaction === undefined ? [] : [collapsedTransaction]),
  ].join('.');

/** The signature is also the first counter of the cipher (SIV), so that no two payloads share a key stream. */
function seal(key: string, payload: string): string {
  const signature = sign(key, payload);
  return Buffer.concat([signature, encipher(key, signature, Buffer.from(payload))]).toString('base64url');
}

const cipherKeys = new Map<string, Buffer>();

/** Made once: a backlog has thousands of cursors. */
function cipherKeyOf(key: string): Buffer {
  const known = cipherKeys.get(key) ?? keyed(key, 'event cursor key');
  cipherKeys.set(key, known);
  return known;
}

/** Enciphers, or deciphers what was enciphered: in counter mode it is the same. */
const encipher = (key: string, counter: Buffer, bytes: Buffer): Buffer =>
  createCipheriv('aes-256-ctr', cipherKeyOf(key), counter).update(bytes);

const sign = (key: string, payload: string): Buffer =>
  keyed(key, `event cursor:${payload}`).subarray(0, signatureBytes);

/** The prefixes keep what is made of the same key for something else from passing as a cursor. */
const keyed = (key: string, text: string): Buffer => createHmac('sha256', key).update(text).digest();
