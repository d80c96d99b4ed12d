import type { PartWrites } from '../../core/part/writes-of.ts';
import type { RecordType } from './record-type.ts';

export type PartOptions = Partial<
  Pick<RecordType, 'flags' | 'soleFlag' | 'decisive' | 'references' | 'check' | 'identityOf'>
>;

/** What an import makes of a part: by the rules that a client's input meets, and by the same writes. */
export const partRecordType = (
  writes: PartWrites,
  { references, ...rest }: PartOptions = {},
): RecordType => ({
  name: writes.model.tableName,
  table: writes.rules.table,
  fields: Object.keys(writes.rules.fields),
  references: { customer: { to: 'customer', column: 'customerId', need: 'required' }, ...references },
  check: (input, state) => writes.check(input as never, state as never),
  writes,
  ...rest,
});
