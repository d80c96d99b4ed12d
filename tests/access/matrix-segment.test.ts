import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Declared } from '../../src/core/access/row-predicates.ts';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { segment } from '../../src/domains/segment/segment.table.ts';
import type { StaffName } from '../support/server.ts';
import { connectSocket } from '../support/socket.ts';
import { type Asked, askedOf, type Form, formsOf } from './condition-form.ts';
import { ask } from './expected-answer.ts';
import {
  type FileWorld,
  fileTypes,
  isRefused as isNeverRead,
  reads,
  seesFile,
  startFileWorld,
  viewers,
  type WorldFile,
} from './file-world.ts';

interface Saved {
  id: string;
  asked: Asked;
  form: Form;
}

let world: FileWorld;
let saved: Saved[];
beforeAll(async () => {
  world = await startFileWorld();
  saved = await saveSegments(world);
});
afterAll(() => world.server.close());

/** Segments run by one operation: three root-level answers each, and the operation's cost is bounded. */
const batchSize = 10;

/** One shared segment per field, plain and negated, saved by an administrator, who reads more than anybody. */
async function saveSegments({ server, files }: FileWorld): Promise<Saved[]> {
  const rules = fileTypes
    .flatMap((type) => askedOf(type, files[0] as WorldFile))
    .filter(({ isOfValue }) => !isOfValue)
    .flatMap((asked) => formsOf(asked).map((form) => ({ asked, form })))
    .filter(
      ({ form }) =>
        form.listed === 'Customer' &&
        ['plain', 'not', 'some', 'none'].includes(form.name.split(' ').at(-1) as string),
    );
  const rows = await server.db
    .insert(segment)
    .values(
      rules.map(({ form }, i) => ({
        name: `规则 ${i}`,
        rule: form.filter as never,
        ownerId: server.as('ADMIN').uuid,
        shared: true,
      })),
    )
    .returning({ id: segment.id, name: segment.name });
  return rows.map(({ id, name }) => ({
    id: encodeId('seg', id),
    ...(rules[Number(name.slice(3))] as { asked: Asked; form: Form }),
  }));
}

const fieldsOf = ({ asked, form }: Saved): Declared[] => [asked, ...form.through];
const isRefused = (viewer: StaffName, one: Saved): boolean => isNeverRead(viewer, fieldsOf(one));

const members = (viewer: StaffName, one: Saved): WorldFile[] =>
  world.files.filter(
    (file) =>
      seesFile(viewer, file) &&
      fieldsOf(one).every((field) => reads(viewer, field, file)) &&
      one.form.meets(one.asked.holds(file)),
  );

