import { sql } from 'drizzle-orm';
import type { Actor } from '../../core/access/write-policy.ts';
import { type Database, queryJson } from '../../core/database/database.ts';
import { badInput, badInputAt, forbidden, type Issue } from '../../core/errors.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { checkId, type IdPrefix, idKindOf } from '../../core/graphql/schema/type-id.ts';
import { requireActive } from '../../core/part/file-lock.ts';
import { writeVersioned } from '../../core/part/version-conflict.ts';
import { checkFields, optionalText } from '../../core/validation/fields.ts';
import { lockFile, requireSeen } from '../customer/customer-file.write.ts';
import { type VerifiableField, verifiableFields } from './verifiable-field.ts';
import type { VerificationMethod } from './verification.table.ts';
import type { FileDecision } from './verification.write.ts';
import { leadsOwner, mayVerify, secondCheckNeeded } from './verifier.service.ts';

const path = ['input'];
const most = 50;

interface FieldCheckInput {
  field: string;
  entityId?: string | null;
  method: VerificationMethod;
  evidence?: string | null;
}

/** One value of the input, as it is stored. */
interface Draft {
  place: number;
  of: VerifiableField;
  subjectId: string;
  method: VerificationMethod;
  evidence: string | null;
}

/** What the database knows of a draft. */
interface Found {
  isThere: boolean;
  hasValue: boolean;
  /** The same person has verified it in the same way. */
  isDone: boolean;
  refusal: 'OTHER_PERSON' | 'SECOND_PASS' | null;
}

/**
 * Records that values of a file were verified, and returns the file's id (a UUID). A check that is there already leaves no
 * trace. As many statements for one value as for fifty.
 *
 * Errors: NOT_FOUND, FORBIDDEN naming every field the viewer may not verify, or every one that another person has to, CONFLICT
 * for any change since the version the client has read and an archived file, BAD_USER_INPUT naming every violation.
 */
export function verifyFields(
  db: Database,
  actor: Actor,
  input: FileDecision & { fields: readonly FieldCheckInput[] },
): Promise<string> {
  const { viewer } = actor;
  if (input.fields.length === 0 || input.fields.length > most)
    throw badInputAt([...path, 'fields'], 'LIST_LENGTH', `1 to ${most} entries. (须为1至${most}项。)`);
  const { drafts, issues } = readDrafts(checkId('cus', input.id).value ?? '', input.fields);
  const id = requireId('cus', input.id, [...path, 'id'], issues);
  return writeVersioned(db, actor, async (tx) => {
    const file = await lockFile(tx, viewer, id);
    const { isLeader, found } = await weigh(tx, actor, id, drafts);
    const notTheirs = drafts.filter(({ of }) => !mayVerify(viewer, file, of, isLeader));
    if (notTheirs.length > 0) throw notVerifier(fieldsOf(notTheirs));
    const open = drafts.filter(({ place }) => !found[place]?.isDone);
    await requireSeen(tx, actor, file, input.expectedVersion, issues.length === 0 && open.length === 0);
    requireActive(file);
    const others = open.filter(({ place }) => found[place]?.refusal === 'OTHER_PERSON');
    if (others.length > 0) throw secondCheckNeeded(fieldsOf(others));
    const all = [...issues, ...open.flatMap((draft) => problemsOf(draft, found[draft.place]))];
    if (all.length > 0) throw badInput(all);
    await insertChecks(tx, actor, id, open);
    return id;
  });
}

const fieldsOf = (drafts: readonly Draft[]): string[] => [...new Set(drafts.map(({ of }) => of.field))];

const notVerifier = (fields: string[]) =>
  forbidden(`You may not verify ${fields.join(', ')}. (您无权核实${fields.join('、')}。)`, { fields });

const evidenceRule = { evidence: optionalText(1_000, { multiline: true }) };

/** Whether rows of this kind have fields that can be verified. */
const isVerified = (prefix: IdPrefix | null): boolean =>
  [...verifiableFields().values()].some(({ entityPrefix }) => entityPrefix === prefix);

