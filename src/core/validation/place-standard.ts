import { simplified, traditional } from './simplified.ts';
import { plainText } from './text.ts';
import { formsOf, standardOf, type TextStandard } from './text-standard.ts';

const provinceRanks = ['省', '市', '自治区', '壮族自治区', '回族自治区', '维吾尔自治区', '特别行政区'];
const cityRanks = ['市', '地区', '盟'];

/** A name with and without its rank, in simplified and traditional characters: 江苏, 江苏省, 江蘇省. */
function placeStandard(ranks: readonly string[]): TextStandard {
  const longestFirst = ranks.toSorted((one, other) => other.length - one.length);
  const bareOf = (written: string): string => {
    const name = simplified(plainText(written));
    const rank = longestFirst.find((one) => name.endsWith(one) && name.length - one.length >= 2);
    return rank === undefined ? name : name.slice(0, -rank.length);
  };
  const bothScripts = (names: readonly string[]): string[] =>
    names.flatMap((name) => [name, traditional(name)]);
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

export const provinceStandard = placeStandard(provinceRanks);
export const cityStandard = placeStandard(cityRanks);
