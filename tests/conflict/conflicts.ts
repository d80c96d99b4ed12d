import type { Colleague, Outcome, openFile } from '../support/writing.ts';

export type File = Awaited<ReturnType<typeof openFile>>;

export const update = (by: Colleague, input: object) =>
  by.write('updateCustomer', input, '{ customer { version city address } }');

export const updateDeal = (by: Colleague, input: object) =>
  by.write('updateDeal', input, '{ deal { version amount currency } }');

export const logCall = (by: Colleague, { id }: File) =>
  by.write(
    'logInteraction',
    { customerId: id, kind: 'PHONE_CALL', occurredAt: '2024-03-01T02:00:00Z', summary: '电话沟通' },
    '{ interaction { id } }',
  );

/** What a write was in conflict with. */
export const conflictsOf = ({ errors }: Outcome) =>
  (errors[0]?.extensions.conflicts ?? []) as Record<string, unknown>[];
export const fieldsOf = (outcome: Outcome) => conflictsOf(outcome).map(({ field }) => field);
