import { type SQL, sql } from 'drizzle-orm';
import { type AccessClass, accessClasses } from '../access/policy.ts';
import { readable, visibleFiles } from '../access/reach.ts';
import type { Context } from '../context.ts';
import { encodeId } from '../graphql/type-id.ts';
import type { Attribute } from '../model/attribute.ts';
import { type Model, modelNamed } from '../model/model.ts';
import { readingOf } from '../model/read.ts';
import { fileColumnsOf } from '../model/reading.ts';
import type { FieldChange } from './history.type.ts';

/** Which classes the viewer may read on one file, as it stands now. */
export type FileRights = Record<AccessClass, boolean>;

/** The viewer's present rights on a file; null when it is not there or not theirs. One statement. */
export async function findFileRights(ctx: Context, customerId: string): Promise<FileRights | null> {
  const { viewer } = readingOf(ctx);
  const file = fileColumnsOf('t1');
  const rights = accessClasses.map((access) => sql`${access}::text, ${asSql(readable(viewer, access, file))}`);
  const statement = sql`select (select json_build_object(${sql.join(rights, sql`, `)}) from customer t1 where t1.id = ${customerId}::uuid and ${asSql(visibleFiles(viewer, file))})`;
  return (await ctx.statements.load(statement)) as FileRights | null;
}

const asSql = (condition: true | false | SQL): SQL =>
  typeof condition === 'object' ? condition : sql.raw(String(condition));

/** One changed column, values as text. */
interface RawChange {
  subject: string;
  column: string;
  old: string | null;
  new: string | null;
}

/**
 * What changed in one version of a file, redacted by the viewer's rights: a
 * field they may not read is left out altogether. A row that was added or
 * removed shows as all its fields.
 */
export async function findChanges(
  ctx: Context,
  customerId: string,
  version: number,
  rights: FileRights,
): Promise<FieldChange[]> {
  // Values as text: an exact number would be read from JSON as a float.
  const statement = sql`select coalesce(json_agg(json_build_object('subject', c.subject, 'column', f.key, 'old', f.old, 'new', f.new) order by c.id, f.key), '[]')
    from file_change c cross join lateral (
      select c.field as key, c.old_value #>> '{}' as old, c.new_value #>> '{}' as new where c.field is not null
      union all
      select key, o.value, n.value
      from jsonb_each_text(coalesce(c.old_value, '{}')) o full join jsonb_each_text(coalesce(c.new_value, '{}')) n using (key)
      where c.field is null
    ) f
    where c.customer_id = ${customerId}::uuid and c.version = ${version}::int`;
  const raw = (await ctx.statements.load(statement)) as RawChange[];
  return raw.flatMap((change) => publish(change, rights) ?? []);
}

/** The API's form of a changed column, or null for one that is private or withheld. */
function publish(change: RawChange, rights: FileRights): FieldChange | null {
  const model = modelNamed(modelNames[change.subject] ?? '');
  if (!model) return null;
  const attribute = [...model.attributes.values()].find(({ column }) => column.name === change.column);
  if (attribute?.field === 'id') return null;
  if (attribute) {
    if (attribute.access !== 'open' && !rights[attribute.access]) return null;
    return { field: attribute.field, oldValue: valueOf(attribute, change.old), newValue: valueOf(attribute, change.new) };
  }
  return publishReference(model, change, rights);
}

/** A foreign key appears as the relation it stands for, with the id of what it points at. */
function publishReference(model: Model, change: RawChange, rights: FileRights): FieldChange | null {
  const relation = model.relations.get(change.column.replace(/_id$/, ''));
  if (!relation || relation.arity !== 'one' || relation.field === 'customer') return null;
  if (relation.access !== 'open' && !rights[relation.access]) return null;
  const { prefix } = relation.target();
  const idOf = (uuid: string | null) => uuid && encodeId(prefix, uuid);
  return { field: relation.field, oldValue: idOf(change.old), newValue: idOf(change.new) };
}

const modelNames: Record<string, string> = {
  customer: 'Customer',
  contact: 'Contact',
  interaction: 'Interaction',
  need: 'Need',
  deal: 'Deal',
};

const valueOf = ({ kind }: Attribute, text: string | null): unknown => {
  if (text === null) return null;
  if (kind === 'integer') return Number(text);
  if (kind === 'boolean') return text === 'true';
  return kind === 'instant' ? text.replace(/\+00:00$/, 'Z') : text;
};
