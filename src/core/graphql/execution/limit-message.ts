/**
 * The wording for each limit: "… 2,500 tokens, at most 2,000 are allowed", and the text around the number in Chinese.
 */
const words = {
  characters: ['This document has', 'characters', '文档含', '个字符'],
  lines: ['This document has', 'lines', '文档含', '行'],
  tokens: ['This document has', 'tokens', '文档含', '个词元'],
  nesting: ['The brackets of this document nest', 'levels', '文档中的括号嵌套', '层'],
  nameLength: ['A name in this document has', 'characters', '文档中的一个名称含', '个字符'],
  directives: ['This document has', 'directives', '文档含', '个指令'],
  arguments: [
    'In this document one pair of parentheses has',
    'arguments or variables',
    '文档中的一对圆括号内含',
    '个参数或变量',
  ],
  values: ['The variables hold', 'values', '变量含', '个值'],
  operations: ['This document has', 'operations', '文档含', '个操作'],
  fragments: ['This document has', 'fragments', '文档含', '个片段'],
  depth: ['The selections of this document nest', 'levels', '文档中的选择集嵌套', '层'],
  aliases: ['This document has', 'aliases', '文档含', '个别名'],
  rootFields: ['One operation of this document has', 'root fields', '文档中的一个操作含', '个根字段'],
  selections: ['This document selects', 'fields and fragments', '文档选择', '个字段和片段'],
  repeats: ['This document selects one response name', 'times', '文档重复选择同一响应名', '次'],
  comparisons: [
    'Fields of the same response name in this document make',
    'pairs',
    '文档中同一响应名的字段组成',
    '对',
  ],
  introspections: ['This document reads __schema or __type', 'times', '文档读取 __schema 或 __type', '次'],
  introspectionDepth: ['The introspection of this document nests', 'levels', '文档中的内省查询嵌套', '层'],
  introspectionCost: [
    'The introspection of this document would return about',
    'fields',
    '文档中的内省查询约返回',
    '个字段',
  ],
  aliasLength: ['An alias in this document has', 'characters', '文档中的一个别名含', '个字符'],
  cost: ['This operation could return', 'objects', '该操作最多可能返回', '个对象'],
} as const satisfies Record<
  string,
  readonly [english: string, counted: string, chinese: string, unit: string]
>;

/** A limit on documents. */
export type Limit = keyof typeof words;

const advice: Partial<Record<Limit, [english: string, chinese: string]>> = {
  cost: [' Ask for smaller pages.', '请减小分页大小。'],
};

/** The message for a value above its limit. */
export function excessOf(limit: Limit, value: number, maximum: number): string {
  const [english, counted, chinese, unit] = words[limit];
  const [much, most] = [value, maximum].map((number) => number.toLocaleString('en-US'));
  const [hint, hintInChinese] = advice[limit] ?? ['', ''];
  return `${english} ${much} ${counted}, at most ${most} are allowed.${hint} (${chinese} ${much} ${unit}，最多 ${most} ${unit}。${hintInChinese})`;
}
