import { fromString, getType, toUUID } from 'typeid-js';
import { type Checked, refuse } from '../../validation/checked.ts';

/** Prefix of each kind of id, with its name in English and Chinese. */
const idKinds = {
  cus: ['customer', '客户'],
  con: ['contact', '联系人'],
  int: ['interaction', '互动'],
  need: ['need', '需求'],
  deal: ['deal', '商机'],
  cat: ['catalogue entry', '目录条目'],
  task: ['task', '待办'],
  step: ['step of a task', '待办经手记录'],
  tag: ['tag', '标签'],
  seg: ['segment', '客户分群'],
  emp: ['employee', '员工'],
  team: ['team', '团队'],
  dep: ['department', '部门'],
  req: ['access request', '访问申请'],
  grant: ['access grant', '访问授权'],
  dlg: ['delegation', '代理'],
  ho: ['handover', '移交记录'],
  log: ['access log entry', '访问日志'],
  run: ['run', '定期作业'],
  out: ['mail', '外发邮件'],
  exp: ['export', '导出'],
  prop: ['correction of a customer', '客户更正'],
  chg: ['change of settings', '设置变更'],
} as const;
export type IdPrefix = keyof typeof idKinds;

/** All prefixes. Lists of parts are in this order. */
export const idPrefixes = Object.keys(idKinds) as IdPrefix[];

/** The name of the object behind this kind of id, in English and Chinese. */
export const idWords = (prefix: IdPrefix): readonly [string, string] => idKinds[prefix];

/** The English name with its article: "a need", "an interaction". */
export function nounWithArticle(prefix: IdPrefix): string {
  const [english] = idKinds[prefix];
  return `${/^[aeiou]/.test(english) ? 'an' : 'a'} ${english}`;
}

/** TypeID's base-32 alphabet, indexed by the five-bit value. */
export const base32Digits = '0123456789abcdefghjkmnpqrstvwxyz';
/** Positions of the 32 hexadecimal digits in a UUID's text. */
const hexIndexes = Array.from('xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx').flatMap((mark, index) =>
  mark === 'x' ? [index] : [],
);
const idDigits = 26;

/**
 * Encodes a stored UUID as a TypeID, e.g. `cus_01j0b3v1mmeedtx9cpdgkfhbcg`.
 *
 * A dashboard list has 500 ids: with typeid-js's own encoding, through byte arrays, a quarter of its response time went
 * into them.
 */
export function encodeId(prefix: IdPrefix, uuid: string): string {
  // 128 bits in digits of five bits each: the first digit holds three, so two zero bits are prepended.
  let id = '';
  let bits = 0;
  let held = 2;
  for (let i = 0; i < hexIndexes.length; i += 1) {
    const code = uuid.charCodeAt(hexIndexes[i] as number);
    bits = (bits << 4) | (code <= 57 ? code - 48 : (code | 32) - 87);
    held += 4;
    if (held >= 5) {
      held -= 5;
      id += base32Digits[(bits >> held) & 31];
      bits &= (1 << held) - 1;
    }
  }
  if (id.length !== idDigits) throw new Error('Not a UUID.');
  return `${prefix}_${id}`;
}

/** Parses a TypeID of the expected kind. An id of another kind is a problem that names both kinds. */
export function checkId(prefix: IdPrefix, text: string): Checked<string> {
  const { kind, id } = parse(text) ?? {};
  if (kind === prefix && id) return { value: toUUID(id) };
  const [wanted, chinese] = idKinds[prefix];
  if (!kind) {
    const english = `Expected an id of the kind ${wanted}, got something else`;
    return refuse('MALFORMED_ID', english, `须为${chinese}编号，而这不是有效编号`);
  }
  const [got, gotChinese] = idKinds[kind];
  const english = `Expected an id of the kind ${wanted}, got one of the kind ${got}`;
  return refuse('WRONG_ID_KIND', english, `须为${chinese}编号，而这是${gotChinese}编号`);
}

/** The kind of a well-formed id, or null. */
export const idKindOf = (text: string): IdPrefix | null => parse(text)?.kind ?? null;

function parse(text: string): { kind: IdPrefix; id: ReturnType<typeof fromString> } | null {
  try {
    const id = fromString(text);
    const kind = getType(id);
    return kind in idKinds ? { kind: kind as IdPrefix, id } : null;
  } catch {
    return null;
  }
}

/** The UUID in an id whose kind has been checked. */
export const uuidOf = (id: string): string => toUUID(fromString(id));
