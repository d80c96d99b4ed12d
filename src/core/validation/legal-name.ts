import { accept, type Checked, refuse, warn } from './checked.ts';
import { fullnessOf } from './legal-form.ts';
import { checkText, plainText } from './text.ts';

/** Where the organisation is registered, if known. */
export type LegalNameOptions = {
  /** ISO 3166 alpha-2. If absent, a name in Chinese characters must meet the rule of mainland China. */
  country?: string | null;
};

const maxNameLength = 200;
const hanPattern = /\p{Script=Han}/u;
// 株式会社 and similar forms, kana or hangul: a Japanese or Korean name, whose register has its own legal forms.
const japaneseOrKoreanPattern =
  /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]|(?:株式|有限|合同|合資|合名)会社/u;
const spaceAroundHanPattern = /(?<=[\p{Script=Han}()]) | (?=[\p{Script=Han}()])/gu;

const letterPattern = /\p{L}/u;
const addressPattern = /^(?:https?:\/\/|www\.)|^\S+@\S+$/i;
const placeholderPattern =
  /^(?:unknown|tbd|todo|na|demo|无|未知|暂无|不详|其他|其它|测试|测试公司|测试客户|个人|公司名称|客户名称)$/i;
const formAlonePattern =
  /^(?:(?:company|corporation|corp|incorporated|inc|limited|ltd|llc|llp|plc|gmbh|ag|sa|srl|co|group)\b[\s.,&]*)+$/i;

/**
 * The full legal name (企业全称) of an organisation (R62, AC-5), not an abbreviation: 北京信息技术股份有限公司 is one, 北京公司 is not.
 *
 * A name in Chinese characters must end in a legal form with enough before it (legal-form.ts). Other names must meet a
 * looser rule, since registers elsewhere have no such endings ("Betasoloin" is complete): at least one letter, and no
 * placeholder, web or e-mail address, or bare "Co., Ltd." The looser rule also applies to Chinese names if `country` is
 * not CN, such as 苹果公司 of the US.
 *
 * Stored in NFKC (full-width letters and brackets are converted) with single spaces, and in Chinese names with none
 * next to Chinese characters or brackets; 2 to 200 characters.
 *
 * Problems: those of checkText, LEGAL_NAME_ABBREVIATED, LEGAL_NAME_FORMAT. Warning: LEGAL_NAME_UNSURE.
 */
export function checkLegalName(text: string, { country }: LegalNameOptions = {}): Checked<string> {
  const checked = checkText(plainText(text), { min: 2, max: maxNameLength });
  if (checked.problem) return checked;
  const name = checked.value;
  if (placeholderPattern.test(name) || addressPattern.test(name) || !letterPattern.test(name))
    return malformed();
  const isChinese = hanPattern.test(name) && !japaneseOrKoreanPattern.test(name);
  if (!isChinese) return formAlonePattern.test(name) ? abbreviated() : accept(name);
  const compact = name.replace(spaceAroundHanPattern, '');
  if (country && country !== 'CN') return accept(compact);
  const fullness = fullnessOf(compact);
  if (fullness === 'SHORT') return abbreviated();
  return fullness === 'FULL'
    ? accept(compact)
    : accept(
        compact,
        warn('LEGAL_NAME_UNSURE', 'This may not be the full legal name', '可能不是企业全称，请核对'),
      );
}

function abbreviated(): Checked<never> {
  return refuse(
    'LEGAL_NAME_ABBREVIATED',
    'Must be the full legal name with its legal form, such as 北京信息技术股份有限公司',
    '须填写企业全称(含组织形式)，例如北京信息技术股份有限公司',
  );
}

function malformed(): Checked<never> {
  return refuse('LEGAL_NAME_FORMAT', "Must be an organisation's name", '须为单位名称');
}
