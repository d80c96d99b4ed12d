import { publishEnum } from '../../core/model/enumeration.ts';

/** The state of a handover, as a whole or for one of its receivers. */
export const HandoverState = { PENDING: 'PENDING', CONFIRMED: 'CONFIRMED' } as const;
export type HandoverState = (typeof HandoverState)[keyof typeof HandoverState];

publishEnum(HandoverState, 'HandoverState', 'How far a handover is. (移交状态)', {
  PENDING: 'The files have changed hands; a receiver has not confirmed them yet. (待确认)',
  CONFIRMED: 'Confirmed. (已确认)',
});
