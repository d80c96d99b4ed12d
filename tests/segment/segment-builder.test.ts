import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StaffName } from '../support/server.ts';
import { addNeed, missingId, openFile, startWriting, type Writing } from '../support/writing.ts';

let office: Writing;
let segmentId: string;
const files: Record<string, string> = {};

/** GraphQL hands the fields of an input over in the order of the schema, `and` last. */
const rule = {
  creditLimit: { gte: '100' },
  needs: { some: { budgetMin: { gte: '500000' } } },
  and: [{ region: { eq: 'EAST_CHINA' } }],
};

beforeAll(async () => {
  office = await startWriting();
  const entries = [
    ['全中', 'EAST_CHINA', '100.00', '500000.00'],
    ['预算低', 'EAST_CHINA', '200.00', '499999.99'],
    ['信用低', 'EAST_CHINA', '99.99', '500000.00'],
    ['华北', 'NORTH_CHINA', '100.00', '500000.00'],
    ['都不', 'NORTH_CHINA', null, null],
  ] as const;
  for (const [name, region, creditLimit, budgetMin] of entries) {
    const keeper = name === '华北' ? office.stranger : office.owner;
    const { id, uuid } = await openFile(office, keeper, {
      name: `${name}有限公司`,
      region,
      creditLimit,
      city: name === '都不' ? null : '杭州',
    });
    if (budgetMin) await addNeed(office, uuid, { budgetMin });
    files[name] = id;
  }
  const { payload } = await office.manager.write(
    'createSegment',
    { name: '客户分群', rule, shared: true },
    '{ segment { id } }',
  );
  segmentId = payload.segment.id;
});
afterAll(() => office.close());

const ask = (document: string, who: StaffName = 'MANAGER', variables?: Record<string, unknown>) =>
  office.server.as(who).query(document, variables);

describe('previewSegment', () => {
  const document = `query ($rule: CustomerFilter!) { previewSegment(rule: $rule) {
    size cost ruleText clauses { text matches removes } sample(first: 2) { nodes { id } } } }`;

  test('counts exactly, shows what each clause removes, and shows a sample', async () => {
    const { data, errors } = await ask(document, 'MANAGER', { rule });
    expect(errors).toBeUndefined();
    expect(data.previewSegment).toMatchObject({ size: 1, sample: { nodes: [{ id: files.全中 }] } });
    expect(data.previewSegment.cost).toBeGreaterThan(0);
    expect(data.previewSegment.clauses).toEqual([
      { text: '信用额度不低于 100 元', matches: 3, removes: 1 },
      { text: '有采购需求 (预算不低于 500,000 元)', matches: 3, removes: 1 },
      { text: '区域为华东', matches: 3, removes: 1 },
    ]);
  });

  test('sees what the viewer sees', async () => {
    const { data } = await ask(document, 'SALES', { rule });
    expect(data.previewSegment.clauses.map(({ matches }: { matches: number }) => matches)).toEqual([2, 2, 3]);
  });

  test('takes four statements at most, and two when only counted', async () => {
    const counted =
      'query ($rule: CustomerFilter!) { previewSegment(rule: $rule) { size clauses { matches removes } } }';
    expect((await ask(counted, 'MANAGER', { rule })).statements).toBe(2);
    expect((await ask(document, 'MANAGER', { rule })).statements).toBe(4);
  });

  test('refuses what createSegment refuses', async () => {
    expect((await ask(document, 'MARKETING', { rule })).errors?.[0]?.extensions.code).toBe('FORBIDDEN');
    const { errors } = await ask(document, 'MANAGER', { rule: { industry: { eq: null } } });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', issues: [{ code: 'NULL' }] });
  });
});

describe('explain', () => {
  const explain = (customerId: string, who: StaffName = 'MANAGER') =>
    ask(
      `{ segment(id: "${segmentId}") { explain(customerId: "${customerId}") { matches clauses { text holds field value isWithheld } } } }`,
      who,
    );

  test('shows each clause with the value it used', async () => {
    const { data, errors, statements } = await explain(files.信用低 as string);
    expect(errors).toBeUndefined();
    // The database keeps the fields of JSON in an order of its own.
    expect(data.segment.explain).toEqual({
      matches: false,
      clauses: [
        { text: '区域为华东', holds: true, field: 'region', value: 'EAST_CHINA', isWithheld: false },
        {
          text: '有采购需求 (预算不低于 500,000 元)',
          holds: true,
          field: null,
          value: null,
          isWithheld: false,
        },
        {
          text: '信用额度不低于 100 元',
          holds: false,
          field: 'creditLimit',
          value: '99.99',
          isWithheld: false,
        },
      ],
    });
    expect(statements).toBe(3);
    expect((await explain(files.全中 as string)).data.segment.explain.matches).toBe(true);
  });

  test('of a file that is not the reader’s or not there looks the same', async () => {
    for (const id of [files.华北 as string, missingId('cus')]) {
      const { errors } = await explain(id, 'SALES');
      expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['NOT_FOUND']);
    }
  });

  test('of a rule on a withheld field is refused', async () => {
    expect((await explain(files.全中 as string, 'MARKETING')).errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  });
});

