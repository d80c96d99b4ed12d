import { accept, type Checked, type Problem, refuse } from '../validation/checked.ts';
import { isOpenField } from './stage-transition.ts';

const most = 20;

const verifiable = new Set<string>();

/** Names fields of the file whose values somebody can verify. */
export const declareVerifiableFields = (names: readonly string[]): void => {
  for (const name of names) verifiable.add(name);
};

/**
 * Fields that are verified before a file is approved, each once. Of class card or basic, since whoever submits or approves
 * a file is shown what is missing. Problems: LIST_LENGTH, FIELD_UNKNOWN at each place.
 */
export function checkVerifiedFields(given: readonly string[]): Checked<string[]> {
  if (given.length > most) return refuse('LIST_LENGTH', `At most ${most} entries`, `最多${most}项`);
  const [problem, ...others] = given.flatMap((name, i) =>
    isOpenField(name) && verifiable.has(name) ? [] : unknownAt(i),
  );
  return problem ? { problem, others } : accept([...new Set(given)]);
}

const unknownAt = (place: number): Problem => ({
  code: 'FIELD_UNKNOWN',
  message:
    'Must be a field of the file that can be verified, of class card or basic. (须为档案中可核实的名片类或基本类字段。)',
  at: [place],
});
