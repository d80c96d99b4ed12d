import { describe, expect, test } from 'vitest';
import { checkCustomer } from '../../src/domains/customer/customer.check.ts';

const problems = (...args: Parameters<typeof checkCustomer>) =>
  checkCustomer(...args).issues.map(({ path, code }) => `${path.join('.')} ${code}`);

const organization = {
  kind: 'ORGANIZATION',
  country: 'CN',
  name: '北京信息技术股份有限公司',
  shortName: null,
  stage: 'POTENTIAL',
  unifiedSocialCreditCode: null,
} as const;

test('an organization needs its full legal name, a person only a name', () => {
  expect(problems({ name: '北京公司' }, { mode: 'create' })).toEqual(['name LEGAL_NAME_ABBREVIATED']);
  expect(problems({ name: '北京信息技术股份有限公司' }, { mode: 'create' })).toEqual([]);
  expect(problems({ name: '王小明', kind: 'PERSON' }, { mode: 'create' })).toEqual([]);
  expect(problems({ name: '—3', kind: 'PERSON' }, { mode: 'create' })).toEqual(['name PERSON_NAME_FORMAT']);
});

test('a foreign organization keeps a name without a Chinese legal form', () => {
  expect(problems({ name: '苹果公司', country: 'US' }, { mode: 'create' })).toEqual([]);
  expect(problems({ name: 'Acme Corporation' }, { mode: 'create' })).toEqual([]);
});

test('an input held against many files is read once for each country, with the same outcome for each file', () => {
  let reads = 0;
  const phone = {
    get number() {
      reads += 1;
      return '0755-82345678';
    },
  };
  const patch = { phones: [phone], postalCode: '999077', city: '深圳', industry: '制造' };
  const files = Array.from({ length: 60 }, (_, i) => ({
    ...organization,
    country: i % 2 === 0 ? 'CN' : 'HK',
    city: i % 3 === 0 ? '深圳' : null,
  }));
  const alone = files.map((current) => checkCustomer(patch, { mode: 'update', current }));
  const each = reads / files.length;
  reads = 0;
  const repeated = new Map();
  const together = files.map((current) => checkCustomer(patch, { mode: 'update', current, repeated }));
  expect(together).toEqual(alone);
  expect(reads).toBe(2 * each);
});

test('all violations are named at once, each at its field', () => {
  const input = {
    name: '北京公司',
    country: 'ZZ',
    creditLimit: '-1',
    registeredCapital: '1.234',
    employeeCount: 1.5,
    foundedOn: '2024-02-30',
    unifiedSocialCreditCode: '91440300708461136A',
    website: 'not a site',
    size: 'HUGE' as never,
    stage: 'NEW' as never,
    address: 'x'.repeat(301),
  };
  expect(problems(input, { mode: 'create', path: ['input'] }).sort()).toEqual([
    'input.address TEXT_TOO_LONG',
    'input.country COUNTRY_UNKNOWN',
    'input.creditLimit DECIMAL_TOO_SMALL',
    'input.employeeCount NOT_WHOLE',
    'input.foundedOn DATE_NOT_IN_CALENDAR',
    'input.registeredCapital DECIMAL_SCALE',
    'input.size NOT_ONE_OF',
    'input.stage NOT_ONE_OF',
    'input.unifiedSocialCreditCode SOCIAL_CREDIT_CODE_CHECK',
    'input.website WEBSITE_FORMAT',
  ]);
});

test('a unified social credit code belongs to mainland China', () => {
  const code = '91440300708461136T';
  expect(
    problems({ name: 'Acme Corp', unifiedSocialCreditCode: code, country: 'US' }, { mode: 'create' }),
  ).toEqual(['unifiedSocialCreditCode SOCIAL_CREDIT_CODE_COUNTRY']);
  const current = { ...organization, unifiedSocialCreditCode: code };
  expect(problems({ country: 'US' }, { mode: 'update', current })).toEqual([
    'country SOCIAL_CREDIT_CODE_COUNTRY',
  ]);
  expect(problems({ country: 'US', unifiedSocialCreditCode: null }, { mode: 'update', current })).toEqual([]);
});

