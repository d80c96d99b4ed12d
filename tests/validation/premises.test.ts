import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkPremises,
  type Premises,
  type PremisesItem,
  premisesText,
  readPremises,
} from '../../src/core/validation/premises.ts';

const stored = (item: Partial<PremisesItem>) =>
  checkPremises({ category: 'RESIDENTIAL', building: '3', ...item });
const home: Premises = { category: 'RESIDENTIAL', building: '3', unit: '2', floor: '5', room: '501' };

describe('a unit is stored in one form, however its parts are written', () => {
  test.each([
    { building: '3', unit: '2', floor: '5', room: '501' },
    { building: '３栋', unit: '２单元', floor: '5层', room: '501室' },
    { building: '三号楼', unit: '二单元', room: '0501' },
    { building: ' 3幢 ', unit: '02', floor: '5F', room: '501号' },
  ])('$building $unit $floor $room', (item) => {
    expect(stored(item).value).toEqual(home);
  });

  test('below ground, of letters, and of what has no room', () => {
    expect(stored({ floor: '负一层', room: 'b12铺' }).value).toMatchObject({ floor: 'B1', room: 'B12' });
    expect(stored({ building: '翠湖苑3栋', room: '1203' }).value).toMatchObject({
      building: '翠湖苑3',
      floor: '12',
    });
    expect(stored({ room: ' ' }).value).toEqual({ category: 'RESIDENTIAL', building: '3' });
  });
});

test('what names no unit is refused part by part', () => {
  const codes = (given: PremisesItem | string) => {
    const checked = checkPremises(given);
    if (!checked.problem) return [];
    return [checked.problem, ...(checked.others ?? [])].map(({ code, at = [] }) => [...at, code].join(' '));
  };
  expect(codes({ building: ' ', unit: '?', room: '1'.repeat(9) } as unknown as PremisesItem)).toEqual([
    'category VALUE_REQUIRED',
    'building VALUE_REQUIRED',
    'unit PREMISES_FORMAT',
    'room PREMISES_FORMAT',
  ]);
  expect(codes({ category: 'COMMERCIAL', building: '3幢2', room: '5单元1' })).toEqual([
    'building PREMISES_FORMAT',
    'room PREMISES_FORMAT',
  ]);
  expect(codes('科技路1号')).toEqual(['PREMISES_TEXT']);
  expect(codes('3-2-501')).toEqual(['category VALUE_REQUIRED']);
});

test('premises are read as people write them in one text', () => {
  const texts = ['3-2-501', '3栋2单元501室', '３号楼２单元５０１', '3幢-2单元-501', '住宅 3栋2单元5楼501号'];
  for (const text of texts)
    expect(readPremises(text), text).toMatchObject({ building: '3', unit: '2', room: '501' });
  expect(readPremises('商业3-2-1-05')).toEqual({
    ...{ category: 'COMMERCIAL', building: '3', unit: '2', floor: '1', room: '5' },
  });
  expect(readPremises('3-501')).toEqual({ building: '3', room: '501' });
  for (const none of ['501', '上海精密机械', '-3-501', '1-2-3-4-5', '2单元501室'])
    expect(readPremises(none), none).toBeUndefined();
});

test('the text of an export is read as what it was written from', () => {
  const part = (most: number) =>
    fc
      .stringMatching(/^[A-Z0-9楼门座号户铺房东西甲-][A-Z0-9楼门座号户铺房东西甲.#-]*$/u, { size: 'small' })
      .filter((text) => text.length <= most);
  const option = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
  fc.assert(
    fc.property(
      fc.record({
        category: fc.constantFrom('RESIDENTIAL' as const, 'COMMERCIAL' as const),
        building: part(10),
        unit: option(part(6)),
        floor: option(part(4)),
        room: option(part(8)),
      }),
      (item) => {
        const { value } = checkPremises(item);
        if (value) expect(checkPremises(premisesText(value)).value).toEqual(value);
      },
    ),
  );
});
