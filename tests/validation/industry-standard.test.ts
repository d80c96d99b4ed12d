import { expect, test } from 'vitest';
import { industryStandard } from '../../src/core/validation/industry-standard.ts';

test('a code names its industry as a whole, and no part of a name', () => {
  expect(industryStandard.whole('C')).toContain('制造业');
  expect(industryStandard.part('C').contains).not.toContain('制造业');
});
