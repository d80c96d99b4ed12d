import type { AccessClass } from './policy.ts';

/** Whether a viewer reads a class on every row they can see, on some, or never. */
export type Decision = 'ALLOW' | 'BY_ROW' | 'DENY';
/** One for each class, and one for texts that can name somebody. */
export type Decisions = Record<AccessClass | 'identity', Decision>;
