import { accept, type Checked, type Problem } from '../validation/checked.ts';

/** Something that is required of files, as the setting stores it; a condition that is absent holds for any. */
export interface Requirement {
  /** Of completeness-field.ts. */
  field: string;
  /** 1 to 9. */
  weight: number;
  kind?: string;
  customerType?: string;
  nature?: string;
  tier?: string;
  importance?: string;
}

const conditions = ['kind', 'customerType', 'nature', 'tier', 'importance'] as const;
const mostRequirements = 100;
const maxWeight = 9;

const organization = { kind: 'ORGANIZATION' };
const person = { kind: 'PERSON' };
const required = (
  field: string,
  weight: number,
  when: Omit<Requirement, 'field' | 'weight'> = {},
): Requirement => ({ field, weight, ...when });

/** R21: name, industry and size; who to talk to, with title and number; what is wanted, for how much, and why. */
export const defaultRequirements: readonly Requirement[] = [
  required('name', 5),
  required('unifiedSocialCreditCode', 3, organization),
  required('legalRepresentative', 2, organization),
  required('nature', 2, organization),
  required('foundedOn', 1, organization),
  required('registeredCapital', 1, organization),
  required('businessScope', 2, organization),
  required('industry', 5, organization),
  required('size', 4, organization),
  required('source', 1),
  required('customerType', 2),
  required('importance', 1),
  required('province', 2),
  required('city', 2),
  required('address', 3),
  required('phones', 2, organization),
  required('phones', 5, person),
  required('primaryContact', 5, organization),
  required('contactTitle', 4, organization),
  required('contactNumber', 5, organization),
  required('contactEmail', 1, organization),
  required('need', 5),
  required('needBudget', 4),
  required('needPainPoint', 3),
  required('annualRevenue', 1, organization),
  required('creditGrade', 3, { customerType: 'EXISTING' }),
  required('creditGrade', 3, { customerType: 'VIP' }),
  required('contactBirthday', 1, { customerType: 'VIP' }),
  required('registeredAddress', 1, { ...organization, importance: 'KEY' }),
  required('website', 1, { ...organization, importance: 'KEY' }),
];

/** Requirements in their stored form. Errors: those of weights, of repetitions, and of a list that is too long. */
export function checkRequirements(
  given: readonly (Omit<Requirement, (typeof conditions)[number]> &
    Partial<Record<(typeof conditions)[number], string | null>>)[],
): Checked<readonly Requirement[]> {
  const problems: Problem[] = [];
  const problem = (at: (string | number)[], code: string, message: string) =>
    problems.push({ at, code, message });
  if (given.length > mostRequirements)
    problem([], 'LIST_LENGTH', `At most ${mostRequirements} entries. (最多${mostRequirements}项。)`);
  const seen = new Set<string>();
  const kept = given.map(({ field, weight, ...when }, place) => {
    if (!Number.isInteger(weight) || weight < 1 || weight > maxWeight)
      problem([place, 'weight'], 'OUT_OF_RANGE', `Must be 1 to ${maxWeight}. (须为1至${maxWeight}。)`);
    const named = Object.fromEntries(conditions.flatMap((name) => (when[name] ? [[name, when[name]]] : [])));
    const key = JSON.stringify([field, named]);
    if (seen.has(key))
      problem([place], 'REPEATED', 'Each field once for the same customers. (同一类客户的项目不能重复。)');
    seen.add(key);
    return { field, weight, ...named };
  });
  const [first, ...others] = problems;
  return first ? { problem: first, others } : accept(kept);
}
