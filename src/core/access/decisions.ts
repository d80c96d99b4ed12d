import type { AccessClass } from './policy.ts';

/** Whether a viewer may read a class on every row they can see, on some of them, or never. */
export type Decision = 'ALLOW' | 'BY_ROW' | 'DENY';
/** One decision per class, and one for texts that can identify a person. */
export type Decisions = Record<AccessClass | 'identity', Decision>;
