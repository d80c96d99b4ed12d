/** Where a change came from, as the log records it. */
export const ChangeSource = {
  API: 'API',
  IMPORT: 'IMPORT',
  SEED: 'SEED',
  JOB: 'JOB',
  SYSTEM: 'SYSTEM',
  CUSTOMER: 'CUSTOMER',
  SQL: 'SQL',
} as const;
export type ChangeSource = (typeof ChangeSource)[keyof typeof ChangeSource];

/** The source recorded with a change; an operator may have set any name for theirs. */
export const changeSourceOf = (recorded: string): ChangeSource =>
  Object.hasOwn(ChangeSource, recorded) ? (recorded as ChangeSource) : ChangeSource.SQL;