describe('in an update', () => {
  test('an absent field is left alone and null clears one', () => {
    const { values, issues } = checkCustomer(
      { shortName: null, industry: '  ', city: undefined },
      { mode: 'update', current: organization },
    );
    expect(issues).toEqual([]);
    expect(values).toEqual({ shortName: null, industry: null, industryCode: null });
  });

  test('what cannot be empty cannot be cleared', () => {
    const input = { name: null, kind: null, country: null, stage: null };
    expect(problems(input, { mode: 'update', current: organization })).toEqual([
      'kind VALUE_REQUIRED',
      'country VALUE_REQUIRED',
      'stage VALUE_REQUIRED',
      'name VALUE_REQUIRED',
    ]);
  });

  test('a text that the file has already stays as it is stored, whatever the standards have become', () => {
    const current = { ...organization, industry: '批发零售', province: null, city: '澳门', country: 'MO' };
    const input = { industry: '批发零售', city: '澳门' };
    expect(checkCustomer(input, { mode: 'update', current })).toEqual({
      values: input,
      issues: [],
      warnings: [],
    });
    expect(checkCustomer({ city: '澳门', country: 'CN' }, { mode: 'update', current }).values).toMatchObject({
      city: '澳门',
      province: '澳门特别行政区',
    });
  });

  test('a change of kind is held against the name that stays', () => {
    const person = { ...organization, kind: 'PERSON', name: '王小明' } as const;
    expect(problems({ kind: 'ORGANIZATION' }, { mode: 'update', current: person })).toEqual([
      'kind LEGAL_NAME_ABBREVIATED',
    ]);
    expect(problems({ city: '上海' }, { mode: 'update', current: person })).toEqual([]);
  });
});

describe('a sole proprietor', () => {
  const nature = 'SOLE_PROPRIETOR' as const;
  const nameOf = (...args: Parameters<typeof checkCustomer>) => checkCustomer(...args).values.name;

  test('without a name goes by its operator, whose name need be no company’s', () => {
    expect(problems({ nature, legalRepresentative: '王小明' }, { mode: 'create' })).toEqual([]);
    expect(nameOf({ nature, legalRepresentative: ' 王小明 ' }, { mode: 'create' })).toBe('王小明');
    expect(nameOf({ nature, legalRepresentative: '王小明', shortName: '小明面馆' }, { mode: 'create' })).toBe(
      '王小明',
    );
    const current = { ...organization, name: null, shortName: '小明面馆', nature };
    expect(nameOf({ legalRepresentative: '王小明' }, { mode: 'update', current })).toBe('王小明');
    expect(
      nameOf({ city: '上海' }, { mode: 'update', current: { ...current, legalRepresentative: '王小明' } }),
    ).toBeUndefined();
  });

  test('keeps the name it has, and a name of its own meets the standard', () => {
    const given = { nature, legalRepresentative: '王小明' };
    expect(nameOf({ ...given, name: '苏州市吴中区小明面馆' }, { mode: 'create' })).toBe(
      '苏州市吴中区小明面馆',
    );
    expect(problems({ ...given, name: '面馆公司' }, { mode: 'create' })).toEqual([
      'name LEGAL_NAME_ABBREVIATED',
    ]);
    expect(problems({ nature }, { mode: 'create' })).toEqual(['name VALUE_REQUIRED']);
  });

  test('that becomes a company needs a company’s name', () => {
    const current = { ...organization, name: '王小明', nature, legalRepresentative: '王小明' };
    expect(problems({ nature: 'PRIVATE' }, { mode: 'update', current })).toEqual([
      'nature LEGAL_NAME_ABBREVIATED',
    ]);
  });
});

describe('a lead known by its short name only', () => {
  const lead = { ...organization, name: null, shortName: '北辰信息' };
  const warnings = (...args: Parameters<typeof checkCustomer>) =>
    checkCustomer(...args).warnings.map(({ path, code }) => `${path.join('.')} ${code}`);

  test('is a file while it is potential; without either name it is none', () => {
    expect(problems({ shortName: '北辰信息' }, { mode: 'create' })).toEqual([]);
    expect(warnings({ shortName: '北辰信息' }, { mode: 'create' })).toEqual([]);
    expect(problems({ shortName: ' ' }, { mode: 'create' })).toEqual(['name VALUE_REQUIRED']);
    expect(problems({ shortName: null }, { mode: 'update', current: lead })).toEqual([
      'shortName VALUE_REQUIRED',
    ]);
    expect(
      problems({ name: null }, { mode: 'update', current: { ...organization, shortName: '北辰信息' } }),
    ).toEqual([]);
  });

  test('misses its name with a warning at INTENT, and may not be won', () => {
    expect(warnings({ stage: 'INTENT' }, { mode: 'update', current: lead })).toEqual(['name NAME_MISSING']);
    expect(warnings({ shortName: '北辰信息', stage: 'INTENT' }, { mode: 'create' })).toEqual([
      'name NAME_MISSING',
    ]);
    expect(warnings({ city: '上海' }, { mode: 'update', current: { ...lead, stage: 'INTENT' } })).toEqual([]);
    expect(problems({ stage: 'WON' }, { mode: 'update', current: lead })).toEqual(['stage NAME_NEEDED']);
    expect(
      problems(
        { name: null },
        { mode: 'update', current: { ...organization, shortName: '北辰', stage: 'WON' } },
      ),
    ).toEqual(['name NAME_NEEDED']);
    expect(
      problems({ stage: 'WON', name: '北京北辰信息有限公司' }, { mode: 'update', current: lead }),
    ).toEqual([]);
  });

  test('is warned of a name that may not be the full one', () => {
    expect(warnings({ name: '锦州环境工程技术公司' }, { mode: 'create' })).toEqual([
      'name LEGAL_NAME_UNSURE',
    ]);
    expect(warnings({ name: '锦州环境工程技术有限公司' }, { mode: 'create' })).toEqual([]);
  });
});

