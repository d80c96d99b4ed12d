import { enumNamed } from '../model/published-enums.ts';
import { accept, type Checked, type Problem, refuse } from '../validation/checked.ts';
import { checkCurrency, checkOneOf } from '../validation/code.ts';
import { checkMoney } from '../validation/number.ts';
import { TierPeriod } from './settings.enums.ts';

/** What customers' tiers follow from. Natures are those of the customer file. */
export interface TierRules {
  /** Least spend of the trailing twelve months for A, a decimal. */
  a: string;
  /** The same for B. */
  b: string;
  /** Currency of both, ISO 4217; null for the organisation's. */
  currency: string | null;
  /** When tiers go down: at the end of each. */
  period: TierPeriod;
  /** The tier that won files of a nature have at least. */
  natures: readonly { nature: string; tier: string }[];
}

/** The rules as they are stored. Each problem is at its field. */
export function checkTiers(given: Partial<TierRules>): Checked<TierRules> {
  const problems: Problem[] = [];
  const read = <T>(at: (string | number)[], { value, problem }: Checked<T>): T => {
    if (problem) problems.push({ ...problem, at });
    return value as T;
  };
  const a = read(['a'], checkMoney(given.a ?? ''));
  const b = read(['b'], checkMoney(given.b ?? ''));
  if (problems.length === 0 && !(Number(a) > Number(b) && Number(b) > 0))
    read(
      ['a'],
      refuse('OUT_OF_BOUNDS', 'A must take more than B, and B more than 0', 'A级须高于B级，B级须大于0'),
    );
  const currency = given.currency ? read(['currency'], checkCurrency(given.currency)) : null;
  const seen = new Set<string>();
  const natures = (given.natures ?? []).map(({ nature, tier }, i) => {
    read(['natures', i, 'nature'], checkOneOf(enumNamed('CustomerNature'))(nature));
    read(['natures', i, 'tier'], checkOneOf(enumNamed('CustomerTier'))(tier));
    if (seen.has(nature))
      read(['natures', i], refuse('NATURE_REPEATED', 'It is named already', '该性质已列出'));
    seen.add(nature);
    return { nature, tier };
  });
  const [problem, ...others] = problems;
  if (problem) return { problem, others };
  return accept({ a, b, currency, period: given.period ?? TierPeriod.YEAR, natures });
}
