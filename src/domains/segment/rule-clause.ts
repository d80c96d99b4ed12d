import type { Filter } from '../../core/model/filter.ts';

/** The clauses of a rule, all of which must hold: one per field and quantifier of a relation; `and` is flattened. */
export function clausesOf(rule: Filter): Filter[] {
  return Object.entries(rule).flatMap(([field, value]): Filter[] => {
    if (value === null || value === undefined) return [];
    if (field === 'and') return (value as Filter[]).flatMap(clausesOf);
    return [{ [field]: value }];
  });
}

/** Ids of the segments that a rule refers to, at any depth. */
export function segmentIdsIn(rule: unknown): string[] {
  if (Array.isArray(rule)) return rule.flatMap(segmentIdsIn);
  if (typeof rule !== 'object' || rule === null) return [];
  return Object.entries(rule).flatMap(([field, value]) =>
    field === 'inSegment' && typeof value === 'string' ? [value] : segmentIdsIn(value),
  );
}
