import { describe, expect, test } from 'vitest';
import { industryNamed } from '../../src/core/validation/industry.ts';
import { cityNamed, provinceNamed, regionOf } from '../../src/core/validation/place.ts';

describe('a province', () => {
  test.each([
    ['江苏', '江苏省', 'EAST_CHINA'],
    ['江苏省', '江苏省', 'EAST_CHINA'],
    ['江蘇省', '江苏省', 'EAST_CHINA'],
    [' 320000 ', '江苏省', 'EAST_CHINA'],
    ['32', '江苏省', 'EAST_CHINA'],
    ['广西', '广西壮族自治区', 'SOUTH_CHINA'],
    ['內蒙古', '内蒙古自治区', 'NORTH_CHINA'],
    ['内蒙', '内蒙古自治区', 'NORTH_CHINA'],
    ['新疆', '新疆维吾尔自治区', 'NORTHWEST'],
    ['重庆', '重庆市', 'SOUTHWEST'],
    ['臺灣', '台湾省', 'HONG_KONG_MACAO_TAIWAN'],
    ['香港', '香港特别行政区', 'HONG_KONG_MACAO_TAIWAN'],
  ])('%s is %s, in %s', (text, name, region) => {
    const province = provinceNamed(text);
    expect(province?.name).toBe(name);
    expect(province && regionOf(province)).toBe(region);
  });

  test.each(['California', '苏州', '江', ''])('"%s" is none', (text) => {
    expect(provinceNamed(text)).toBeUndefined();
  });
});

test.each([
  ['苏州', '江苏', '320500'],
  ['蘇州市', undefined, '320500'],
  ['昆山', '江苏', '320583'],
  ['朝阳', '辽宁', '211300'],
  ['朝阳区', '北京', '110105'],
  ['济源', undefined, '419001'],
  ['海南', '青海', '632500'],
  ['恩施', undefined, '422800'],
  ['鼓楼区', '江苏', '320106'],
  ['鼓楼区', undefined, undefined],
  ['杭州', '江苏', '330100'],
  ['东京', undefined, undefined],
  ['香港', undefined, '810000'],
  ['澳門', '澳门', '820000'],
  ['臺北', undefined, '710100'],
])('the city %s in %s has the code %s', (city, province, code) => {
  expect(cityNamed(city, province === undefined ? undefined : provinceNamed(province))?.code).toBe(code);
});

test.each([
  ['制造', 'C', '制造业'],
  ['制造业', 'C', '制造业'],
  ['C 制造业', 'C', '制造业'],
  ['Ｃ制造业', 'C', '制造业'],
  ['C', 'C', '制造业'],
  ['房地产', 'K', '房地产业'],
  ['批发零售', 'F', '批发和零售业'],
  ['G 运输仓储', 'G', '交通运输、仓储和邮政业'],
  ['Q 卫生', 'Q', '卫生和社会工作'],
  ['汽车制造', 'C36', '汽车制造业'],
  ['36', 'C36', '汽车制造业'],
  ['製造業', 'C', '制造业'],
  ['汽車製造', 'C36', '汽车制造业'],
])('the industry %s is %s %s', (text, code, name) => {
  expect(industryNamed(text)).toEqual({ code, name });
  expect(industryNamed(name)).toEqual({ code, name });
});

test.each(['软件', 'S 综合', 'IT', '3D打印', 'C 房地产', ''])('"%s" is a free text', (text) => {
  expect(industryNamed(text)).toBeUndefined();
});
