import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeId, uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { accessGrant } from '../../src/domains/grant/access-grant.table.ts';
import { addDeal, fileNow, openFile, startWriting, type Writing } from '../support/writing.ts';
import { allTraces, bulk, type Mutation } from './bulk.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

const cities = ['上海市', '苏州市', null] as const;
const stages = ['POTENTIAL', 'INTENT', 'WON', 'LOST'] as const;

const file = fc.record({
  mine: fc.constantFrom('OWN', 'LENT', 'FOREIGN'),
  archived: fc.boolean().map((one) => one && fc.sample(fc.boolean(), 1)[0]),
  city: fc.constantFrom(...cities),
  stage: fc.constantFrom('POTENTIAL', 'INTENT', 'LOST'),
  country: fc.constantFrom('CN', 'US'),
  code: fc.boolean(),
  shortOnly: fc.boolean(),
  won: fc.boolean(),
  size: fc.constantFrom('LARGE', 'SMALL', null),
});

const patch = fc
  .record(
    {
      city: fc.constantFrom(...cities),
      stage: fc.constantFrom(...stages),
      lostReason: fc.constantFrom('价格', '停业或搬迁', null),
      size: fc.constantFrom('LARGE', 'SMALL', null),
      country: fc.constantFrom('CN', 'US'),
      postalCode: fc.constantFrom('215000', 'SW1A 1AA', null),
      shortName: fc.constantFrom('甲', null),
      kind: fc.constantFrom('ORGANIZATION', 'PERSON'),
    },
    { requiredKeys: [] },
  )
  .filter((one) => Object.keys(one).length > 0);

let codes = 0;

/** Enters a file twice, so that one can be written alone and one with others. */
async function twins({
  mine,
  archived,
  won,
  code,
  shortOnly,
  ...values
}: typeof file extends fc.Arbitrary<infer T> ? T : never) {
  const one = async () => {
    codes += 1;
    const owner = mine === 'OWN' ? writing.owner : writing.stranger;
    const opened = await openFile(writing, owner, {
      ...values,
      archivedAt: archived ? '2024-01-01T00:00:00Z' : null,
      ...(shortOnly && { name: null, shortName: '甲公司' }),
      // Any text that is unique: the code itself is checked elsewhere.
      unifiedSocialCreditCode: code ? `TWIN${codes}` : null,
    });
    if (won) {
      const deal = {
        stage: 'WON',
        contractAmount: '1',
        effectiveOn: '2024-03-15',
        closedAt: '2024-03-16T00:00:00Z',
      } as const;
      await addDeal(writing, owner, opened.uuid, deal);
    }
    if (mine === 'LENT')
      await writing.db.insert(accessGrant).values({
        customerId: opened.uuid,
        granteeId: uuidOf(writing.owner.id),
        classes: ['business'],
        purpose: '代班',
        expiresAt: '2999-01-01T00:00:00Z',
      });
    return opened.uuid;
  };
  return { together: await one(), alone: await one() };
}

const written = async (id: string) => {
  const {
    id: _,
    fileNumber,
    name,
    nameKey,
    unifiedSocialCreditCode,
    version,
    createdAt,
    updatedAt,
    ...row
  } = await fileNow(writing, id);
  return row;
};

interface Refusal {
  code: string;
  customerIds: string[];
}

test('what is shown is what happens, and both are what single writes do', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(file, { minLength: 1, maxLength: 6 }), patch, async (files, change) => {
      const pairs = await Promise.all(files.map(twins));
      const ids = pairs.map(({ together }) => encodeId('cus', together));
      const input = { ids, patch: change };
      const before = await allTraces(writing);
      const shown = await bulk(writing.owner, 'updateCustomers', { ...input, dryRun: true });
      expect(await allTraces(writing)).toEqual(before);
      const done = await bulk(writing.owner, 'updateCustomers', {
        ...input,
        expectedState: shown.payload?.outcome.state,
      });
      expect(done).toMatchObject({ payload: shown.payload, code: shown.code });
      for (const { together, alone } of pairs) {
        const { version } = await fileNow(writing, alone);
        const single = await writing.owner.write(
          'updateCustomer',
          { id: encodeId('cus', alone), expectedVersion: version, ...change },
          '{ customer { id } }',
        );
        const refusal = (done.payload?.outcome.refusals as Refusal[] | undefined)?.find(({ customerIds }) =>
          customerIds.includes(encodeId('cus', together)),
        );
        // What is wrong for every file is told before a file is looked at.
        if (done.code === 'BAD_USER_INPUT') expect(single.code).toBeDefined();
        else expect(done.code ?? refusal?.code).toBe(single.code);
        expect(await written(together)).toEqual(await written(alone));
      }
    }),
    { numRuns: Number(process.env.RUNS ?? 12) },
  );
});

const labels = ['甲', '乙', '丙', '丁'];
const tagging = fc.record({
  mutation: fc.constantFrom<Mutation>('tagCustomers', 'untagCustomers'),
  tags: fc.uniqueArray(fc.constantFrom(...labels), { minLength: 1 }),
  held: fc.array(fc.subarray(labels), { minLength: 1, maxLength: 5 }),
});

test('tagging many files does what was shown, and what tagging each does', async () => {
  await fc.assert(
    fc.asyncProperty(tagging, async ({ mutation, tags, held }) => {
      const single = mutation === 'tagCustomers' ? 'tagCustomer' : 'untagCustomer';
      const pairs = await Promise.all(
        held.map(async (own) => {
          const pair = [await openFile(writing, writing.owner), await openFile(writing, writing.owner)];
          for (const { id } of pair)
            if (own.length > 0)
              await writing.owner.write('tagCustomer', { id, tags: own }, '{ customer { id } }');
          return pair;
        }),
      );
      const ids = pairs.map(([together]) => together?.id);
      const shown = await bulk(writing.owner, mutation, { ids, tags, dryRun: true });
      const done = await bulk(writing.owner, mutation, { ids, tags });
      expect(done.payload).toEqual(shown.payload);
      let changed = 0;
      for (const [together, alone] of pairs) {
        const { version } = await fileNow(writing, alone?.uuid as string);
        await writing.owner.write(single, { id: alone?.id, tags }, '{ customer { id } }');
        if ((await fileNow(writing, alone?.uuid as string)).version > version) changed += 1;
        expect(await tagsOf(together?.uuid as string)).toEqual(await tagsOf(alone?.uuid as string));
      }
      expect(done.payload.outcome.changed).toBe(changed);
    }),
    { numRuns: Number(process.env.RUNS ?? 6) },
  );
});

const tagsOf = async (id: string) =>
  (
    await writing.db.execute<{ label: string }>(
      sql`select label from customer_tag join tag on tag.id = tag_id where customer_id = ${id} order by label`,
    )
  ).map(({ label }) => label);
