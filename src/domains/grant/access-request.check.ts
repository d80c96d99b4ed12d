import type { Issue } from '../../core/errors.ts';
import { checkInstant } from '../../core/validation/date.ts';
import { durationMs, durationWords } from '../../core/validation/duration.ts';
import { checkFields, required } from '../../core/validation/fields.ts';
import { checkText } from '../../core/validation/text.ts';

/** When a grant may end. `longest` is an ISO 8601 duration: access ends periodically (R108, R110). */
interface GrantBounds {
  now: Date;
  longest: string;
  path: string[];
}

const textRules = {
  purpose: required((text: string) => checkText(text, { min: 2, max: 500, multiline: true })),
};

/** Checks purpose and end of a request and reports every violation. */
export function checkAccessRequest(
  input: { purpose: string; until: string },
  bounds: GrantBounds,
): { purpose: string; issues: Issue[] } {
  const { values, issues } = checkFields(
    textRules,
    { purpose: input.purpose },
    {
      mode: 'create',
      path: bounds.path,
    },
  );
  return { purpose: values.purpose ?? '', issues: [...issues, ...checkUntil(input.until, bounds)] };
}

/** Checks that the end of a grant is in the future and no further than the longest grant. */
export function checkUntil(until: string, { now, longest, path }: GrantBounds): Issue[] {
  const { problem } = checkInstant(until.replace(/\+00$/, 'Z'));
  if (problem) return [{ path: [...path, 'until'], ...problem }];
  const leftMs = Date.parse(until) - now.getTime();
  if (leftMs > 0 && leftMs <= durationMs(longest)) return [];
  const words = durationWords(longest);
  return [
    {
      path: [...path, 'until'],
      code: 'UNTIL_OUT_OF_BOUNDS',
      message: `Must lie ahead, at most ${words.EN}. (须在未来${words.ZH}之内。)`,
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
