import { type SQL, sql } from 'drizzle-orm';
import { callers } from '../../src/core/access/callers.ts';
import type { OutputTextKind } from '../../src/core/access/policy.ts';
import { type Database, writeAs } from '../../src/core/database/database.ts';
import { encodeId, uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import type { Attribute } from '../../src/core/model/attribute.ts';
import type { Model } from '../../src/core/model/model.types.ts';
import { modelNamed, partModels } from '../../src/core/model/registry.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { fileTypes } from './file-world.ts';
import { sentinelOf, sqlOf } from './sentinel.ts';

/** Texts that can name somebody, by the declarations. */
const naming: readonly (OutputTextKind | null)[] = ['FREE', 'IDENTIFYING'];
export const canName = ({ text }: { text: OutputTextKind | null }): boolean => naming.includes(text);

/** Types with such texts that analysts can reach, whoever writes them. */
export const plantedTypes = [...fileTypes, 'Tag', 'Segment', 'Employee', 'AccessRequest', 'AccessGrant'];

/** A word that stands in one field of the whole database: no answer holds it by chance. */
export const wordIn = (type: string, field: string): string => `znm${type}${field}`.toLowerCase();

/** Every field that has a word. */
export const plantedFields = (): [type: string, field: string][] =>
  plantedTypes.flatMap((type) =>
    [...modelOf(type).attributes.values()]
      .filter((attribute) => canName(attribute) && !isGenerated(attribute))
      .map(({ field }): [string, string] => [type, field]),
  );

export interface PseudonymWorld {
  server: TestServer;
  /** TypeID of a row of each type, none of them the analyst's own. */
  ids: Record<string, string>;
  /** Segments of a manager, shared: what their rules ask. */
  segments: Map<string, string>;
  /** An analyst's own segment, whose rule names a manager's. */
  ownSegment: string;
  /** Every word that was planted. */
  words: string[];
  /** Cursor of the log before the file was entered. */
  beginning: string;
}

/** A file, its staff and what they wrote, with a word of its own in every text that can name somebody. */
export async function startPseudonymWorld(): Promise<PseudonymWorld> {
  const server = await startTestServer();
  const { db, as } = server;
  const { data } = await as('ADMIN').query('{ customerFileEvents { pageInfo { endCursor } } }');
  const words = plantedFields().map(([type, field]) => wordIn(type, field));
  const ids = { Employee: as('MANAGER').id } as Record<string, string>;
  await db.execute(sql`update employee set name = ${wordIn('Employee', 'name')} || role, title = ${wordIn('Employee', 'title')},
    email = ${wordIn('Employee', 'email')} || id || '@test.example' where role <> 'ANALYST'`);

  const insert = async (type: string, given: Record<string, unknown>): Promise<string> => {
    const { tableName, prefix } = modelOf(type);
    const columns = new Map(Object.entries(given).map(([name, value]) => [name, sql`${value}`]));
    for (const attribute of modelOf(type).attributes.values())
      if (isPlanted(attribute) && !columns.has(attribute.column.name) && !isGenerated(attribute))
        columns.set(attribute.column.name, wordSql(type, attribute));
    for (const attribute of modelOf(type).attributes.values()) {
      const { name, notNull, hasDefault } = attribute.column;
      if (notNull && !hasDefault && !isGenerated(attribute) && !columns.has(name))
        columns.set(name, sqlOf(attribute, sentinelOf(attribute, 0, 0)?.value ?? null));
    }
    const [row] = await db.execute<{ id: string }>(
      sql`insert into ${sql.identifier(tableName)} (${sql.join(
        [...columns.keys()].map((name) => sql.identifier(name)),
        sql`, `,
      )}) values (${sql.join([...columns.values()], sql`, `)}) returning id`,
    );
    ids[type] = encodeId(prefix, row?.id as string);
    return row?.id as string;
  };
  const manager = as('MANAGER').uuid;
  const customer_id = await insert('Customer', { owner_id: as('SALES').uuid, custodian_id: manager });
  const [team] = await db.execute<{ id: string }>(sql`insert into team (name) values ('甲组') returning id`);
  /** After the parts it refers to. */
  const insertPart = async ({ name, relations }: Model): Promise<void> => {
    if (ids[name]) return;
    const references: Record<string, string> = {};
    for (const { key, target } of relations.values()) {
      if (key === null) continue;
      const referred = target();
      // No text of a department can name anybody.
      if (referred.name === 'Department') continue;
      if (referred.kind === 'part') await insertPart(referred);
      references[key] =
        referred.name === 'Team' ? (team?.id as string) : uuidOf(ids[referred.name] as string);
    }
    await insert(name, references);
  };
  for (const part of partModels()) await insertPart(part);
  const tag_id = await insert('Tag', {});
  await db.execute(sql`insert into customer_tag (customer_id, tag_id) values (${customer_id}, ${tag_id})`);
  const until = new Date(Date.now() + 86_400_000).toISOString();
  const lent = { customer_id, classes: '{contact}' };
  // Of a file of the analyst's team, so that they see them without having written them.
  await db.execute(sql`update team set leader_id = ${as('ANALYST').uuid}`);
  await insert('AccessRequest', { ...lent, requester_id: as('SALES_2').uuid, until, told_ids: '{}' });
  await insert('AccessGrant', { ...lent, grantee_id: as('SALES_2').uuid, expires_at: until });

  const saveSegment = async (rule: object, owner: 'MANAGER' | 'ANALYST' = 'MANAGER'): Promise<string> => {
    const [name, description] = ['name', 'description'].map((field) => wordIn('Segment', field));
    const own = { name: '我的客户分群', description: '我的说明' };
    const input = { rule, shared: true, ...(owner === 'ANALYST' ? own : { name, description }) };
    const document =
      'mutation ($input: CreateSegmentInput!) { createSegment(input: $input) { segment { id } } }';
    const { data: saved, errors } = await as(owner).query(document, { input });
    if (errors) throw new Error(JSON.stringify(errors));
    return saved.createSegment.segment.id;
  };
  const segments = new Map<string, string>();
  segments.set(await saveSegment({ industry: { ne: wordIn('Segment', 'rule') } }), 'industry');
  ids.Segment = [...segments.keys()][0] as string;
  const ownSegment = await saveSegment({ inSegment: ids.Segment }, 'ANALYST');
  for (const [what, rule] of Object.entries({
    summary: { interactions: { some: { summary: { contains: wordIn('Interaction', 'summary') } } } },
    ownerName: { owner: { name: { isNull: false } } },
    tags: { tags: { hasAny: [wordIn('Tag', 'value')] } },
    past: { history: { businessScope: { was: { isNull: false } } } },
    nested: { inSegment: ids.Segment, not: { deals: { some: { title: { isNull: false } } } } },
  }))
    segments.set(await saveSegment(rule), what);

  // A change of every text, by a person, so that history and events have values before and after.
  await writeAs(db, { actorId: manager, source: 'API', requestId: null }, (tx) => changeWords(tx, '乙'));
  return { server, ids, segments, ownSegment, words, beginning: data.customerFileEvents.pageInfo.endCursor };
}

export const modelOf = (type: string): Model => modelNamed(type) as Model;

/** Rules of segments have words of their own. */
const isPlanted = (attribute: Attribute): boolean =>
  canName(attribute) &&
  (attribute.kind !== 'json' || attribute.item !== undefined || attribute.toText !== undefined);

/** What is no text within an object: who, when, and one of a few. */
const withoutWords = new Set(['cancelledBy', 'cancelledAt', 'category']);

/** The word of a field as its column holds it, in every text of a list. */
function wordSql(type: string, attribute: Attribute, end = ''): SQL {
  const word = `${wordIn(type, attribute.field)}${end}`;
  const { value = word } = sentinelOf(attribute, 0, 0) ?? {};
  if (typeof value !== 'object') return sql`${word}`;
  const planted = JSON.parse(JSON.stringify(value), (key, inner) =>
    typeof inner === 'string' && !withoutWords.has(key) ? word : inner,
  );
  return sqlOf(attribute, planted);
}

/** What the database keeps as it was given. */
const unchanging = new Set(['archiveNumber', 'formerNumbers']);

/** Ends every word in a file differently. */
export async function changeWords(tx: Database, end: string): Promise<void> {
  for (const type of fileTypes) {
    const { tableName, attributes } = modelOf(type);
    const changes = [...attributes.values()]
      .filter((attribute) => isPlanted(attribute) && !unchanging.has(attribute.field))
      .map((attribute) => sql`${sql.identifier(attribute.column.name)} = ${wordSql(type, attribute, end)}`);
    await tx.execute(sql`update ${sql.identifier(tableName)} set ${sql.join(changes, sql`, `)}`);
  }
}

/** Made by the database of others. */
const isGenerated = ({ column }: Attribute): boolean => column.generated !== undefined;

/** Three letters alone stand in many an id. */
const planted = new RegExp(`znm(?:${plantedTypes.join('|').toLowerCase()})[a-z]+`, 'g');

/** The words of a text, also of those inside base64 (cursors). */
export function wordsIn(text: string): Set<string> {
  const hidden = [...text.matchAll(/"([A-Za-z0-9_-]{16,})"/g)].map(([, encoded]) =>
    Buffer.from(encoded as string, 'base64url').toString('utf8'),
  );
  const found = [text, ...hidden].flatMap((layer) => layer.toLowerCase().match(planted) ?? []);
  return new Set(found);
}

/** Root fields of a kind that analysts may call. */
export const openToAnalysts = (root: 'Query' | 'Mutation' | 'Subscription'): string[] =>
  Object.entries(callers)
    .filter(([name, who]) => name.startsWith(`${root}.`) && (who === 'STAFF' || who.includes('ANALYST')))
    .map(([name]) => name.slice(root.length + 1));