/** The values that the input names, and what is wrong with it as it stands. */
function readDrafts(fileId: string, inputs: readonly FieldCheckInput[]) {
  const issues: Issue[] = [];
  const seen = new Set<string>();
  const drafts = inputs.flatMap((one, place): Draft[] => {
    const at = [...path, 'fields', place];
    const { values, issues: wrong } = checkFields(evidenceRule, one, { mode: 'create', path: at });
    issues.push(...wrong);
    const prefix = one.entityId == null ? 'cus' : idKindOf(one.entityId);
    const { problem } = one.entityId == null || isVerified(prefix) ? {} : checkId('con', one.entityId);
    if (problem) issues.push({ path: [...at, 'entityId'], ...problem });
    const of = [...verifiableFields().values()].find(
      ({ entityPrefix, field }) => entityPrefix === prefix && field === one.field,
    );
    if (!of) {
      if (!problem) issues.push({ path: [...at, 'field'], code: 'FIELD_UNKNOWN', message: notVerifiable });
      return [];
    }
    const subjectId = one.entityId == null ? fileId : (checkId(of.entityPrefix, one.entityId).value ?? '');
    const key = `${subjectId} ${one.field}`;
    if (seen.has(key)) issues.push({ path: at, code: 'FIELD_REPEATED', message: repeated });
    seen.add(key);
    return [{ place, of, subjectId, method: one.method, evidence: values.evidence ?? null }];
  });
  return { drafts, issues };
}

const notVerifiable =
  'Must be a field of the file, a contact or a need that can be verified. (须为档案、联系人或需求中可核实的字段。)';
const repeated = 'It is named twice. (重复。)';

function problemsOf({ place }: Draft, found: Found | undefined): Issue[] {
  const at = [...path, 'fields', place];
  if (!found?.isThere)
    return [
      { path: [...at, 'entityId'], code: 'NOT_IN_FILE', message: 'Not in this file. (不在该档案中。)' },
    ];
  if (!found.hasValue)
    return [{ path: [...at, 'field'], code: 'NO_VALUE', message: 'It has no value. (该字段无值。)' }];
  if (found.refusal !== 'SECOND_PASS') return [];
  return [
    {
      path: at,
      code: 'SECOND_PASS_REQUIRED',
      message:
        'Your second check comes later, as the settings say, by another method and with evidence. (本人复核须间隔规定时间、采用另一方式并填写依据。)',
    },
  ];
}

const rowsOf = (drafts: readonly Draft[]) =>
  JSON.stringify(
    drafts.map(({ place, of, subjectId, method, evidence }) => ({
      place,
      subject: of.subject,
      subject_id: subjectId,
      column_name: of.column,
      method,
      evidence,
    })),
  );
const columns = sql`(place integer, subject text, subject_id uuid, column_name text, method text, evidence text)`;

/** What the database says of the drafts, by their place; one statement. */
const weigh = (
  tx: Database,
  { viewer, now }: Actor,
  fileId: string,
  drafts: readonly Draft[],
): Promise<{ isLeader: boolean; found: Record<number, Found> }> =>
  queryJson(
    tx,
    sql`select json_build_object('isLeader', ${leadsOwner(viewer, fileId)}, 'found', (
      select coalesce(json_object_agg(g.place, json_build_object('isThere', held.content is not null,
        'hasValue', coalesce(held.content -> g.column_name, 'null') <> 'null',
        'isDone', coalesce(k.verified_by_id = ${viewer.id}::uuid and k.method = g.method and k.evidence is not distinct from g.evidence, false),
        'refusal', w.refusal)), '{}')
      from jsonb_to_recordset(${rowsOf(drafts)}::text::jsonb) g ${columns}
      left join lateral (
        select to_jsonb(r) as content from customer r where g.subject = 'customer' and r.id = g.subject_id and r.id = ${fileId}::uuid
        union all select to_jsonb(r) from contact r where g.subject = 'contact' and r.id = g.subject_id and r.customer_id = ${fileId}::uuid
        union all select to_jsonb(r) from need r where g.subject = 'need' and r.id = g.subject_id and r.customer_id = ${fileId}::uuid) held on true
      left join field_check k on k.subject_id = g.subject_id and k.column_name = g.column_name and k.ended_at is null
      cross join lateral weigh_check(${fileId}::uuid, g.subject, g.subject_id, g.column_name, ${viewer.id}::uuid, g.method, g.evidence,
                                     ${now.toISOString()}::timestamptz) w))`,
  );

async function insertChecks(
  tx: Database,
  { viewer, now }: Actor,
  fileId: string,
  drafts: readonly Draft[],
): Promise<void> {
  if (drafts.length === 0) return;
  await tx.execute(sql`
    insert into field_check (customer_id, subject, subject_id, column_name, method, evidence, verified_by_id, verified_at)
    select ${fileId}::uuid, g.subject, g.subject_id, g.column_name, g.method, g.evidence, ${viewer.id}::uuid, ${now.toISOString()}::timestamptz
    from jsonb_to_recordset(${rowsOf(drafts)}::text::jsonb) g ${columns} order by g.place`);
}
