import { type ExecutionResult, execute, type GraphQLSchema, parse } from 'graphql';
import { expect } from 'vitest';
import type { FileReads } from '../../src/core/access/access-log-port.ts';
import type { Viewer } from '../../src/core/access/viewer.ts';
import { executorOf } from '../../src/core/database/row-loader.ts';
import { createStatements } from '../../src/core/database/statements.ts';
import { executeOperation } from '../../src/core/graphql/execution/execute.ts';
import { stringifyResult } from '../../src/core/graphql/execution/raw-json.ts';
import { messageIn } from '../../src/core/locale.ts';
import { Locale } from '../../src/core/model/label.ts';
import { type AppContext, createContext } from '../../src/core/request-context.ts';
import { initialSettings } from '../../src/core/settings/settings.ts';
import { realClock } from '../../src/core/time/business-clock.ts';
import { type FileWorld, roleOf } from '../access/file-world.ts';
import type { Answer, StaffName } from '../support/server.ts';
import type { Result, Stream } from '../support/socket.ts';
import { type DrawnField, documentOf, merged, partsOf, plain } from './random-selection.ts';

/** What an operation yielded, in a form in which parts can be put together. */
export interface Outcome {
  data: unknown;
  /** Set where a part lost an object that others have: which errors are reported beside it is left to the executor. */
  isNulled?: true;
  /** Errors of fields that are withheld by their name, others by their place. */
  withheld: Map<string, Set<string>>;
  errors: Set<string>;
  /** Files with the classes and fields of them that the access log names. */
  reads: Set<string>;
}

export const outcomeOf = (
  { data, errors = [] }: Pick<ExecutionResult, 'data' | 'errors'>,
  reads: FileReads[] = [],
): Outcome => {
  const outcome: Outcome = { data, withheld: new Map(), errors: new Set(), reads: new Set() };
  for (const { message: written, path, extensions } of errors) {
    // As the transports send it to the test clients.
    const message = messageIn('EN', written);
    const field = extensions.field;
    if (extensions.code === 'FORBIDDEN' && typeof field === 'string' && message.includes(field)) {
      outcome.withheld.set(
        message,
        new Set([...(outcome.withheld.get(message) ?? []), JSON.stringify(path)]),
      );
    } else outcome.errors.add(`${JSON.stringify(path)} ${message}`);
  }
  for (const { classes, fields, customerIds } of reads)
    for (const id of customerIds)
      for (const what of [...classes, ...fields]) outcome.reads.add(`${id} ${what}`);
  return outcome;
};

export type Way = 'bytes' | 'resolved' | 'graphql';

/** Who asks, of which files, by which schema. */
export interface Asking {
  schema: GraphQLSchema;
  world: FileWorld;
  name: StaffName;
}

export async function run(
  { schema, world: { server }, name }: Asking,
  { query, variables }: ReturnType<typeof documentOf>,
  way: Way,
): Promise<Outcome> {
  const { uuid } = server.as(name);
  const viewer: Viewer = {
    id: uuid,
    name,
    email: 'x@test.example',
    role: roleOf(name),
    teamId: null,
    leads: [],
    groups: [],
    sessionId: uuid,
  };
  const reads: FileReads[] = [];
  const surroundings = {
    db: server.db,
    analystReads: { statements: () => createStatements(() => executorOf(server.db)) },
    accessLog: {
      noteReads: async (_: unknown, noted: FileReads[]) => {
        reads.push(...noted);
        return [];
      },
    },
    settings: { current: () => initialSettings },
    clock: realClock,
    health: { requireRoom: () => {} },
    smallestGroup: 5,
    queryCostLimit: 1_000_000_000,
  } as unknown as AppContext;
  // As the test clients state it: some messages are data.
  const contextValue = await createContext(surroundings, { viewer, address: '', locale: Locale.EN });
  const asked = {
    schema,
    document: documents.get(query) ?? parse(query),
    contextValue,
    variableValues: variables,
  };
  documents.set(query, asked.document);
  const result =
    way === 'graphql'
      ? await execute(asked)
      : ((await executeOperation({ ...asked, acceptsRawJson: way === 'bytes' })) as ExecutionResult);
  return outcomeOf(
    { ...result, data: JSON.parse(stringifyResult({ data: result.data }).toString()).data },
    reads,
  );
}
/** The same document again is the same, as Apollo keeps it: what was prepared for it is used. */
const documents = new Map<string, ReturnType<typeof parse>>();

/** What the parts yield, each asked alone of graphql's own executor. */
export async function askParts(
  asking: Asking,
  fields: DrawnField[],
  around = (text: string) => text,
): Promise<Outcome> {
  const whole: Outcome = { data: undefined, withheld: new Map(), errors: new Set(), reads: new Set() };
  const whenNulled = () => {
    whole.isNulled = true;
  };
  for (const part of partsOf(fields)) {
    const outcome = await run(asking, documentOf('query', around(plain(part))), 'graphql');
    // A root field that is refused and cannot be null takes the answer with it.
    whole.data =
      whole.data === null || outcome.data === null ? null : merged(whole.data, outcome.data, whenNulled);
    for (const error of outcome.errors) whole.errors.add(error);
    for (const read of outcome.reads) whole.reads.add(read);
    for (const [message, paths] of outcome.withheld)
      whole.withheld.set(message, new Set([...(whole.withheld.get(message) ?? []), ...paths]));
  }
  return whole;
}

export function expectSame(found: Outcome, parts: Outcome, what: string, isLogged = true): void {
  expect(found.data, what).toEqual(parts.data);
  if (parts.data === null || parts.isNulled) return;
  expect([...found.errors].sort(), what).toEqual([...parts.errors].sort());
  expect([...found.withheld.keys()].sort(), what).toEqual([...parts.withheld.keys()].sort());
  for (const [message, paths] of found.withheld)
    for (const path of paths) expect([...(parts.withheld.get(message) ?? [])], what).toContain(path);
  if (isLogged) expect([...found.reads].sort(), what).toEqual([...parts.reads].sort());
}

/** Whether an operation was refused for its size: what is drawn may be more than one can ask. */
export const isTooMuch = (answer: Pick<ExecutionResult, 'errors'> | Pick<Answer, 'errors'>): boolean =>
  answer.errors?.some(({ extensions }) => extensions?.code === 'QUERY_TOO_COMPLEX') ?? false;

/** What a socket sends for an operation that it does not begin. */
export const refusalOf = async ({ ended }: Stream): Promise<Result> => {
  const errors = await ended;
  return errors ? { errors: errors as NonNullable<Result['errors']> } : new Promise(() => {});
};