describe('segmentDiff', () => {
  const document = `query ($id: ID!, $rule: CustomerFilter!) { segmentDiff(segmentId: $id, newRule: $rule) {
    joining leaving staying owners { ownerId joining leaving } joiners { nodes { id } } leavers { nodes { id } } } }`;
  const newRule = { creditLimit: { gte: '100.01' } };

  test('shows who would join and leave, by owner', async () => {
    const { data, errors } = await ask(document, 'MANAGER', { id: segmentId, rule: newRule });
    expect(errors).toBeUndefined();
    expect(data.segmentDiff).toEqual({
      joining: 1,
      leaving: 1,
      staying: 0,
      owners: [{ ownerId: office.owner.id, joining: 1, leaving: 1 }],
      joiners: { nodes: [{ id: files.预算低 }] },
      leavers: { nodes: [{ id: files.全中 }] },
    });
  });

  test('names owners to analysts by id, and refuses a strange segment and a withheld field', async () => {
    const { data, errors } = await ask(document, 'ANALYST', { id: segmentId, rule: newRule });
    const forManager = await ask(document, 'MANAGER', { id: segmentId, rule: newRule });
    expect(errors).toBeUndefined();
    expect(data.segmentDiff.owners).toEqual(forManager.data.segmentDiff.owners);
    expect(
      (await ask(document, 'MANAGER', { id: missingId('seg'), rule: newRule })).errors?.[0]?.extensions.code,
    ).toBe('NOT_FOUND');
    expect((await ask(document, 'MARKETING', { id: segmentId, rule: {} })).errors?.[0]?.extensions.code).toBe(
      'FORBIDDEN',
    );
  });
});

describe('segmentFields', () => {
  const fields = async (who: StaffName) => {
    const { data, statements } = await ask(
      '{ segmentFields { path label labelEn type operators quantifiers unit values { value label } hasHistory isUsable } }',
      who,
    );
    expect(statements).toBe(1);
    return new Map(data.segmentFields.map((field: { path: string }) => [field.path, field]));
  };

  test('name every condition in both languages, with operators, unit and values', async () => {
    const known = await fields('MANAGER');
    expect(known.get('needs.budgetMin')).toMatchObject({
      label: '采购需求 · 预算',
      type: 'DECIMAL',
      unit: '元',
      quantifiers: ['some', 'none', 'count', 'sum', 'avg', 'min', 'max'],
      isUsable: true,
    });
    expect(known.get('region')).toMatchObject({
      label: '区域',
      labelEn: 'region',
      type: 'ENUM',
      values: expect.arrayContaining([{ value: 'EAST_CHINA', label: '华东' }]),
    });
    expect(known.get('tags')).toMatchObject({ operators: ['hasAny', 'hasAll', 'hasNone'] });
    expect(known.get('phones')).toMatchObject({
      label: '单位电话',
      labelEn: 'phones',
      type: 'LIST',
      operators: ['hasAny', 'hasNone', 'isEmpty'],
    });
    for (const field of known.values()) expect((field as { label: string }).label).toMatch(/\p{Script=Han}/u);
  });

  test('omit no field of a file on which a rule can have a condition', async () => {
    const known = await fields('MANAGER');
    const { data } = await ask('{ __type(name: "CustomerFilter") { inputFields { name } } }', 'MANAGER');
    const conditions: string[] = data.__type.inputFields.map(({ name }: { name: string }) => name);
    const paths = [...known.keys()].map((path) => (path as string).split('.')[0]);
    expect(conditions.filter((name) => !paths.includes(name))).toEqual([
      'inSegment',
      'history',
      'and',
      'or',
      'not',
    ]);
  });

  test('are those that the viewer’s role may use', async () => {
    const known = await fields('MARKETING');
    const usable = (path: string) => (known.get(path) as { isUsable: boolean }).isUsable;
    expect(
      ['region', 'needs.budgetMin', 'creditLimit', 'contacts.phone', 'contacts.birthday', 'phones'].map(
        usable,
      ),
    ).toEqual([true, true, false, false, false, false]);
  });
});

describe('segmentValueSuggestions', () => {
  const suggest = (args: string, who: StaffName = 'MANAGER') =>
    ask(`{ segmentValueSuggestions(${args}) }`, who);

  test('are values that occur on the viewer’s files, most frequent first', async () => {
    expect((await suggest('field: "region"')).data.segmentValueSuggestions).toEqual([
      'EAST_CHINA',
      'NORTH_CHINA',
    ]);
    expect(
      (await suggest('field: "name", search: "低"', 'SALES')).data.segmentValueSuggestions.toSorted(),
    ).toEqual(['信用低有限公司', '预算低有限公司'].toSorted());
    expect((await suggest('field: "name", search: "华北"', 'SALES')).data.segmentValueSuggestions).toEqual(
      [],
    );
    expect((await suggest('field: "needs.item"')).data.segmentValueSuggestions).toEqual(['自动化生产线改造']);
  });

  test('are refused for a withheld field and for what is no text', async () => {
    expect((await suggest('field: "name"', 'ANALYST')).errors?.[0]?.extensions.code).toBe('FORBIDDEN');
    expect((await suggest('field: "contacts.phone"', 'MARKETING')).errors?.[0]?.extensions.code).toBe(
      'FORBIDDEN',
    );
    for (const field of ['creditLimit', 'x', 'tags.label', 'needs', 'x.y']) {
      expect((await suggest(`field: "${field}"`)).errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    }
  });
});
