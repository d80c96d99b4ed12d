import { buildSchema, parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import { withChinese } from '../../src/core/graphql/execution/graphql-messages.ts';
import { messageIn } from '../../src/core/locale.ts';

const schema = buildSchema(`
  type Query { customer(id: ID!): Customer  customers(stage: Stage, first: Int, filter: Filter): [Customer] }
  type Customer { id: ID name: String city: String }
  type Employee { id: ID }
  input Filter { city: String! }
  enum Stage { POTENTIAL WON }
`);

/** The messages of a document, as graphql-js gives them. */
function messagesOf(document: string): string[] {
  try {
    return validate(schema, parse(document)).map(({ message }) => message);
  } catch (error) {
    return [(error as Error).message];
  }
}
const inChinese = (message: string) => messageIn('ZH', withChinese(message));

test.each<[string, string]>([
  ['{ customers { nme } }', '类型Customer没有字段nme。是否指name？'],
  ['{ customers { xyz } }', '类型Customer没有字段xyz。'],
  ['{ customers(size: 1) { id } }', '字段Query.customers没有参数size。'],
  ['{ customer { id } }', '字段customer缺少必填参数id（ID!）。'],
  ['{ customers }', '字段customers的类型为[Customer]，须选取其子字段。是否指customers { ... }？'],
  ['{ customers { name { first } } }', '字段name的类型String没有子字段可选。'],
  ['{ customers(stage: LOST) { id } }', '枚举Stage没有取值LOST。'],
  ['{ customers(stage: "WON") { id } }', '枚举Stage没有取值"WON"。是否指WON？'],
  ['{ customers(first: "1") { id } }', '"1"不是有效的Int。'],
  ['{ customers(filter: {}) { id } }', '缺少必填字段Filter.city（String!）。'],
  ['{ customers(filter: { city: "x", town: "y" }) { id } }', '类型Filter没有字段town。'],
  ['query Q { customers(first: $n) { id } }', '变量$n未定义。'],
  ['query Q($n: Int) { customers { id } }', '变量$n未被使用。'],
  ['query Q($n: String) { customers(first: $n) { id } }', '变量$n的类型为String，此处须为Int。'],
  ['{ customers { ...F } }', '没有片段F。'],
  ['{ customers { id } } fragment F on Customer { id }', '片段F未被使用。'],
  ['{ customers { ...F } } fragment F on Employee { id }', '片段F不能用于此处：Customer不会是Employee。'],
  ['{ customers { a: id a: name } }', '同名字段a的含义不一致；请用别名区分。'],
  ['{ customers @first { id } }', '没有指令@first。'],
  ['{ customers { id }', '语法错误：应为Name，却是<EOF>。'],
  ['{ customers { id } } }', '语法错误：此处不能有"}"。'],
  ['{ customers(filter: { city: "x }) { id } }', '语法错误：字符串没有结束。'],
])('%s is refused in Chinese', (document, chinese) => {
  const messages = messagesOf(document);
  expect(messages.map(inChinese)).toContain(chinese);
  expect(messages.map((message) => messageIn('EN', withChinese(message)))).toEqual(messages);
});

test.each([
  ['Argument "if" of non-null type "Boolean!" must not be null.', '参数if（Boolean!）必填。'],
  [
    'Argument "if" of required type "Boolean!" was provided the variable "$x" which was not provided a runtime value.',
    '参数if（Boolean!）必填。',
  ],
  ['Argument "first" has invalid value "a".', '参数first不能是"a"。'],
])('%s is said in Chinese while an operation runs', (message, chinese) => {
  expect(inChinese(message)).toBe(chinese);
});

test('whatever else a message says stays as it is', () => {
  for (const message of ['Not found. (未找到。)', 'Something new.'])
    expect(withChinese(message)).toBe(message);
});
