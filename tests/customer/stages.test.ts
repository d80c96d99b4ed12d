import { afterAll, beforeAll, expect, test } from 'vitest';
import { initialSettings } from '../../src/core/settings/settings.ts';
import type { StaffName } from '../support/server.ts';
import {
  addDeal,
  type Colleague,
  fileNow,
  openFile,
  startWriting,
  type Writing,
} from '../support/writing.ts';
import { bearer, post } from '../transport/wire.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

const stagesQuery = (id: string) =>
  `{ customer(id: "${id}") { availableStages { stage opens missing { field message } } } }`;
const stagesOf = async (name: StaffName, id: string) =>
  (await writing.server.as(name).query(stagesQuery(id))).data.customer?.availableStages;
const move = (who: Colleague, id: string, expectedVersion: number, values: object) =>
  who.write(
    'updateCustomer',
    { id, expectedVersion, ...values },
    '{ customer { stage lostAs lostReason version } }',
  );
const won = { stage: 'WON', contractAmount: '480000.00', effectiveOn: '2026-03-15' } as const;

async function decide(values: object) {
  const { data } = await writing.server.as('ADMIN').query('{ settings { version } }');
  return writing.admin.write(
    'updateSettings',
    { expectedVersion: data.settings.version, ...values },
    '{ settings { version } }',
  );
}

test('a viewer sees which stages a file can have next by their choice, and what is missing, in their language', async () => {
  const file = await openFile(writing, writing.owner, { stage: 'INTENT' });
  const lost = { stage: 'LOST', opens: 'CALL_BACK', missing: [{ field: 'lostReason' }] };
  const wins = { stage: 'WON', opens: null, missing: [{ field: 'contract' }] };
  const back = { stage: 'POTENTIAL', opens: null, missing: [] };
  expect(await stagesOf('SALES', file.id)).toMatchObject([back, wins, lost]);
  expect((await stagesOf('SALES', file.id))[2].missing[0].message).toBe('Lost needs the lost reason.');
  const chinese = { ...bearer(writing.server.as('SALES').token), 'accept-language': 'zh' };
  const { text } = await post(writing.server.url, { query: stagesQuery(file.id) }, chinese);
  expect(text).toContain('流失客户须填写流失原因。');
  // Not theirs, or not theirs to change.
  expect(await stagesOf('SALES_2', file.id)).toBeUndefined();
  for (const name of ['CUSTOMER_SERVICE', 'MARKETING', 'FINANCE', 'ANALYST'] as const)
    expect(await stagesOf(name, file.id)).toEqual([]);
  await addDeal(writing, writing.owner, file.uuid, won);
  expect((await stagesOf('MANAGER', file.id))[1]).toMatchObject({ stage: 'WON', missing: [] });
});

test('who may choose a stage is named as people know the roles, in their language', async () => {
  const file = await openFile(writing, writing.owner, { stage: 'WON' });
  const query = `mutation { updateCustomer(input: { id: "${file.id}", expectedVersion: 1, stage: INTENT }) { customer { id } } }`;
  const messageIn = async (language: string) => {
    const headers = { ...bearer(writing.server.as('SALES').token), 'accept-language': language };
    return JSON.parse((await post(writing.server.url, { query }, headers)).text).errors[0].message;
  };
  expect(await messageIn('zh')).toBe('stage：仅经理、数据管理员、系统管理员可设置此阶段。');
  expect(await messageIn('en')).toBe('stage: This stage is set by Manager, Data Steward, Admin only.');
});

test('what is available is what is taken: each way, by whoever chooses it', async () => {
  for (const from of ['POTENTIAL', 'INTENT', 'WON', 'LOST'] as const)
    for (const [name, who] of [
      ['SALES', writing.owner],
      ['MANAGER', writing.manager],
    ] as const) {
      const file = await openFile(writing, writing.owner, { stage: from });
      await addDeal(writing, writing.owner, file.uuid, won);
      const available = (await stagesOf(name, file.id)).map(({ stage }: { stage: string }) => stage);
      for (const stage of ['POTENTIAL', 'INTENT', 'WON', 'LOST']) {
        if (stage === from) continue;
        const { version } = await fileNow(writing, file.uuid);
        const reason = stage === 'LOST' ? { lostReason: '价格' } : {};
        const { payload, issues } = await move(who, file.id, version, { stage, ...reason });
        if (available.includes(stage)) {
          expect(payload?.customer.stage).toBe(stage);
          await writing.db.execute(`update customer set stage = '${from}' where id = '${file.uuid}'`);
        } else
          expect(issues).toEqual([expect.stringMatching(/^input\.stage STAGE_NOT_(?:AVAILABLE|YOURS)$/)]);
      }
    }
});

