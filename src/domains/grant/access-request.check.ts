import type { Issue } from '../../core/errors.ts';
import { checkInstant } from '../../core/validation/date.ts';
import { checkFields, required } from '../../core/validation/fields.ts';
import { checkText } from '../../core/validation/text.ts';

/** Longest duration of a grant: access ends periodically (R108, R110), and requesting it again is cheap. */
export const maxGrantDays = 90;

const dayMs = 24 * 60 * 60_000;

const textRules = {
  purpose: required((text: string) => checkText(text, { min: 2, max: 500, multiline: true })),
};

/** Checks purpose and end of a request and reports every violation. */
export function checkAccessRequest(
  input: { purpose: string; until: string },
  { now, path }: { now: Date; path: string[] },
): { purpose: string; issues: Issue[] } {
  const { values, issues } = checkFields(textRules, { purpose: input.purpose }, { mode: 'create', path });
  return { purpose: values.purpose ?? '', issues: [...issues, ...checkUntil(input.until, { now, path })] };
}

/** Checks that the end of a grant is in the future and within {@link maxGrantDays}. */
export function checkUntil(until: string, { now, path }: { now: Date; path: string[] }): Issue[] {
  const { problem } = checkInstant(until.replace(/\+00$/, 'Z'));
  if (problem) return [{ path: [...path, 'until'], ...problem }];
  const leftMs = Date.parse(until) - now.getTime();
  if (leftMs > 0 && leftMs <= maxGrantDays * dayMs) return [];
  return [
    {
      path: [...path, 'until'],
      code: 'UNTIL_OUT_OF_BOUNDS',
      message: `Must lie ahead, at most ${maxGrantDays} days. (须在未来${maxGrantDays}天之内。)`,
    },
  ];
}

const reasonRules = {
  reason: required((text: string) => checkText(text, { min: 1, max: 500, multiline: true })),
};

/** Checks an optional reason; a blank one counts as absent. */
export function checkReason(
  reason: string | null | undefined,
  path: string[],
): { reason: string | null; issues: Issue[] } {
  if (reason == null || reason.trim() === '') return { reason: null, issues: [] };
  const { values, issues } = checkFields(reasonRules, { reason }, { mode: 'create', path });
  return { reason: values.reason ?? null, issues };
}

const consentRules = {
  consentReference: required((text: string) => checkText(text, { min: 1, max: 200 })),
};

/** Checks the reference of the recorded consent: required for class special, otherwise optional. */
export function checkConsent(
  consentReference: string | null | undefined,
  { isNeeded, path }: { isNeeded: boolean; path: string[] },
): { consentReference: string | null; issues: Issue[] } {
  if (!isNeeded && (consentReference == null || consentReference.trim() === '')) {
    return { consentReference: null, issues: [] };
  }
  const { values, issues } = checkFields(consentRules, { consentReference }, { mode: 'create', path });
  return { consentReference: values.consentReference ?? null, issues };
}