describe('a place in China', () => {
  const place = (input: object, current?: object) => {
    const options = current
      ? ({ mode: 'update', current: { ...organization, ...current } } as const)
      : ({ mode: 'create' } as const);
    const name = current ? {} : { name: '北京信息技术股份有限公司' };
    const { values, warnings } = checkCustomer({ ...name, ...input }, options);
    const { province, provinceCode, city, cityCode, region } = values;
    return {
      values: [province, provinceCode, city, cityCode, region],
      warnings: warnings.map(({ path, code }) => `${path.join('.')} ${code}`),
    };
  };

  test('has its official names and codes, and the region follows from the province', () => {
    const suzhou = ['江苏省', '320000', '苏州市', '320500', 'EAST_CHINA'];
    expect(place({ province: '江蘇', city: '苏州' })).toEqual({ values: suzhou, warnings: [] });
    expect(place({ city: '苏州' })).toEqual({ values: suzhou, warnings: [] });
    expect(place({ province: '浙江' }, { province: '江苏省', city: '南京市', region: 'EAST_CHINA' })).toEqual(
      {
        values: ['浙江省', '330000', undefined, undefined, undefined],
        warnings: ['province CITY_PROVINCE'],
      },
    );
    expect(place({ province: null, city: null })).toEqual({
      values: [null, null, null, null, undefined],
      warnings: [],
    });
  });

  test('is taken with a warning where it does not fit', () => {
    expect(place({ province: '江苏', city: '杭州', region: 'NORTH_CHINA' })).toEqual({
      values: ['江苏省', '320000', '杭州市', '330100', 'NORTH_CHINA'],
      warnings: ['city CITY_PROVINCE', 'region REGION_PROVINCE'],
    });
    expect(place({ province: '巴伐利亚', city: '慕尼黑' })).toEqual({
      values: ['巴伐利亚', null, '慕尼黑', null, undefined],
      warnings: ['province PROVINCE_UNKNOWN', 'city CITY_UNKNOWN'],
    });
    expect(place({ country: 'DE', province: 'Bayern', city: 'München' }).warnings).toEqual([]);
    // The national table lists these in part only.
    for (const where of [
      { country: 'HK', city: '旺角' },
      { country: 'TW', city: '鹿港镇' },
      { province: '香港', city: '中环' },
    ])
      expect(place(where).warnings).toEqual([]);
  });

  test('an industry of the national classification has its code, another stays as it is', () => {
    const industry = (text: string | null) =>
      checkCustomer({ industry: text }, { mode: 'update', current: organization }).values;
    expect(industry('C 制造业')).toEqual({ industry: '制造业', industryCode: 'C' });
    expect(industry('软件')).toEqual({ industry: '软件', industryCode: null });
    expect(industry(null)).toEqual({ industry: null, industryCode: null });
  });
});

test('values are stored in one form', () => {
  const { values } = checkCustomer(
    {
      name: ' 北京信息技术股份有限公司 ',
      country: 'cn',
      website: 'example.com/',
      creditLimit: '0500000',
      employeeCount: '1,200',
      foundedOn: '1991/4/3',
      unifiedSocialCreditCode: '91440300708461136t',
    },
    { mode: 'create' },
  );
  expect(values).toEqual({
    name: '北京信息技术股份有限公司',
    country: 'CN',
    website: 'https://example.com',
    creditLimit: '500000.00',
    employeeCount: 1200,
    foundedOn: '1991-04-03',
    unifiedSocialCreditCode: '91440300708461136T',
  });
});

test('a customer was founded, and its file opened, at the latest today, wherever that is', () => {
  const now = new Date('2026-08-31T04:30:00.000Z');
  const at = (day: string) => {
    const input = { name: '上海启明精密机械有限公司', foundedOn: day, openedOn: day };
    return checkCustomer(input, { mode: 'create', now }).issues.map(
      ({ path, code }) => `${path.join('.')} ${code}`,
    );
  };
  expect(at('2026-08-31')).toEqual([]);
  expect(at('2026-09-01')).toEqual(['foundedOn DATE_IN_FUTURE', 'openedOn DATE_IN_FUTURE']);
});