test('a lost prospect and a lost customer are distinguished, by whatever way, and both say why', async () => {
  const prospect = await openFile(writing, writing.owner, { stage: 'INTENT' });
  const without = await move(writing.owner, prospect.id, 1, { stage: 'LOST' });
  expect(without.issues).toEqual(['input.lostReason STAGE_NEEDS']);
  expect((await move(writing.owner, prospect.id, 1, { stage: 'LOST', lostReason: '不喜欢' })).issues).toEqual(
    ['input.lostReason NOT_ONE_OF'],
  );
  expect((await move(writing.owner, prospect.id, 1, { lostReason: '价格' })).issues).toEqual([
    'input.lostReason NOT_LOST',
  ]);
  const lost = await move(writing.owner, prospect.id, 1, { stage: 'LOST', lostReason: ' 价格 ' });
  expect(lost.payload.customer).toMatchObject({ stage: 'LOST', lostAs: 'PROSPECT', lostReason: '价格' });
  expect((await move(writing.owner, prospect.id, 2, { lostReason: null })).issues).toEqual([
    'input.lostReason STAGE_NEEDS',
  ]);
  const again = await move(writing.owner, prospect.id, 2, { stage: 'INTENT' });
  expect(again.payload.customer).toMatchObject({ stage: 'INTENT', lostAs: null, lostReason: null });

  const customer = await openFile(writing, writing.owner, { stage: 'INTENT' });
  await addDeal(writing, writing.owner, customer.uuid, won);
  const { version } = await fileNow(writing, customer.uuid);
  await move(writing.owner, customer.id, version, { stage: 'WON' });
  const left = await move(writing.owner, customer.id, version + 1, { stage: 'LOST', lostReason: '竞争对手' });
  expect(left.payload.customer).toMatchObject({ lostAs: 'CUSTOMER', lostReason: '竞争对手' });
  // Of an earlier system, without its deals.
  const former = await openFile(writing, writing.owner, { stage: 'LOST', customerType: 'EXISTING' });
  expect((await fileNow(writing, former.uuid)).lostAs).toBe('CUSTOMER');

  const { data } = await writing.server.as('MANAGER').query(`{
    customerStats(groupBy: [LOST_AS], filter: { lostReason: { eq: "竞争对手" } }) { groups { keys { value label } count } }
    customers(filter: { id: { in: ["${customer.id}", "${former.id}", "${prospect.id}"] }, lostAs: { eq: CUSTOMER } }) { totalCount }
    customer(id: "${prospect.id}") { history(field: "lostReason") { nodes { oldValue newValue actor { id } } } } }`);
  expect(data.customers.totalCount).toBe(2);
  expect(data.customerStats.groups).toEqual([{ keys: [{ value: 'CUSTOMER', label: '流失' }], count: 1 }]);
  expect(data.customer.history.nodes).toEqual([
    { oldValue: '价格', newValue: null, actor: { id: writing.owner.id } },
    { oldValue: null, newValue: '价格', actor: { id: writing.owner.id } },
  ]);
});

test('a file is won by a contract above 0 or a framework agreement with its reason, in one deal and in the file', async () => {
  const file = await openFile(writing, writing.owner, { stage: 'INTENT' });
  const deal = { customerId: file.id, title: '年度框架', stage: 'WON', effectiveOn: '2026-01-01' };
  const create = (values: object) =>
    writing.owner.write('createDeal', { ...deal, ...values }, '{ deal { id customer { stage } } }');
  for (const contractAmount of [undefined, null, '0', '0.00'])
    expect((await create({ contractAmount })).issues).toEqual(['input.contractAmount WON_INCOMPLETE']);
  const { payload } = await create({ frameworkReason: '按订单结算' });
  expect(payload.deal.customer.stage).toBe('WON');
  await expect(
    addDeal(writing, writing.owner, file.uuid, {
      stage: 'WON',
      contractAmount: '0',
      effectiveOn: '2026-01-01',
    }),
  ).rejects.toThrow();
});

