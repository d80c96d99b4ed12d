import { GraphQLError } from 'graphql';
import { describe, expect, test } from 'vitest';
import { unavailabilityOf } from '../../src/core/database/unavailable.ts';

const failure = (code: string, severity = 'ERROR') => Object.assign(new Error('no'), { code, severity });

const codes: Record<string, string[]> = {
  DOWN: [
    ...['08000', '08001', '08003', '08004', '08006', '57P01', '57P02', '57P03', '57P04', '57P05'],
    ...['CONNECTION_CLOSED', 'CONNECTION_ENDED', 'CONNECTION_DESTROYED', 'CONNECT_TIMEOUT', 'NO_ANSWER'],
    ...[
      'ECONNREFUSED',
      'ECONNRESET',
      'EPIPE',
      'ETIMEDOUT',
      'EHOSTUNREACH',
      'ENETUNREACH',
      'ENOTFOUND',
      'EAI_AGAIN',
    ],
  ],
  OVERLOADED: ['53200', '53300'],
  DISK_FULL: ['53100', 'ENOSPC'],
  DISK_FAILED: ['58030', 'EIO'],
  READ_ONLY: ['25006'],
};
const others = [
  '57014',
  '23505',
  '22P02',
  '42P01',
  '40001',
  '40P01',
  '08P01',
  '53400',
  '25001',
  'ENOENT',
  'UNDEFINED_VALUE',
];

describe('a failure says that the database cannot serve', () => {
  test.each(Object.entries(codes))('%s, however deep it is wrapped', (reason, members) => {
    for (const code of members) {
      const bare = failure(code);
      expect(unavailabilityOf(bare), code).toBe(reason);
      expect(unavailabilityOf(new Error('drizzle', { cause: bare })), code).toBe(reason);
      const originalError = new Error('drizzle', { cause: bare });
      expect(unavailabilityOf(new GraphQLError('', { originalError })), code).toBe(reason);
    }
  });

  test('where PostgreSQL has ended the session, whatever for', () => {
    for (const severity of ['FATAL', 'PANIC'])
      expect(unavailabilityOf(failure('55000', severity))).toBe('DOWN');
  });

  test('and nothing else does', () => {
    for (const code of others) expect(unavailabilityOf(failure(code)), code).toBeUndefined();
    for (const other of [new Error('no'), undefined, null, 'ECONNRESET'])
      expect(unavailabilityOf(other)).toBeUndefined();
  });
});
