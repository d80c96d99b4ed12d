import { type GraphQLInputObjectType, isNonNullType } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callers } from '../../src/core/access/callers.ts';
import { assignerFields, assigners, type FieldAccess, policy } from '../../src/core/access/policy.ts';
import { sharedSchema } from '../support/schema.ts';
import type { StaffName } from '../support/server.ts';
import { ask, describe } from './expected-answer.ts';
import {
  type FileType,
  type FileWorld,
  isOwnBy,
  modelOf,
  roleOf,
  seesRow,
  startFileWorld,
  viewers,
  type WorldFile,
} from './file-world.ts';

let world: FileWorld;
beforeAll(async () => {
  world = await startFileWorld();
});
afterAll(() => world.server.close());

const written: FileType[] = ['Customer', 'Contact', 'Need', 'Deal'];

/** Every field that an update of the type can name. */
const inputFields = (type: FileType): string[] => {
  const input = sharedSchema().getType(`Update${type}Input`) as GraphQLInputObjectType;
  return Object.values(input.getFields())
    .filter((field) => !isNonNullType(field.type))
    .map(({ name }) => name);
};

const classOf = (type: FileType, field: string): FieldAccess => {
  const output = field.replace(/Id$/, '');
  const member = modelOf(type).attributes.get(output) ?? modelOf(type).relations.get(output);
  if (!member) throw new Error(`${type}.${output} is nowhere to be read.`);
  return member.access;
};

/** What the policy page says: own files are those of ownership and co-ownership, a grant never lets anybody write. */
function mayWrite(viewer: StaffName, type: FileType, field: string, file: WorldFile): boolean {
  const role = roleOf(viewer);
  if (assignerFields.includes(`${type}.${field.replace(/Id$/, '')}`) && !assigners.includes(role))
    return false;
  const access = classOf(type, field);
  const reach = policy[role].write[access === 'open' ? 'basic' : access];
  return reach === 'ALL' || (reach === 'OWN' && file.viewer === viewer && isOwnBy(file.relation));
}

test.each(viewers)(
  '%s writes exactly the fields that the policy page lets them, on exactly those files',
  async (viewer) => {
    for (const type of written) {
      const fields = inputFields(type);
      const isCaller = (callers[`Mutation.update${type}`] as readonly string[]).includes(roleOf(viewer));
      for (const file of world.files.filter((one) => one.viewer === viewer || one.relation === 'FOREIGN')) {
        const cleared = fields.map((field) => `${field}: null`).join(', ');
        // A version that is never right: whoever may write everything is told so, and nothing is written.
        const document = `mutation { update${type}(input: { id: "${file.ids[type]}", expectedVersion: 0, ${cleared} }) { __typename } }`;
        const { errors } = await ask(world, viewer, document);
        const { code, fields: refused = [] } = (errors[0]?.extensions ?? {}) as {
          code: string;
          fields?: string[];
        };
        const what = `${type} of ${describe(file)}`;
        if (!isCaller) expect([code, refused], what).toEqual(['FORBIDDEN', []]);
        else if (!seesRow(viewer, type, file)) expect(['NOT_FOUND', 'FORBIDDEN'], what).toContain(code);
        else {
          const expected = fields.filter((field) => !mayWrite(viewer, type, field, file));
          expect([...refused].sort(), what).toEqual(expected.sort());
          expect(code, what).toBe(expected.length > 0 ? 'FORBIDDEN' : 'CONFLICT');
        }
      }
    }
  },
);
