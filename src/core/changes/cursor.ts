import { createCipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { badInputAt } from '../errors.ts';

/** A position in the event log: everything up to and including `seq` has been seen. */
export interface Position {
  /** Identifies one continuous run of the log. Renewed when numbers may have been reused, e.g. after a restore. */
  epoch: string;
  seq: number;
  /** A transaction collapsed into one event at this position; its remaining events are covered by it. */
  collapsedTransaction?: number | undefined;
}

const signatureBytes = 16;
/** Digits of the largest safe integer, so that all positions have the same length. */
const seqDigits = 16;
const saltBytes = 6;

/**
 * Encodes the position of an event delivered to the reader; every reader of the event gets the same cursor.
 *
 * Opaque: signed and encrypted, because all readers share one log, and plain numbers would show each of them how much
 * the others write. It grants nothing: access is checked at delivery.
 */
export const encodeCursor = (key: string, position: Position): string => seal(key, payloadOf(position));

/**
 * Encodes a position that need not be an event of the reader. Different each time, because two equal cursors would
 * reveal that nobody wrote in between.
 */
export const encodeHeadCursor = (key: string, position: Position): string =>
  seal(key, `${payloadOf(position)}~${randomBytes(saltBytes).toString('base64url')}`);

/**
 * Decodes a cursor. The caller checks whether the log still reaches that position.
 *
 * Errors: BAD_USER_INPUT at `after` for anything not encoded here with the same key.
 */
export function decodeCursor(key: string, cursor: string): Position {
  const bytes = Buffer.from(cursor, 'base64url');
  const signature = bytes.subarray(0, signatureBytes);
  const payload =
    signature.length === signatureBytes
      ? encipher(key, signature, bytes.subarray(signatureBytes)).toString()
      : '';
  const [, epoch, digits, transaction] = /^([^.~]+)\.(\d+)(?:\.(\d+))?(?:~[\w-]+)?$/.exec(payload) ?? [];
  // Compared after encoding again, because decoding skips characters outside base64 and drops unused bits.
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

/** The signature doubles as the initial counter of the cipher (SIV), so that no two payloads share a key stream. */
function seal(key: string, payload: string): string {
  const signature = sign(key, payload);
  return Buffer.concat([signature, encipher(key, signature, Buffer.from(payload))]).toString('base64url');
}

const cipherKeys = new Map<string, Buffer>();

/** Cached: a backlog has thousands of cursors. */
function cipherKeyOf(key: string): Buffer {
  const known = cipherKeys.get(key) ?? keyed(key, 'event cursor key');
  cipherKeys.set(key, known);
  return known;
}

/** Encrypts or decrypts: in counter mode both are the same operation. */
const encipher = (key: string, counter: Buffer, bytes: Buffer): Buffer =>
  createCipheriv('aes-256-ctr', cipherKeyOf(key), counter).update(bytes);

const sign = (key: string, payload: string): Buffer =>
  keyed(key, `event cursor:${payload}`).subarray(0, signatureBytes);

/** The prefixes separate domains: nothing else derived from the same key can pass as a cursor. */
const keyed = (key: string, text: string): Buffer => createHmac('sha256', key).update(text).digest();
