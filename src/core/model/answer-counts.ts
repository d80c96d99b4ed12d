import { unsupportedReasons } from './scalar-serializers.ts';

/**
 * How the answer of a list or row came about: written as the bytes of its response, or resolved field by field, and then
 * why: for what it selects, because a class could not be logged, or because a value had a form the writer does not know.
 */
export const answerOutcomes = ['written', ...unsupportedReasons, 'unlogged', 'form'] as const;
type AnswerOutcome = (typeof answerOutcomes)[number];

const counts = new Map<AnswerOutcome, number>();

export const countAnswer = (outcome: AnswerOutcome): void => void counts.set(outcome, answersOf(outcome) + 1);

/** Answers of this process since it started. */
export const answersOf = (outcome: AnswerOutcome): number => counts.get(outcome) ?? 0;
