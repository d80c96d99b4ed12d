import { areaList } from '@vant/area-data';

// Places as they stand at the beginning of Chinese names: with what they are (省, 市, 县 …), or without it, which names allow
// for provinces, prefectures and cities. From the national table of administrative divisions (GB/T 2260).

const rankAlternatives = '特别行政区|自治区|自治州|自治县|自治旗|林区|特区|地区|新区|省|市|区|县|盟|旗|州';
const endingPattern = new RegExp(`(?:${rankAlternatives})$`);
const peoples =
  '布依|朝鲜|傣|侗|哈尼|哈萨克|回|景颇|柯尔克孜|傈僳|黎|满|蒙古|苗|羌|畲|土家|维吾尔|瑶|彝|白|藏|壮';
const autonomyPattern = new RegExp(`(?:(?:${peoples})族?)+自治[区州县旗]$`);
/** Places that are better known as words of names or trade names: they count only with their rank. */
const otherWords = new Set([
  '阿里',
  '东方',
  '新民',
  '德兴',
  '乐平',
  '永安',
  '福安',
  '安国',
  '高平',
  '大安',
  '建德',
  '高安',
]);

/** "延边朝鲜族自治州" becomes 延边, "江苏省" becomes 江苏; a place of one letter keeps its rank. */
export function withoutRank(place: string): string {
  const bare = [autonomyPattern, endingPattern]
    .map((end) => place.replace(end, ''))
    .find((name) => [...name].length >= 2 && name !== place);
  return bare ?? place;
}

const isDirect = (name: string): boolean =>
  /^(?:省直辖县|自治区直辖县级行政区划|县|.{0,2}(?:开发区|高新区))$/.test(name);
const cities = Object.values(areaList.city_list).filter((name) => !isDirect(name));
const countyCities = Object.values(areaList.county_list).filter((name) => /市$/.test(name));

const alternatives = (names: readonly string[]): string =>
  // The longest first, or 黔西 would be read before 黔西南.
  [...new Set(names.map(withoutRank))]
    .filter((name) => !otherWords.has(name))
    .sort((a, b) => b.length - a.length)
    .join('|');
const provincesAndPrefectures = [...Object.values(areaList.province_list), ...cities, '内蒙'];
const major = alternatives(provincesAndPrefectures);
const allPlaces = alternatives([...provincesAndPrefectures, ...countyCities]);
const countryAlternatives = '中国|中华人民共和国|中华|全国|国家';

const openingOf = (places: string): RegExp =>
  new RegExp(
    `^\\(?(?:${countryAlternatives}|(?:${places})(?:(?:(?:${peoples})族?)*(?:${rankAlternatives}))?)\\)?`,
  );
const anyOpening = openingOf(allPlaces);
const majorOpening = openingOf(major);
const statedRankPattern = /^(?:中国|中华|国家|全国|.{2,8}?[省市区县镇乡村旗州])/;

/** A Chinese name without the places it starts with: "北京市朝阳(上海)信息" becomes "信息". */
export const withoutRegions = (name: string): string => strip(name, anyOpening);

/** Whether a Chinese name is nothing but the country, provinces and prefectures: "北京", "中国(上海)". */
export const isRegionAlone = (name: string): boolean => strip(name, majorOpening) === '';

function strip(name: string, opening: RegExp): string {
  let rest = name;
  for (let shorter = rest.replace(opening, ''); shorter !== rest; shorter = rest.replace(opening, ''))
    rest = shorter;
  return rest;
}

/** Whether a Chinese name starts with a place: a known one, or any that includes its rank ("昆山市", "海淀区"). */
export const opensWithRegion = (name: string): boolean => statesRank(name) || anyOpening.test(name);

/** Whether a Chinese name starts with the country or with a place that includes its rank ("北京市", but not "北京"). */
export const statesRank = (name: string): boolean => statedRankPattern.test(name);

/** A Chinese name without the first place that includes its rank: "大理市古城听雨" becomes "古城听雨". */
export const withoutRankedRegion = (name: string): string => name.replace(statedRankPattern, '');
