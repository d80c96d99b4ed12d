import { sql } from 'drizzle-orm';
import { asSql, isOwn, readable } from '../../core/access/row-predicates.ts';
import type { Viewer } from '../../core/access/viewer.ts';
import { viewerReach } from '../../core/access/write-policy.ts';
import type { Context } from '../../core/context.ts';
import type { Attribute } from '../../core/model/attribute.ts';
import { attributeValue } from '../../core/model/attribute-value.ts';
import { findRow, readingOf, runStatement } from '../../core/model/read.ts';
import { fileColumnsOf } from '../../core/model/read-context.ts';
import { type CompletenessFieldName, completenessFields } from '../../domains/customer/completeness-field.ts';
import { customerModel } from '../../domains/customer/customer.model.ts';
import type { BriefSource } from './customer-brief.type.ts';

/** The brief of a file (UUID), whose lists are read as they are selected; null for a file the viewer cannot see. */
export async function findBrief(ctx: Context, id: string): Promise<BriefSource | null> {
  const reading = readingOf(ctx);
  const { viewer } = reading;
  const [file, found] = await Promise.all([
    findRow(ctx, customerModel, id, { fields: [] }),
    runStatement(
      ctx,
      () => sql`
        select json_build_object('lastVisitAt', (select max(occurred_at) from interaction
                                                  where customer_id = f.id and employee_id = ${viewer.id}::uuid),
                                 'readsBusiness', ${asSql(readable(viewer, 'business', fileColumnsOf('f')))},
                                 'isOwn', ${isOwn(viewer, fileColumnsOf('f'))}, 'isActive', f.archived_at is null,
                                 'missing', ${attributeValue(reading, completeness, 'f')} -> 'missing')
        from customer f where f.id = ${id}::uuid`,
    ),
  ]);
  if (!file) return null;
  const { isOwn: isTheirs, isActive, missing, ...source } = found as FoundBrief;
  const gaps = isActive ? (missing ?? []).filter(({ field }) => mayFill(viewer, isTheirs, field)) : [];
  return { id, ...source, gaps };
}

type FoundBrief = Omit<BriefSource, 'id' | 'gaps'> & {
  isOwn: boolean;
  isActive: boolean;
  missing: BriefSource['gaps'] | null;
};

const completeness = customerModel.attributes.get('completeness') as Attribute;

/** Whether the viewer may write what fills it, by their role or for their department. */
function mayFill(viewer: Viewer, isTheirs: boolean, field: CompletenessFieldName): boolean {
  const [type, name] = completenessFields[field].fills;
  const reach = viewerReach(viewer, type, name);
  return reach === 'ALL' || (reach === 'OWN' && isTheirs);
}
