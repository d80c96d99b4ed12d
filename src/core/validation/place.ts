import { areaList } from '@vant/area-data';
import { withoutRank } from './administrative-region.ts';
import { simplified } from './simplified.ts';
import { plainText } from './text.ts';

/** A province, prefecture, city or county of the national table (GB/T 2260). */
export interface Place {
  /** Six digits: 440000, 440300. */
  code: string;
  /** The official name: 广东省, 深圳市. */
  name: string;
}

/** The form in which names of places are compared: simplified, without spaces and rank. */
function keyOf(text: string): string {
  return withoutRank(simplified(plainText(text).replaceAll(' ', '')));
}

const places = (list: Record<string, string>, code: RegExp): Place[] =>
  Object.entries(list)
    .filter(([key, name]) => code.test(key) && !/直辖|^县$|开发区|高新区/.test(name))
    .map(([key, name]) => ({ code: key, name }));

const byKey = (list: readonly Place[]): ReadonlyMap<string, Place[]> => {
  const found = new Map<string, Place[]>();
  for (const place of list) found.set(keyOf(place.name), [...(found.get(keyOf(place.name)) ?? []), place]);
  return found;
};

const provinces = places(areaList.province_list, /0000$/);
const provincesByKey = byKey([...provinces, { code: '150000', name: '内蒙' }]);
const provinceByCode = new Map(provinces.map((place) => [place.code.slice(0, 2), place]));
// Hong Kong and Macao are written as cities, though the table has their districts only.
const cities = byKey([
  ...places(areaList.city_list, /00$/),
  { code: '810000', name: '香港' },
  { code: '820000', name: '澳门' },
]);
const counties = byKey(places(areaList.county_list, /[^0].$|.[^0]$/));

/** The province with a name (江苏, 江苏省, 江蘇省) or a code (32, 320000); undefined for one that is in no table. */
export function provinceNamed(text: string): Place | undefined {
  const plain = plainText(text);
  if (/^\d{2}(?:0000)?$/.test(plain)) return provinceByCode.get(plain.slice(0, 2));
  const found = provincesByKey.get(keyOf(plain))?.[0];
  return found && provinceByCode.get(found.code.slice(0, 2));
}

/** Whether a province is Hong Kong, Macao or Taiwan, whose towns and districts the table has only in part. */
export const isListedInPart = ({ code }: Place): boolean => /^(71|81|82)/.test(code);

/** The province that a city or county is in. */
export const provinceOf = ({ code }: Place): Place => provinceByCode.get(code.slice(0, 2)) as Place;

/**
 * The city, prefecture, or else county with a name (苏州, 苏州市, 蘇州市), in the province if it has one of that name.
 * Undefined for one that is in no table, and for a county whose name several provinces have.
 */
export function cityNamed(text: string, province: Place | undefined): Place | undefined {
  const key = keyOf(text);
  const written = plainText(text);
  const tables = [cities.get(key) ?? [], counties.get(key) ?? []];
  const inProvince = tables.flat().filter((place) => province && provinceOf(place).code === province.code);
  const exact = inProvince.find(({ name }) => name === written) ?? inProvince[0];
  if (exact) return exact;
  const named = tables.find((places) => places.length > 0) ?? [];
  return new Set(named.map((place) => provinceOf(place).code)).size === 1 ? named[0] : undefined;
}

const REGIONS = {
  NORTH_CHINA: ['11', '12', '13', '14', '15'],
  NORTHEAST: ['21', '22', '23'],
  EAST_CHINA: ['31', '32', '33', '34', '35', '36', '37'],
  CENTRAL_CHINA: ['41', '42', '43'],
  SOUTH_CHINA: ['44', '45', '46'],
  SOUTHWEST: ['50', '51', '52', '53', '54'],
  NORTHWEST: ['61', '62', '63', '64', '65'],
  HONG_KONG_MACAO_TAIWAN: ['71', '81', '82'],
} as const;

/** The region that a province is in: 江苏省 is in East China. */
export function regionOf({ code }: Place): keyof typeof REGIONS {
  const regions = Object.entries(REGIONS) as [keyof typeof REGIONS, readonly string[]][];
  const found = regions.find(([, codes]) => codes.includes(code.slice(0, 2)));
  if (!found) throw new Error(`Province ${code} is in no region.`);
  return found[0];
}
