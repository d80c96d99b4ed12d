import { socialCreditCheckCharacter } from '../../core/validation/social-credit-code.ts';
import type { CompanySize } from '../../domains/customer/customer.table.ts';
import type { Place } from './place.words.ts';
import type { Random } from './random.ts';

/** A word in Chinese characters, and its Latin spelling for mailboxes and domains. */
interface Spelled {
  text: string;
  latin: string;
}

const spelled = (words: string): Spelled[] =>
  words.split(' ').map((word) => {
    const [text, latin] = word.split(':') as [string, string];
    return { text, latin };
  });

// The first and last characters of invented trade names.
const firsts = spelled(
  '衡:heng 澄:cheng 瑞:rui 朗:lang 岳:yue 泓:hong 启:qi 臻:zhen 铭:ming 拓:tuo 曜:yao 禾:he 川:chuan 骏:jun 霖:lin 沐:mu 昱:yu 辰:chen 翎:ling 恒:heng 珩:heng 砺:li 屹:yi 翰:han',
);
const lasts = spelled(
  '锐:rui 准:zhun 远:yuan 越:yue 泰:tai 帆:fan 驰:chi 原:yuan 峰:feng 睿:rui 禾:he 途:tu 望:wang 信:xin 创:chuang 图:tu 岭:ling 洲:zhou 舟:zhou 诺:nuo 擎:qing 晟:sheng 森:sen 拓:tuo',
);
const middles = spelled('云:yun 海:hai 金:jin 天:tian 德:de 华:hua 明:ming 安:an');

const surnames = spelled(
  '王:wang 李:li 张:zhang 刘:liu 陈:chen 杨:yang 赵:zhao 黄:huang 周:zhou 吴:wu 徐:xu 孙:sun 胡:hu 朱:zhu 高:gao 林:lin 何:he 郭:guo 马:ma 罗:luo 梁:liang 宋:song 郑:zheng 谢:xie 韩:han 唐:tang 冯:feng 于:yu 董:dong 萧:xiao 程:cheng 曹:cao 袁:yuan 邓:deng 许:xu 傅:fu 沈:shen 曾:zeng 彭:peng 吕:lv',
);

/** An invented trade name (字号) that is not in `taken` yet; adds it there. */
export function drawBrand(random: Random, taken: Set<string>): Spelled {
  for (;;) {
    const parts = [
      random.pick(firsts),
      ...(random.chance(30) ? [random.pick(middles)] : []),
      random.pick(lasts),
    ];
    const text = parts.map((part) => part.text).join('');
    if (new Set(text).size < text.length || taken.has(text)) continue;
    taken.add(text);
    return { text, latin: parts.map((part) => part.latin).join('') };
  }
}

/** The full legal name (企业全称) of a company: place, trade name, trade, legal form. */
export function companyName(
  random: Random,
  place: Place,
  brand: string,
  trade: string,
  size: CompanySize,
): string {
  const form =
    size === 'LARGE'
      ? random.pick(['股份有限公司', '集团有限公司', '有限公司'])
      : random.pick(['有限公司', '有限公司', '有限责任公司']);
  return `${place.short}${brand}${trade}${form}`;
}

export interface DrawnPerson {
  name: string;
  surname: Spelled;
  gender: 'FEMALE' | 'MALE';
}

export function drawPerson(random: Random): DrawnPerson {
  const gender = random.chance(45) ? 'FEMALE' : 'MALE';
  const surname = random.pick(surnames);
  const given = random.faker.person.firstName(gender === 'FEMALE' ? 'female' : 'male');
  return { name: surname.text + given, surname, gender };
}

const codeAlphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY';

/**
 * A unified social credit code (GB 32100-2015) for an enterprise in that division: 91, division, organisation code with
 * its own check character (GB 11714), check character.
 */
export function drawSocialCreditCode(random: Random, division: string): string {
  const organisation = `MA${Array.from({ length: 6 }, () => random.pick([...codeAlphabet])).join('')}`;
  const first17 = `91${division}${organisation}${organisationCheckCharacter(organisation)}`;
  return first17 + socialCreditCheckCharacter(first17);
}

/** GB 11714: weighted sum modulo 11, with A = 10 to Z = 35. */
function organisationCheckCharacter(code: string): string {
  const weights = [3, 7, 9, 10, 5, 8, 4, 2];
  const sum = weights.reduce(
    (total, weight, index) => total + weight * Number.parseInt(code.charAt(index), 36),
    0,
  );
  return '0123456789X0'.charAt(11 - (sum % 11));
}

export const drawMobile = (random: Random, place: Place): string =>
  random.pick(place.mobiles) + random.faker.string.numeric(place.mobileDigits);

export const drawLandline = (random: Random, place: Place): string =>
  place.landline + random.faker.string.numeric(place.lineDigits);
