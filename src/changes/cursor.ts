import { createHmac, timingSafeEqual } from 'node:crypto';
import { badInputAt } from '../errors.ts';

/** A place in the event log: everything up to and including `seq` has been seen. */
export interface Position {
  /** Names one unbroken life of the log. Renewed when numbers may have been given anew, as after a restore. */
  epoch: string;
  seq: number;
  /** A transaction told as one event at this place: what is left of it is told with it. */
  toldTransaction?: number | undefined;
}

const signatureBytes = 16;

/** Writes a position as an opaque, signed cursor. It carries no right: what may be seen is judged at delivery. */
export function encodeCursor(key: string, { epoch, seq, toldTransaction }: Position): string {
  const payload = [epoch, seq, ...(toldTransaction === undefined ? [] : [toldTransaction])].join('.');
  return Buffer.concat([sign(key, payload), Buffer.from(payload)]).toString('base64url');
}

/**
 * Reads a cursor back. Whether the log still has that place is for the caller to see.
 *
 * Errors: BAD_USER_INPUT at `after` for anything that {@link encodeCursor} has not written with the same key.
 */
export function decodeCursor(key: string, cursor: string): Position {
  const bytes = Buffer.from(cursor, 'base64url');
  const payload = bytes.subarray(signatureBytes).toString();
  const [, epoch, digits, transaction] = /^([^.]+)\.(\d+)(?:\.(\d+))?$/.exec(payload) ?? [];
  // Encoded again, because decoding skips what is no base64 and drops unused bits.
  const isOurs =
    epoch !== undefined &&
    bytes.toString('base64url') === cursor &&
    timingSafeEqual(bytes.subarray(0, signatureBytes), sign(key, payload));
  if (!isOurs) {
    throw badInputAt(['after'], 'CURSOR', 'This is not a cursor of this feed. (游标无效。)');
  }
  return {
    epoch,
    seq: Number(digits),
    toldTransaction: transaction === undefined ? undefined : Number(transaction),
  };
}

/** The prefix keeps signatures made with the same key for something else from passing as cursors. */
const sign = (key: string, payload: string): Buffer =>
  createHmac('sha256', key).update(`event cursor:${payload}`).digest().subarray(0, signatureBytes);
