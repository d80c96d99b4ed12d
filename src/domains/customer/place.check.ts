import type { Issue } from '../../core/errors.ts';
import { accept, type Checked, type Problem, refuse, warn } from '../../core/validation/checked.ts';
import {
  cityNamed,
  isListedInPart,
  provinceNamed,
  provinceOf,
  regionOf,
} from '../../core/validation/place.ts';
import { plainText } from '../../core/validation/text.ts';
import type { Region } from './customer.table.ts';

/** Where a customer is; the codes are those of GB/T 2260, null where a name is in no table. */
export type PlaceValues = {
  province?: string | null;
  provinceCode?: string | null;
  city?: string | null;
  cityCode?: string | null;
  region?: Region | null;
};

const CHINA = ['CN', 'HK', 'MO', 'TW'];

/**
 * Completes the province and city of an input in China: names become the official ones with their codes, the province
 * follows from the city where there is none, and the region from the province. Elsewhere they are free texts.
 *
 * Warnings: PROVINCE_UNKNOWN, CITY_UNKNOWN on the mainland, CITY_PROVINCE for a city in another province, REGION_PROVINCE for another
 * region than the province's.
 */
export function completePlace(
  values: PlaceValues,
  {
    path,
    country,
    current = {},
  }: { path: Issue['path']; country: string; current?: PlaceValues | undefined },
): Issue[] {
  const warnings: Issue[] = [];
  const at = (field: keyof PlaceValues, problem: Problem) =>
    warnings.push({ path: [...path, field], ...problem });
  if (values.province !== undefined) values.provinceCode = null;
  if (values.city !== undefined) values.cityCode = null;
  if (!CHINA.includes(country)) return warnings;

  let province = provinceNamed(
    values.province === undefined ? (current.province ?? '') : (values.province ?? ''),
  );
  if (values.province) {
    if (!province) at('province', unknownProvince);
    else Object.assign(values, { province: province.name, provinceCode: province.code });
  }

  const name = values.city === undefined ? current.city : values.city;
  const city = name ? cityNamed(name, province) : undefined;
  if (values.city) {
    const isKnownWhole = country === 'CN' && !(province && isListedInPart(province));
    if (!city) {
      if (isKnownWhole) at('city', unknownCity);
    } else Object.assign(values, { city: city.name, cityCode: city.code });
  }
  const hasNoProvince = values.province === undefined && !current.province;
  if (values.city && city && hasNoProvince) {
    province = provinceOf(city);
    Object.assign(values, { province: province.name, provinceCode: province.code });
  }
  if (city && province && provinceOf(city).code !== province.code && (values.city || values.province)) {
    at(values.city ? 'city' : 'province', otherProvince);
  }

  if (!province) return warnings;
  const region = regionOf(province);
  if (values.region) {
    if (values.region !== region) at('region', otherRegion);
  } else if (values.province && current.region !== region) values.region = region;
  return warnings;
}

const unknownProvince = warn(
  'PROVINCE_UNKNOWN',
  'There is no such province in the national table',
  '行政区划表中没有该省份',
);
const unknownCity = warn(
  'CITY_UNKNOWN',
  'There is no such city in the national table',
  '行政区划表中没有该城市',
);
const otherProvince = warn('CITY_PROVINCE', 'The city is in another province', '城市与省份不符');
const otherRegion = warn('REGION_PROVINCE', 'The province is in another region', '区域与省份不符');

/** A postal code: six digits in mainland China, elsewhere letters and digits. Problem: POSTAL_CODE_FORMAT. */
export function checkPostalCode(text: string, country: string): Checked<string> {
  const value = plainText(text).toUpperCase();
  const isOne = country === 'CN' ? /^\d{6}$/.test(value) : /^(?=.*\d)[A-Z\d][A-Z\d -]{1,11}$/.test(value);
  if (isOne) return accept(value);
  return refuse('POSTAL_CODE_FORMAT', 'Must be a postal code such as 518000', '须为邮政编码，例如518000');
}
