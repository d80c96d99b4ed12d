import { closing, winning } from './lifecycle.closing.ts';
import { confirming } from './lifecycle.confirming.ts';
import { granting } from './lifecycle.granting.ts';
import { opening } from './lifecycle.opening.ts';
import type { Step } from './lifecycle.story.ts';
import { verifying } from './lifecycle.verifying.ts';

/** The life of a file, in order. */
export const lifecycle: readonly Step[] = [
  ...opening,
  ...verifying,
  ...confirming,
  ...winning,
  ...granting,
  ...closing,
];
