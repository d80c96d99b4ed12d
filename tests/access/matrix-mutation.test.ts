import {
  type GraphQLObjectType,
  type GraphQLOutputType,
  getNamedType,
  isObjectType,
  parseValue,
  valueFromASTUntyped,
} from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callers } from '../../src/core/access/callers.ts';
import { approvers, creditVerifiers, policy, verifiers } from '../../src/core/access/policy.ts';
import type { Role } from '../../src/core/access/role.ts';
import { sharedSchema } from '../support/schema.ts';
import type { StaffName } from '../support/server.ts';
import { flatSelection, inward, through } from './document.ts';
import { ask, describe as described, expectByPolicy } from './expected-answer.ts';
import {
  type FileType,
  type FileWorld,
  fileTypes,
  roleOf,
  seesFile,
  startFileWorld,
  viewers,
  type WorldFile,
} from './file-world.ts';
import { type MutationCase, mutationCases, rememberFile } from './mutation-case.ts';

let world: FileWorld;
beforeAll(async () => {
  world = await startFileWorld();
});
afterAll(() => world.server.close());

/** Writes move these, or set them right: their sentinels are gone. */
const moved = [
  'Customer.lastInteractionAt',
  'Customer.completenessScore',
  // Of the same name as the deal's.
  'Customer.lostReason',
  'Customer.tierSetBy',
  'Customer.verificationState',
  'Deal.closedAt',
  'Deal.lostReason',
].concat(fileTypes.map((type) => `${type}.updatedAt`));

/** Of a file, what is told besides its own fields. */
const besides = {
  Customer:
    'segments { id } availableStages { stage } completeness { isCurrent } verification { state fields { field evidence } formerFields { field } answer { evidence } request { channel } } proposedChanges { field shownText proposedText reason } history(first: 100) { nodes { field oldValue newValue } }',
  Task: 'overdue subject { id }',
};

/** Every field of a row but those that writes move. */
const fieldsOf = (type: FileType): string =>
  flatSelection(type)
    .split(/ (?![^({]*[)}])/)
    .filter((field) => !moved.includes(`${type}.${field}`))
    .concat(type in besides ? besides[type as 'Customer'] : [])
    .join(' ');

/** Everything of a row, and of what lies around it in the file. */
const everything = (type: FileType): string =>
  [
    fieldsOf(type),
    ...inward(type).map(({ field, arity, target }) =>
      through(field, arity, fieldsOf(target().name as FileType)),
    ),
  ].join(' ');

const schema = sharedSchema();
const mutationsOfSchema = schema.getMutationType()?.getFields() ?? {};

/** Whether rows of files can be selected below a type, however deep. */
function showsFiles(type: GraphQLOutputType, passed = new Set<string>()): boolean {
  const named = getNamedType(type);
  if (fileTypes.includes(named.name as FileType)) return true;
  // What the tasks of an employee show of files is in the matrix of output, once for all who lead to an employee.
  if (!isObjectType(named) || named.name === 'Employee' || passed.has(named.name)) return false;
  passed.add(named.name);
  return Object.values(named.getFields()).some((field) => showsFiles(field.type, passed));
}

test('every mutation whose payload leads to a file, however deep, is in the matrix', () => {
  const showing = Object.values(mutationsOfSchema).filter(({ type }) => showsFiles(type));
  expect(Object.keys(mutationCases).sort()).toEqual(showing.map(({ name }) => name).sort());
});

test.each(fileTypes)(
  'every field of a %s is selected of a payload but those that the write itself moves',
  (type) => {
    const row = schema.getType(type) as GraphQLObjectType;
    const selection = ` ${everything(type)}`;
    const missing = Object.keys(row.getFields()).filter(
      (field) => !new RegExp(` ${field}\\b`).test(selection),
    );
    expect(missing.map((field) => `${type}.${field}`).sort()).toEqual(
      moved.filter((field) => field.startsWith(`${type}.`)).sort(),
    );
  },
);

const mayCall = (viewer: StaffName, mutation: string): boolean => {
  const who = callers[`Mutation.${mutation}`];
  return who === 'STAFF' || (Array.isArray(who) && who.includes(roleOf(viewer)));
};

/** Of the rest, who decides requests, and who verifies: no other leads a team here. */
const deciders = (mutation: string): readonly Role[] | null => {
  if (/^(?:approve|decline)Access$/.test(mutation)) return approvers.standIn;
  if (/^(?:approve|reject)File$/.test(mutation)) return verifiers;
  return mutation === 'verifyFields' ? [...verifiers, ...creditVerifiers] : null;
};

/** Whoever may call these finds among the files of the matrix one on which they may. */
const succeeds = (viewer: StaffName, mutation: string): boolean =>
  deciders(mutation)?.includes(roleOf(viewer)) ?? mayCall(viewer, mutation);

