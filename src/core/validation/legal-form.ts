import {
  isRegionAlone,
  opensWithRegion,
  statesRank,
  withoutRankedRegion,
  withoutRegions,
} from './administrative-region.ts';

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
    isFull: (stem) => stem.length >= 2 && !isRegionAlone(stem),
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
  // Chambers and associations are distinguished by a second place: 深圳市潮汕商会, 广东省江苏商会.
  {
    ending: /(?:商会|商會|同乡会|联谊会|促进会|协会|學會|学会|基金会|工会)$/,
    isFull: (stem, rest) => stem.length >= 3 && (opensWithRegion(stem) || rest.length >= 2),
  },
  // Individual businesses, works and shops (个体工商户, 个人独资企业): their names must start with the place.
  {
    ending:
      /(?:(?:经营|营业|门市|服务|经销|销售|维修|修理|批发|零售|加工|小卖|供应|商贸|装饰|俱乐|项目|事业|收购|售后|洗衣|展销|摄影|图文|信用)部|[厂廠店铺舖行坊庄楼站吧屋摊户房栈宿苑阁居轩堂斋廊府城]|[农林牧商市渔盐茶猪鸡鱼]场|殖场|超市|商城|酒家|工作室|五金|农家乐|度假村|沙龙|网咖|影院|影城|会所|诊所|公寓|驿站|学堂|书院|仓库|车队|联合体|百货|建材|烟酒|副食|粮油|水果|服饰|商贸|便利|烧烤|餐饮|小吃|火锅|面食|美容|美发|理发|养生|足浴|汽修|汽配|家具|家电|电器|手机|通讯|广告|打印|装饰|门窗|灯饰|窗帘|花卉|饰品|化妆品|母婴|文具|日杂|农资|种业|苗木|养殖|快递|物流|货运|租赁|家政|托管|培训|日用品|食品|茶叶|土特产|海鲜|水产|蔬菜|生鲜|早餐|快餐|酒业|珠宝|眼镜|钟表|鞋业|箱包|布艺|干洗|照相|彩印|复印|网络|电脑|数码|科技)$/,
    isFull: (stem, rest) => (rest.length >= 2 && opensWithRegion(stem)) || stem.length >= 6,
  },
  { ending: /部$/, isFull: (stem) => /^中(?:华人民共和国|国共产党).{2,}/.test(stem) },
  // Government bodies, institutions, associations, cooperatives, firms: 海淀区税务局, 中国红十字会, 立信会计师事务所.
  {
    ending:
      /(?:委员会|事务所|研究所|合作社|联社|中心|政府|支部|监狱|机构|组织|大厦|广场|码头|水库|电站|集团军|[局厅署委办处所会會社台院校园室队隊团組组寺庙观宫祠庵矿库港桥区村])$/,
    isFull: (stem, rest) =>
      stem.length >= 2 && rest.length >= 2 && (opensWithRegion(stem) || stem.length >= 4),
  },
];

/** How sure it is that a name is full: what is uncertain is accepted with a warning. */
export type Fullness = 'FULL' | 'UNSURE' | 'SHORT';

const partnershipPattern = /\(?(?:(?:特殊)?普通合伙|有限合伙)(?:企业)?\)?$/;
const companyPattern = /(?:公司|有限责任|集团|集團)$/;
/** The unit of a company: 招商银行股份有限公司工会, 万科企业股份有限公司第一项目. */
const unitPattern = /(?:有限(?:责任|責任)?公司|股份公司|总公司|集团公司).{2,}$/;

/** A name without the notes after it: "(个人独资)", "(原北京(集团)公司)(已注销)", nested, doubled or never closed. */
function withoutNotes(name: string): string {
  let rest = name;
  for (;;) {
    const start = noteStart(rest);
    if (start <= 0) return rest;
    rest = rest.slice(0, start);
  }
}

/** Where the brackets begin that a name ends in; -1 without. */
function noteStart(name: string): number {
  let depth = 0;
  for (let i = name.length - 1; i >= 0; i -= 1) {
    if (name[i] === ')') depth += 1;
    else if (name[i] === '(') depth -= 1;
    if (depth <= 0 && name[i] === '(') return i;
    if (depth === 0) break;
  }
  // One that was cut off: "北京信息技术有限公司(原北京".
  const open = name.lastIndexOf('(');
  return open > name.lastIndexOf(')') ? open : -1;
}

/**
 * Whether a name in Chinese characters (NFKC, without spaces) is a full legal name: it ends in a legal form, and what
 * precedes it is enough to distinguish the organisation from others in its place. Names that open with a place and go on
 * for long enough are registered in forms that no list knows (大药房, 客栈, enterprises owned by the whole people).
 */
export function fullnessOf(name: string): Fullness {
  if (partnershipPattern.test(name))
    return withoutRegions(name.replace(partnershipPattern, '')).length >= 4 ? 'FULL' : 'SHORT';
  const bare = withoutNotes(name);
  const form = LEGAL_FORMS.find(({ ending }) => ending.test(bare));
  const stem = form ? bare.replace(form.ending, '') : bare;
  if (form?.isFull(stem, withoutRegions(stem))) return 'FULL';
  if (unitPattern.test(bare)) return 'UNSURE';
  const rest = withoutRegions(bare.replace(companyPattern, '')).length;
  if (companyPattern.test(bare)) {
    // 北京信息技术公司 is short for something; 锦州环境工程技术公司 is long enough to be what the register has.
    if (/(?:有限|股份|有限责任)公司$/.test(bare)) return 'SHORT';
    return rest >= (opensWithRegion(bare) ? 5 : 8) ? 'UNSURE' : 'SHORT';
  }
  if (statesRank(bare) && withoutRankedRegion(bare).length >= 4) return 'UNSURE';
  return rest >= (opensWithRegion(bare) ? 5 : 9) ? 'UNSURE' : 'SHORT';
}
