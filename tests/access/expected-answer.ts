import { expect } from 'vitest';
import type { Declared } from '../../src/core/access/row-predicates.ts';
import type { StaffName } from '../support/server.ts';
import {
  type FileType,
  type FileWorld,
  fields,
  fileTypes,
  modelOf,
  nameOf,
  reachTo,
  reads,
  seesRow,
  type WorldFile,
} from './file-world.ts';
import { codesIn, fieldLimit, isSame } from './sentinel.ts';

export interface RawAnswer {
  /** The response as it came over the wire. */
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: answers are as varied as queries
  data: any;
  errors: { message: string; path?: (string | number)[]; extensions: Record<string, unknown> }[];
  /** SQL statements of the operation, the look-up of who asks included. */
  statements: number;
}

/** Sends an operation over HTTP and searches every byte of the answer for what the viewer may not read. */
export async function ask(
  world: FileWorld,
  viewer: StaffName,
  query: string,
  variables?: Record<string, unknown>,
): Promise<RawAnswer> {
  const answer = await send(world, viewer, query, variables);
  expectNoLeak(world, viewer, answer.text, query);
  return answer;
}

/** Sends an operation over HTTP, for answers that are compared: an average can look like anybody's value. */
export async function send(
  { server }: FileWorld,
  viewer: StaffName,
  query: string,
  variables?: Record<string, unknown>,
): Promise<RawAnswer> {
  const before = server.statements.length;
  const response = await fetch(server.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'accept-language': 'en',
      authorization: `Bearer ${server.as(viewer).token}`,
    },
    body: JSON.stringify({ query, variables }),
  });
  const text = await response.text();
  const { data, errors = [] } = JSON.parse(text);
  const unexpected = errors.filter(({ extensions }: RawAnswer['errors'][number]) =>
    isUnexpected(extensions.code),
  );
  expect(unexpected, query).toEqual([]);
  return { text, data, errors, statements: server.statements.length - before };
}

const isUnexpected = (code: unknown): boolean =>
  [
    'INTERNAL_SERVER_ERROR',
    'GRAPHQL_VALIDATION_FAILED',
    'GRAPHQL_PARSE_FAILED',
    'QUERY_TOO_COMPLEX',
  ].includes(String(code));

/** Not one sentinel of a field that the viewer may not read is anywhere in the text. */
export function expectNoLeak({ files }: FileWorld, viewer: StaffName, text: string, what = ''): void {
  const all = fields();
  const leaks: string[] = [];
  for (const code of codesIn(text)) {
    const file = files[Math.floor(code / fieldLimit)];
    const field = all[code % fieldLimit];
    if (!file || !field) continue;
    const { type, attribute } = field;
    if (seesRow(viewer, type, file) && reads(viewer, attribute, file)) continue;
    // The API publishes when the latest interaction was as a date of the file (basic).
    if (nameOf(type, attribute) === 'Interaction.occurredAt' && reads(viewer, 'basic', file)) continue;
    leaks.push(`${viewer} reads ${nameOf(type, attribute)} of file ${describe(file)}`);
  }
  expect(leaks.slice(0, 5), what.slice(0, 300)).toEqual([]);
}

export const describe = ({ index, viewer, relation }: WorldFile): string =>
  `${index} (${typeof relation === 'object' ? `granted ${relation.granted.join('+') || 'no class'} to` : relation} ${viewer})`;

/**
 * Judges every object of a file in an answer, however deep: what may be read has its value, what may not is null,
 * and each withheld field has exactly one error with the reason the policy gives. Returns the objects seen.
 */
export function expectByPolicy(world: FileWorld, viewer: StaffName, answer: RawAnswer): Set<string> {
  const seen = new Set<string>();
  const withheld = new Map<string, Declared>();
  const faults: string[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return;
    const row = value as Record<string, unknown>;
    const type = row.__typename as FileType;
    if (fileTypes.includes(type)) judgeRow(type, row);
    for (const inner of Object.values(row)) visit(inner);
  };
  const judgeRow = (type: FileType, row: Record<string, unknown>) => {
    const model = modelOf(type);
    const file = world.fileOf.get(row.id as string);
    if (!file) return;
    seen.add(`${type} ${file.index}`);
    if (!seesRow(viewer, type, file)) faults.push(`${viewer} sees the ${type} of ${describe(file)}`);
    for (const [key, value] of Object.entries(row)) {
      const member = model.attributes.get(key) ?? model.relations.get(key);
      if (!member) continue;
      const name = `${type}.${key}`;
      if (!reads(viewer, member, file)) {
        withheld.set(name, member);
        if (value !== null) faults.push(`${viewer} reads ${name} of ${describe(file)}`);
        continue;
      }
      const attribute = model.attributes.get(key);
      const sentinel = file.sentinels.get(name);
      // A task that a test has just opened is of no team, and nobody has settled it.
      const isEmpty = type === 'Task' && file.sentinels.size === 0;
      if (!attribute && value === null && !isEmpty)
        faults.push(`${viewer} misses ${name} of ${describe(file)}`);
      if (attribute && sentinel && !isSame(attribute, value, sentinel.value)) {
        faults.push(`${viewer} gets ${JSON.stringify(value)} for ${name} of ${describe(file)}`);
      }
    }
  };
  visit(answer.data);
  expect(faults.slice(0, 5)).toEqual([]);
  expect(reported(answer)).toEqual(
    [...withheld]
      .map(([field, declared]) => ({ code: 'FORBIDDEN', field, ...reasonOf(viewer, declared) }))
      .sort(byField),
  );
  return seen;
}

/** Every withheld field of the answer, one entry per error. */
export const reported = ({ errors }: RawAnswer) =>
  errors.map(({ extensions }) => extensions as { field: string }).sort(byField);

const byField = (a: { field: string }, b: { field: string }): number => (a.field < b.field ? -1 : 1);

const reasonOf = (viewer: StaffName, declared: Declared) => {
  const reach = reachTo(viewer, declared);
  const reason = reach === 'OWN' ? 'NOT_OWNER' : reach === 'GRANTED' ? 'APPROVAL_REQUIRED' : 'ROLE';
  return { reason, requestable: reason !== 'ROLE' };
};