/** Rows that came into being are the viewer's to read as their file is, and hold no sentinel. */
function enterMade(viewer: StaffName, file: WorldFile, payload: Record<string, { id?: string }>): void {
  for (const made of Object.values(payload ?? {})) {
    if (!made?.id || world.fileOf.has(made.id)) continue;
    const isFile = made.id.startsWith('cus_');
    world.fileOf.set(made.id, {
      ...file,
      sentinels: new Map(),
      ...(isFile && { viewer, relation: 'OWN' as const }),
    });
  }
}

/** Mutations that the viewer may call on a file and whose payloads show the same: they are read back alike. */
const alike = (viewer: StaffName, { shows }: MutationCase): string[] =>
  Object.entries(mutationCases)
    .filter(([name, other]) => other.isOfOneFile && other.shows === shows && mayCall(viewer, name))
    .map(([name]) => name);

/**
 * The files a mutation is called on: the viewer's own, a stranger's, and its share of the rest, which mutations that show
 * the same divide among them. `spare` is what is left, for one that finds nothing to do on those. Whom their role keeps
 * from it altogether is refused the same on every file.
 */
function filesFor(viewer: StaffName, name: string, mutation: MutationCase) {
  const files = world.files.filter((file) => file.viewer === viewer || file.relation === 'FOREIGN');
  if (!mutation.isOfOneFile) return { called: files.slice(0, 1), spare: [] };
  const isEnd = ({ relation }: WorldFile) => relation === 'OWN' || relation === 'FOREIGN';
  const ends = files.filter(isEnd);
  if (!mayCall(viewer, name)) return { called: ends, spare: [] };
  const sharing = alike(viewer, mutation);
  const others = files.filter((file) => !isEnd(file));
  const isShare = (_: WorldFile, i: number) => i % sharing.length === sharing.indexOf(name) % others.length;
  return {
    called: [...ends, ...others.filter(isShare)],
    spare: others.filter((file, i) => !isShare(file, i)),
  };
}

/** Asks with the input in a variable, so that a mutation's document is parsed and planned once for all files. */
function call(viewer: StaffName, name: string, input: string, payload: string) {
  const type = mutationsOfSchema[name]?.args[0]?.type;
  const document = `mutation ($input: ${type}) { ${name}(input: $input) { ${payload} } }`;
  return ask(world, viewer, document, { input: valueFromASTUntyped(parseValue(`{ ${input} }`)) });
}

const cases = viewers.flatMap((viewer) => Object.keys(mutationCases).map((name) => [viewer, name] as const));

test.each(cases)('%s gets back from %s exactly what the policy page lets them read', async (viewer, name) => {
  const mutation = mutationCases[name] as MutationCase;
  const { shows, writesFile, payload, input } = mutation;
  let successes = 0;
  const { called, spare } = filesFor(viewer, name, mutation);
  for (const file of [...called, ...spare]) {
    if (spare.includes(file) && (successes > 0 || !succeeds(viewer, name))) break;
    const restore = await rememberFile(world, file);
    try {
      const given = await input({ world, viewer, file });
      const answer = await call(viewer, name, given, payload(everything(shows)));
      const code = answer.errors[0]?.extensions.code;
      const what = `${name} on ${described(file)}: ${answer.text.slice(0, 300)}`;
      if (!mayCall(viewer, name)) expect([answer.data, code], what).toEqual([null, 'FORBIDDEN']);
      else if (writesFile && !seesFile(viewer, file))
        expect([answer.data, code], what).toEqual([null, 'NOT_FOUND']);
      else if (answer.data === null)
        expect(['FORBIDDEN', 'NOT_FOUND', 'BAD_USER_INPUT'], what).toContain(code);
      else {
        successes += 1;
        enterMade(viewer, file, answer.data[name]);
        expectByPolicy(world, viewer, answer);
      }
    } finally {
      await restore();
    }
  }
  expect(successes > 0).toBe(succeeds(viewer, name));
});

test('roles that write nothing in files are refused every write before any SQL', async () => {
  const file = world.files[0] as WorldFile;
  for (const viewer of viewers) {
    if (Object.keys(policy[roleOf(viewer)].write).length > 0) continue;
    for (const [name, { input }] of Object.entries(mutationCases)) {
      if (mayCall(viewer, name)) continue;
      const restore = await rememberFile(world, file);
      const { data, statements } = await ask(
        world,
        viewer,
        `mutation { ${name}(input: { ${await input({ world, viewer, file })} }) { __typename } }`,
      );
      expect({ name, data, statements }).toEqual({ name, data: null, statements: 1 });
      await restore();
    }
  }
});