test('the organisation’s own table holds on every way to a stage, and says what is wrong with itself', async () => {
  const bad = [
    { from: 'INTENT', to: 'INTENT' },
    { from: 'INTENT', to: 'WON', requires: ['creditGrade', 'shoeSize', 'completenessScore'], roles: [] },
    { from: 'INTENT', to: 'WON', opens: 'CALL_BACK' },
  ];
  expect((await decide({ stageTransitions: bad })).issues.sort()).toEqual([
    'input.stageTransitions OPENING_MISSING',
    'input.stageTransitions.0.to NO_TRANSITION',
    'input.stageTransitions.1.requires.0 REQUIREMENT_UNKNOWN',
    'input.stageTransitions.1.requires.1 REQUIREMENT_UNKNOWN',
    'input.stageTransitions.1.requires.2 REQUIREMENT_UNKNOWN',
    'input.stageTransitions.1.roles OUT_OF_BOUNDS',
    'input.stageTransitions.2 TRANSITION_REPEATED',
    'input.stageTransitions.2.opens CALL_BACK_NEEDS_LOSS',
  ]);
  // Without a first stage for each kind of customer, no file could be opened.
  for (const opening of [[], [{ from: null, to: 'POTENTIAL', kind: 'PERSON' }]])
    expect((await decide({ stageTransitions: [...opening, bad[2]] })).issues).toContain(
      'input.stageTransitions OPENING_MISSING',
    );
  const stageTransitions = [
    ...initialSettings.stageTransitions.filter(({ to }) => to !== 'WON'),
    { from: 'INTENT', to: 'WON', requires: ['name', 'contract', 'industry'] },
    // Walk-in customers sign nothing.
    { from: null, to: 'WON', kind: 'PERSON' },
    { from: 'INTENT', to: 'WON', kind: 'PERSON', roles: ['SALES'] },
  ];
  expect((await decide({ stageTransitions })).errors).toEqual([]);
  try {
    const file = await openFile(writing, writing.owner, { stage: 'INTENT' });
    const deal = { customerId: file.id, title: '年度合同', ...won };
    const refused = await writing.owner.write('createDeal', deal, '{ deal { id } }');
    expect(refused.issues).toEqual(['input.stage STAGE_NEEDS']);
    const early = await openFile(writing, writing.owner, { stage: 'POTENTIAL', industry: '制造业' });
    const tooEarly = await writing.owner.write(
      'createDeal',
      { ...deal, customerId: early.id },
      '{ deal { id } }',
    );
    expect(tooEarly.issues).toEqual(['input.stage STAGE_NOT_AVAILABLE']);
    expect((await move(writing.owner, file.id, 1, { stage: 'WON' })).issues.sort()).toEqual([
      'input.industry STAGE_NEEDS',
      'input.stage WON_NEEDS_DEAL',
    ]);
    const guest = { kind: 'PERSON', name: '李雷', stage: 'WON' };
    const opened = await writing.owner.write('createCustomer', guest, '{ customer { stage } }');
    expect(opened.payload.customer.stage).toBe('WON');
    const person = await openFile(writing, writing.owner, {
      kind: 'PERSON',
      name: '韩梅梅',
      stage: 'INTENT',
    });
    expect((await move(writing.manager, person.id, 1, { stage: 'WON' })).issues).toEqual([
      'input.stage STAGE_NOT_YOURS',
    ]);
    const many = await writing.owner.write(
      'updateCustomers',
      { ids: [file.id, person.id], patch: { stage: 'WON' } },
      '{ outcome { changed refusals { reasons { code } } } }',
    );
    expect(many.payload.outcome).toEqual({
      changed: 1,
      refusals: [{ reasons: [{ code: 'WON_NEEDS_DEAL' }, { code: 'STAGE_NEEDS' }] }],
    });
    expect((await fileNow(writing, person.uuid)).stage).toBe('WON');
    expect((await fileNow(writing, file.uuid)).stage).toBe('INTENT');
  } finally {
    await decide({ stageTransitions: null });
  }
});
