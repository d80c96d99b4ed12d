import { opensWithRegion, statesRank, withoutRegions } from './administrative-region.ts';

/** An ending of Chinese legal names, and what must precede it for the name to be complete. */
type LegalForm = {
  ending: RegExp;
  /** `stem` is everything before the ending, `rest` the stem without the places it starts with. */
  isFull: (stem: string, rest: string) => boolean;
};

// Tried in order; the first matching ending decides. Traditional characters occur in names registered in Hong Kong,
// Macao and Taiwan that are entered without their country.
const LEGAL_FORMS: readonly LegalForm[] = [
  // A branch has its parent's full name: "招商银行股份有限公司北京分行", never "北京分公司".
  {
    ending: /(?:分公司|支公司|分行|支行|分理处|分所|分店|代表处|代表處)$/,
    isFull: (stem) => /(?:公司|银行|銀行|合作社|联社|事务所|集团|[厂店]).+$/.test(stem),
  },
  // Companies under the Company Law, art. 7. One character besides the place is enough: 南京港股份有限公司 exists.
  {
    ending: /(?:股份有限公司|有限责任公司|有限責任公司|有限公司|股份公司|股份合作公司)$/,
    isFull: (stem, rest) => stem.length >= 2 && rest.length >= 1,
  },
  // State-owned enterprises that predate that law, and groups of companies: 中国烟草总公司, but not 万科集团.
  {
    ending: /(?:总公司|總公司|集团公司|集團公司|集团|集團)$/,
    isFull: (stem, rest) => rest.length >= 4 || (rest.length >= 2 && opensWithRegion(stem)),
  },
  // A bare 公司 usually marks an abbreviation: 北京公司, 华为公司. Exceptions are older collective enterprises: 上海市食品工业公司.
  { ending: /公司$/, isFull: (stem, rest) => rest.length >= 4 && statesRank(stem) },
  { ending: /(?:银行|銀行)$/, isFull: (stem, rest) => rest.length >= 2 && opensWithRegion(stem) },
  // Institutions identified by a place alone: 北京大学, 四川省人民政府, 上海海关.
  {
    ending:
      /(?:大学|大學|学院|學院|学校|學校|中学|中學|小学|小學|幼儿园|党校|医院|醫院|卫生院|人民政府|法院|检察院|科学院|图书馆|博物馆|海关)$/,
    isFull: (stem) => stem.length >= 2,
  },
  // Individual businesses, works and shops (个体工商户, 个人独资企业): their names must start with the place.
  {
    ending:
      /(?:(?:经营|营业|门市|服务|经销|销售|维修|修理|批发|零售|加工|小卖|供应|商贸|装饰|俱乐)部|[厂廠店铺行坊庄楼站吧屋摊户]|[农林牧商市]场|殖场|超市|商城|酒家|工作室)$/,
    isFull: (stem, rest) => (rest.length >= 2 && opensWithRegion(stem)) || stem.length >= 6,
  },
  { ending: /部$/, isFull: (stem) => /^中(?:华人民共和国|国共产党).{2,}/.test(stem) },
  // Government bodies, institutions, associations, cooperatives, firms: 海淀区税务局, 中国红十字会, 立信会计师事务所.
  {
    ending: /(?:委员会|事务所|研究所|合作社|联社|中心|[局厅署委办处所会會社台院馆校园室队团组寺庙观])$/,
    isFull: (stem, rest) =>
      stem.length >= 2 && rest.length >= 2 && (opensWithRegion(stem) || stem.length >= 4),
  },
];

const PARTNERSHIP = /\(?(?:(?:特殊)?普通合伙|有限合伙)(?:企业)?\)?$/;
const CLOSING_NOTE = /\([^()]*\)$/;

/**
 * Whether a name in Chinese characters (NFKC, without spaces) is a full legal name: it ends in a legal form, and what
 * precedes it is enough to distinguish the organisation from others in its place.
 */
export function hasChineseLegalForm(name: string): boolean {
  if (PARTNERSHIP.test(name)) return withoutRegions(name.replace(PARTNERSHIP, '')).length >= 4;
  // "(个人独资)", "(集团总部)" and the like follow the form and are not part of it.
  const bare = name.replace(CLOSING_NOTE, '');
  const form = LEGAL_FORMS.find(({ ending }) => ending.test(bare));
  if (!form) return false;
  const stem = bare.replace(form.ending, '');
  return form.isFull(stem, withoutRegions(stem));
}
