import { plainText } from './text.ts';
import { formsOf, standardOf, type TextStandard } from './text-standard.ts';

const PROVINCE_RANKS = ['省', '市', '自治区', '壮族自治区', '回族自治区', '维吾尔自治区', '特别行政区'];
const CITY_RANKS = ['市', '地区', '盟'];

/** Traditional characters of the names of provinces and cities, each followed by the simplified one. */
const TRADITIONAL =
  '慶庆遼辽寧宁龍龙蘇苏東东廣广貴贵雲云陝陕肅肃臺台灣湾內内門门區区壯壮爾尔維维縣县別别莊庄島岛鄲郸張张滄沧陽阳長长臨临呂吕倫伦' +
  '貝贝烏乌彥彦興兴瀋沈連连撫抚錦锦營营蘆芦鐵铁盤盘齊齐雞鸡鶴鹤雙双綏绥無无錫锡揚扬鎮镇鹽盐溫温紹绍麗丽銅铜馬马巖岩鄉乡贛赣' +
  '鷹鹰濟济棗枣煙烟濰潍萊莱濱滨澤泽鄭郑開开漢汉荊荆黃黄岡冈隨随嶽岳婁娄懷怀關关頭头賀贺賓宾來来欽钦亞亚瀘泸綿绵樂乐達达資资' +
  '義义節节畢毕順顺薩萨則则寶宝蘭兰涼凉隴陇銀银吳吴衛卫魯鲁瑪玛蕪芜';
const pairs = TRADITIONAL.match(/../gu) ?? [];
const simplified = new Map(pairs.map((pair) => [pair.charAt(0), pair.charAt(1)]));
const traditional = new Map(pairs.map((pair) => [pair.charAt(1), pair.charAt(0)]));
const converted = (text: string, characters: ReadonlyMap<string, string>): string =>
  text.replace(/./gu, (character) => characters.get(character) ?? character);

/** A name with and without its rank, in simplified and traditional characters: 江苏, 江苏省, 江蘇省. */
function placeStandard(ranks: readonly string[]): TextStandard {
  const longestFirst = ranks.toSorted((one, other) => other.length - one.length);
  const bareOf = (written: string): string => {
    const name = converted(plainText(written), simplified);
    const rank = longestFirst.find((one) => name.endsWith(one) && name.length - one.length >= 2);
    return rank === undefined ? name : name.slice(0, -rank.length);
  };
  const bothScripts = (names: readonly string[]): string[] =>
    names.flatMap((name) => [name, converted(name, traditional)]);
  const parts = standardOf('HALF_WIDTH', (written) =>
    formsOf(...bothScripts([bareOf(written)]), plainText(written), written),
  );
  return {
    ...parts,
    whole: (written) => {
      const bare = bareOf(written);
      const names = bare === '' ? [] : [bare, ...ranks.map((rank) => bare + rank)];
      return formsOf(...bothScripts(names), plainText(written), written);
    },
  };
}

export const provinceStandard = placeStandard(PROVINCE_RANKS);
export const cityStandard = placeStandard(CITY_RANKS);