describe.each(viewers)('%s', (viewer) => {
  test('runs a segment that somebody with more rights saved with their own: size, members, contains', async () => {
    const probe = world.files.find((file) => file.viewer === viewer && file.relation === 'OWN') as WorldFile;
    for (let from = 0; from < saved.length; from += batchSize) {
      const batch = saved.slice(from, from + batchSize);
      const roots = batch.map(
        ({ id }, i) =>
          `s${i}: segment(id: "${id}") { size members(first: 100) { totalCount nodes { id } } contains(customerId: "${probe.ids.Customer}") }`,
      );
      const { data, errors } = await ask(world, viewer, `{ ${roots.join(' ')} }`);
      for (const [i, one] of batch.entries()) {
        const found = data[`s${i}`];
        const rule = `${one.form.name}: ${JSON.stringify(one.form.filter)}`;
        if (isRefused(viewer, one)) {
          expect(found, rule).toEqual({ size: null, members: null, contains: null });
          continue;
        }
        const expected = members(viewer, one).map(({ ids }) => ids.Customer);
        expect(found.members.nodes.map(({ id }: { id: string }) => id).sort(), rule).toEqual(expected.sort());
        expect([found.size, found.members.totalCount, found.contains], rule).toEqual([
          expected.length,
          expected.length,
          expected.includes(probe.ids.Customer),
        ]);
      }
      const refused = batch.flatMap((one, i) =>
        isRefused(viewer, one) ? ['contains', 'members', 'size'].map((field) => `s${i}.${field}`) : [],
      );
      expect(errors.map(({ path }) => path?.join('.')).sort()).toEqual(refused.sort());
      expect(errors.filter(({ extensions }) => extensions.code !== 'FORBIDDEN')).toEqual([]);
    }
  });

  test('sees in the list of segments what they see of each by id', async () => {
    const told = new Map<string, number | null>();
    for (let after: string | null = null, more = true; more; ) {
      const { data } = await ask(
        world,
        viewer,
        'query ($after: String) { segments(first: 25, after: $after) { nodes { id size } pageInfo { hasNextPage endCursor } } }',
        { after },
      );
      for (const { id, size } of data.segments.nodes) told.set(id, size);
      after = data.segments.pageInfo.endCursor;
      more = data.segments.pageInfo.hasNextPage;
    }
    const expected = saved.map((one) => [
      one.id,
      isRefused(viewer, one) ? null : members(viewer, one).length,
    ]);
    expect(Object.fromEntries(told)).toEqual(Object.fromEntries(expected));
  });

  test('gets nothing out of a segment by naming it in a list or in a filter', async () => {
    const plain = saved.filter(({ form }) => ['plain', 'not'].includes(form.name));
    const listsOf = ({ id }: Saved) => [
      `customers(segmentId: "${id}", first: 100)`,
      `customers(filter: { inSegment: "${id}" }, first: 100)`,
      `customers(filter: { not: { not: { inSegment: "${id}" } } }, first: 100)`,
    ];
    for (const one of plain.filter((candidate) => isRefused(viewer, candidate))) {
      for (const list of listsOf(one)) {
        const { data, errors } = await ask(world, viewer, `{ list: ${list} { nodes { id } } }`);
        expect([data, errors[0]?.extensions.code], list).toEqual([null, 'FORBIDDEN']);
      }
    }
    const allowed = plain.filter((candidate) => !isRefused(viewer, candidate));
    for (let from = 0; from < allowed.length; from += 6) {
      const asked = allowed
        .slice(from, from + 6)
        .flatMap((one) => listsOf(one).map((list) => ({ one, list })));
      const { data } = await ask(
        world,
        viewer,
        `{ ${asked.map(({ list }, i) => `l${i}: ${list} { nodes { id } }`).join(' ')} }`,
      );
      for (const [i, { one, list }] of asked.entries()) {
        const found = data[`l${i}`].nodes.map(({ id }: { id: string }) => id).sort();
        expect(found, list).toEqual(
          members(viewer, one)
            .map(({ ids }) => ids.Customer)
            .sort(),
        );
      }
    }
  });

  test('can nowhere use a segment whose rule reads what the role never reads', async () => {
    const plain = saved.filter((one) => one.form.name === 'plain' && isRefused(viewer, one));
    const socket = connectSocket(world.server.socketUrl, world.server.as(viewer).token);
    const exported = 'columns: [FILE_NUMBER], format: CSV, purpose: "核对"';
    for (const { id, form } of plain) {
      const named = `{ inSegment: "${id}" }`;
      const places = [
        `{ customers(filter: ${named}) { totalCount } }`,
        `{ customers(segmentId: "${id}") { totalCount } }`,
        `{ customers(filter: { or: [{ archivedAt: { isNull: false } }, { not: ${named} }] }) { pageInfo { endCursor } } }`,
        `{ contacts(filter: { customer: ${named} }) { totalCount } }`,
        `{ deals(filter: { not: { customer: ${named} } }) { nodes { id } } }`,
        `{ customerStats(segmentId: "${id}", groupBy: []) { total } }`,
        `{ customerStats(filter: ${named}, groupBy: [STAGE]) { groupCount } }`,
        `{ previewSegment(rule: ${named}) { size } }`,
        `{ segmentDiff(segmentId: "${id}", newRule: {}) { joining } }`,
        `mutation { exportCustomers(input: { ${exported}, segmentId: "${id}" }) { export { id } } }`,
        `mutation { exportCustomers(input: { ${exported}, filter: ${named} }) { export { id } } }`,
        `mutation { createSegment(input: { name: "试", rule: { not: ${named} } }) { segment { id } } }`,
        `mutation { createSegment(input: { name: "试", kind: SNAPSHOT, rule: ${named} }) { segment { id } } }`,
      ];
      for (const place of places) {
        const { data, errors } = await ask(world, viewer, place);
        expect([data, errors[0]?.extensions.code], `${place} ${form.name}`).toEqual([null, 'FORBIDDEN']);
      }
      const told = `{ segment(id: "${id}") { explain(customerId: "${world.files[0]?.ids.Customer}") { matches } sizeHistory(from: "2026-01-01", to: "2026-01-02") { size } } }`;
      expect((await ask(world, viewer, told)).data.segment, told).toEqual({
        explain: null,
        sizeHistory: null,
      });
      const stream = socket.subscribe(
        `subscription { segmentMembershipChanged(segmentId: "${id}") { cursor } }`,
      );
      expect((await stream.next()).errors?.[0]?.extensions?.code, form.name).toBe('FORBIDDEN');
    }
    await socket.close();
  });

  test('saves no rule on a field of a class the role never reads', async () => {
    for (const one of saved) {
      if (!isRefused(viewer, one)) continue;
      const { data, errors } = await ask(
        world,
        viewer,
        'mutation ($rule: CustomerFilter!) { createSegment(input: { name: "试", rule: $rule }) { segment { id } } }',
        {
          rule: one.form.filter,
        },
      );
      expect([data, errors[0]?.extensions.code]).toEqual([null, 'FORBIDDEN']);
    }
  });
});
