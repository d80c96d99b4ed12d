import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { policy, requestableClasses } from '../../src/core/access/policy.ts';
import { describe, send } from '../access/expected-answer.ts';
import {
  type FileWorld,
  type Relation,
  roleOf,
  startFileWorld,
  viewers,
  type WorldFile,
} from '../access/file-world.ts';
import { type MutationCase, mutationCases, rememberFile } from '../access/mutation-case.ts';
import type { StaffName } from '../support/server.ts';

let world: FileWorld;
beforeAll(async () => {
  world = await startFileWorld();
});
afterAll(() => world.server.close());

/** Of what one was lent, one may ask for more, and what is one's own to end one ends. */
const borrowersOwn = ['requestAccess', 'withdrawAccess', 'returnFile'];

/** What leaders do about their people's files, with a grant or without. */
const leadersOwn = ['approveAccess', 'cancelTask', 'completeTask', 'declineAccess', 'recallGrant'];

/** Every other mutation that is called for a file: `matrix-mutation` fails until a new one is among them. */
const calls = Object.entries(mutationCases).filter(
  ([name, { isOfOneFile }]) => isOfOneFile && !borrowersOwn.includes(name),
);

/** What the files' rows are, with what hangs on them, and who else may read them. */
async function stateOf(file: WorldFile): Promise<string> {
  const id = file.uuids.Customer;
  const of = (table: string) =>
    sql`(select coalesce(json_agg(r order by r.id), '[]') from ${sql.identifier(table)} r where r.customer_id = ${id})`;
  const [row] = await world.server.db.execute<{ state: unknown }>(sql`
    select json_build_array((select row_to_json(c) from customer c where c.id = ${id}), ${of('contact')}, ${of('interaction')},
      ${of('need')}, ${of('deal')}, ${of('verification_step')}, ${of('field_check')}, ${of('confirmation_request')},
      ${of('proposed_change')}, ${of('access_grant')}, ${of('access_request')},
      (select json_agg(t order by t.tag_id) from customer_tag t where t.customer_id = ${id})) as state`);
  return JSON.stringify(row?.state);
}

/** The code of the refusal, null where there was none, and whether the file is as the call found it. */
async function attempt(viewer: StaffName, name: string, { payload, input }: MutationCase, file: WorldFile) {
  const restore = await rememberFile(world, file);
  try {
    const call = await input({ world, viewer, file });
    const before = await stateOf(file);
    const { errors } = await send(
      world,
      viewer,
      `mutation { ${name}(input: { ${call} }) { ${payload('id')} } }`,
    );
    const code = (errors[0]?.extensions.code as string | undefined) ?? null;
    return { code, isUntouched: (await stateOf(file)) === before };
  } finally {
    await restore();
  }
}

const isGranted = ({ relation }: WorldFile): boolean => typeof relation === 'object';
const borrowers = viewers.filter((viewer) => requestableClasses(roleOf(viewer)).length > 0);

test('every class that a role can be granted is granted to it here on a file', () => {
  for (const viewer of borrowers) {
    const granted = world.files
      .filter((file) => file.viewer === viewer && isGranted(file))
      .flatMap(({ relation }) => (relation as Exclude<Relation, string>).granted);
    const asked = requestableClasses(roleOf(viewer)).filter(
      (access) => access !== 'card' && access !== 'basic',
    );
    expect(granted, viewer).toEqual(expect.arrayContaining(asked));
  }
});

test.each(borrowers)(
  'what a grant opens to %s, who leads the owner’s team, no mutation changes or passes on by it',
  async (viewer) => {
    await world.server.db.execute(sql`update team set leader_id = ${world.server.as(viewer).uuid}`);
    const leads = new Set<string>();
    const foreign = world.files.find((file) => file.relation === 'FOREIGN') as WorldFile;
    for (const [name, mutation] of calls) {
      const without = await attempt(viewer, name, mutation, foreign);
      for (const file of world.files.filter((one) => one.viewer === viewer && isGranted(one))) {
        const lent = await attempt(viewer, name, mutation, file);
        const what = `${name} on ${describe(file)}: ${lent.code}`;
        // Who sees every file may there what their role may; to the others it is as if it were not there, or refused.
        if (policy[roleOf(viewer)].files === 'ALL') expect(lent.code, what).toBe(without.code);
        else {
          expect(lent.isUntouched, what).toBe(without.isUntouched);
          if (!without.isUntouched) leads.add(name);
        }
      }
    }
    if (policy[roleOf(viewer)].files !== 'ALL') expect([...leads].sort()).toEqual(leadersOwn);
  },
);
