/** What a message of graphql-js says in Chinese; `$1` and the like are what its pattern captured. */
type Translation = readonly [pattern: RegExp, chinese: string];

const name = '"([^"]*)"';
const of = (source: string): RegExp => new RegExp(`^${source.replaceAll('NAME', name)}$`, 's');

const validation: readonly Translation[] = [
  [of('Cannot query field NAME on type NAME\\.'), '类型$2没有字段$1。'],
  [of('Unknown argument NAME on field NAME\\.'), '字段$2没有参数$1。'],
  [of('Unknown argument NAME on directive NAME\\.'), '指令$2没有参数$1。'],
  [of('Unknown type NAME\\.'), '没有类型$1。'],
  [of('Unknown fragment NAME\\.'), '没有片段$1。'],
  [of('Unknown directive NAME\\.'), '没有指令$1。'],
  [of('Unknown operation named NAME\\.'), '没有名为$1的操作。'],
  [
    of('Field NAME argument NAME of type NAME is required, but it was not provided\\.'),
    '字段$1缺少必填参数$2（$3）。',
  ],
  [
    of('Directive NAME argument NAME of type NAME is required, but it was not provided\\.'),
    '指令$1缺少必填参数$2（$3）。',
  ],
  [of('Field NAME of type NAME must have a selection of subfields\\.'), '字段$1的类型为$2，须选取其子字段。'],
  [
    of('Field NAME must not have a selection since type NAME has no subfields\\.'),
    '字段$1的类型$2没有子字段可选。',
  ],
  [of('Field NAME of required type NAME was not provided\\.'), '缺少必填字段$1（$2）。'],
  [of('Field NAME is not defined by type NAME\\.'), '类型$2没有字段$1。'],
  [of('Variable NAME is not defined(?: by operation NAME)?\\.'), '变量$1未定义。'],
  [of('Variable NAME is never used(?: in operation NAME)?\\.'), '变量$1未被使用。'],
  [
    of('Variable NAME of type NAME used in position expecting type NAME\\.'),
    '变量$1的类型为$2，此处须为$3。',
  ],
  [of('Variable NAME of (?:required|non-null) type NAME .*'), '变量$1（$2）必填。'],
  [of('Argument NAME of (?:required|non-null) type NAME .*'), '参数$1（$2）必填。'],
  [of('Argument NAME has invalid value (.*)\\.'), '参数$1不能是$2。'],
  [of('Variable NAME cannot be non-input type NAME\\.'), '变量$1的类型$2不能用于输入。'],
  [of('Expected value of type NAME, found (.*)\\.'), '此处须为$1，不能是$2。'],
  [of('Value NAME does not exist in NAME enum\\.'), '枚举$2没有取值$1。'],
  [of('Enum NAME cannot represent (?:non-enum |non-string )?value: (.*)\\.'), '枚举$1没有取值$2。'],
  [of('(String|Int|Float|Boolean|ID) cannot represent .*value: (.*)'), '$2不是有效的$1。'],
  [of('Fragment NAME is never used\\.'), '片段$1未被使用。'],
  [
    of('Fragment (?:NAME )?cannot be spread here as objects of type NAME can never be of type NAME\\.'),
    '片段$1不能用于此处：$2不会是$3。',
  ],
  [of('Fragment (?:NAME )?cannot condition on non composite type NAME\\.'), '片段的类型$2没有字段。'],
  [of('Cannot spread fragment NAME within itself.*'), '片段$1引用了自身。'],
  [of('Fields NAME conflict because .*'), '同名字段$1的含义不一致；请用别名区分。'],
  [
    of('There can be only one (?:argument|variable|operation|fragment|input field) named NAME\\.'),
    '名称$1重复。',
  ],
  [of('Directive NAME may not be used on (.*)\\.'), '指令$1不能用于此处。'],
  [of('The directive NAME can only be used once at this location\\.'), '指令$1在同一处只能使用一次。'],
  [of('This anonymous operation must be the only defined operation\\.'), '有多个操作时，每个操作都须命名。'],
  [
    of('Must provide operation name if query contains multiple operations\\.'),
    '有多个操作时，须用operationName指明一个。',
  ],
  [of('Must provide an operation\\.'), '请求中没有操作。'],
];

const syntax: readonly Translation[] = [
  [of('Expected (.*), found (.*)\\.'), '应为$1，却是$2。'],
  [of('Unexpected (.*)\\.'), '此处不能有$1。'],
  [of('Unterminated string\\.'), '字符串没有结束。'],
  [of('Invalid (?:number|character).*'), '含有无效的数字或字符。'],
];

/** `Did you mean "a", "b", or "c"?` behind a message. */
const suggestion = / Did you mean (.*)\?$/s;

/**
 * A message with its Chinese behind it, `English. (中文。)`, if it is one that graphql-js gives to people who write
 * documents; otherwise the message itself.
 */
export function withChinese(message: string): string {
  const [, suggested] = suggestion.exec(message) ?? [];
  const plain = suggested === undefined ? message : message.slice(0, -` Did you mean ${suggested}?`.length);
  const [, faulty] = /^Syntax Error: (.*)$/s.exec(plain) ?? [];
  const chinese =
    faulty === undefined
      ? translated(plain, validation)
      : `语法错误：${translated(faulty, syntax) ?? faulty}`;
  if (chinese === undefined) return message;
  return `${message} (${chinese}${suggested === undefined ? '' : `是否指${inChinese(suggested)}？`})`;
}

function translated(message: string, translations: readonly Translation[]): string | undefined {
  for (const [pattern, chinese] of translations) {
    const found = pattern.exec(message);
    if (found) return chinese.replace(/\$(\d)/g, (_, at: string) => found[Number(at)] ?? '');
  }
  return undefined;
}

const inChinese = (suggested: string): string =>
  suggested
    .replace(/^(?:the (?:enum value|inline fragment|interface)|to use an inline fragment on) /, '')
    .replaceAll('"', '')
    .replace(/,? or /, '、')
    .replaceAll(', ', '、');
