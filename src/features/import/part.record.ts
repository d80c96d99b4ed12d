import type { PartWrites } from '../../core/part/writes-of.ts';
import type { Subject, SubjectName } from './record-type.ts';

type PartSubject = Partial<
  Pick<Subject, 'flags' | 'soleFlag' | 'decisive' | 'references' | 'check' | 'identityOf'>
>;

/** What an import makes of a part: by the rules that a client's input meets, and by the same writes. */
export const partSubject = (writes: PartWrites, { references, ...rest }: PartSubject = {}): Subject => ({
  name: writes.model.tableName as SubjectName,
  table: writes.rules.table,
  fields: Object.keys(writes.rules.fields),
  references: { customer: { to: 'customer', column: 'customerId', need: 'required' }, ...references },
  check: (input, state) => writes.check(input as never, state as never),
  writes,
  ...rest,
});
