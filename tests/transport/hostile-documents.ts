import { getIntrospectionQuery } from 'graphql';

const times = (count: number, text: (index: number) => string, separator = ' ') =>
  Array.from({ length: count }, (_, index) => text(index)).join(separator);
const within = (levels: number, open: string, inside: string, close = ' }') =>
  `${open.repeat(levels)}${inside}${close.repeat(levels)}`;

/**
 * Shapes of documents that are cheap to send: those that graphql-cop and the tests of graphql-armor use, and others
 * that take the parser or a rule of validation longer than their length. In each the number is above what is accepted.
 */
export const hostileDocuments: Record<string, string> = {
  'operations that are not run': `query A { __typename } ${times(980, () => 'query B { viewer { id } }', '')}`,
  'operations of different names': `query A { __typename } ${times(300, (i) => `query B${i} { viewer { id } }`)}`,
  'one field again and again': `query A { ${times(500, () => '__typename')} }`,
  'one field with fields again and again': `{ ${times(400, () => 'viewer { team { id } }')} }`,
  'repeats inside repeats': `{ ${times(12, () => `viewer { ${times(12, () => `team { ${times(12, () => 'id')} }`)} }`)} }`,
  'repeats by inline fragments': `{ viewer { ${times(400, () => '... { id }')} } }`,
  'repeats by fragments': `{ viewer { ${times(300, () => '...F')} } } fragment F on Employee { id name email }`,
  aliases: `query A { ${times(101, (i) => `alias${i}: __typename`, ' \n')} }`,
  'aliases in a fragment': `{ viewer { ...F } } fragment F on Employee { ${times(400, (i) => `a${i}: name`)} }`,
  'aliases of a long name': `{ viewer { ${'a'.repeat(30_000)}: name } }`,
  depth: `{ ${within(40, 'customers { nodes { ', 'id', ' } }')} }`,
  'depth beyond any stack': within(1_900, '{ a ', ''),
  'depth through a fragment used before': `{ viewer { ...T } a: customers { nodes { owner { team { members { ...T } } } } } } fragment T on Employee { ${within(4, 'team { members { ', 'id', ' } }')} }`,
  'depth by a fragment named __schema': `{ customers { nodes { owner { ...__schema } } } } fragment __schema on Employee { ${within(8, 'team { members { ', 'id', ' } }')} }`,
  'inline fragments inside one another': `{ viewer { ${within(900, '... { ', 'id')} } }`,
  'a directive that is unknown': `query A { __typename ${'@aa'.repeat(10)} }`,
  directives: `{ viewer { id ${'@include(if: true)'.repeat(400)} } }`,
  'directives of an operation': `query A ${'@a '.repeat(900)} { viewer { id } }`,
  'a fragment in a circle':
    '{ viewer { ...A } } fragment A on Employee { ...B } fragment B on Employee { ...A }',
  'a fragment in a circle of fields':
    '{ viewer { ...A } } fragment A on Employee { team { members { ...A ...A } } }',
  'fragments in circles with one another': `{ viewer { ...F0 } } ${times(100, (i) => `fragment F${i} on Employee { id ${times(5, (j) => `...F${(i + j + 1) % 100}`)} }`)}`,
  'a chain of fragments': `{ viewer { ...F0 } } ${times(400, (i) => `fragment F${i} on Employee { id ...F${i + 1} }`)} fragment F400 on Employee { id }`,
  'fragments that double': `{ viewer { ...F0 } } ${times(40, (i) => `fragment F${i} on Employee { ...F${i + 1} ...F${i + 1} }`)} fragment F40 on Employee { id }`,
  'fragments that are not used': `{ viewer { id } } ${times(300, (i) => `fragment F${i} on Employee { id }`)}`,
  'fragments of one name': `{ viewer { ...F } } ${times(300, () => 'fragment F on Employee { id }')}`,
  'spreads of fragments that are missing': `{ viewer { ${times(900, (i) => `...F${i}`)} } }`,
  variables: `query A(${times(500, (i) => `$v${i}: Int`)}) { viewer { id } }`,
  'variables that are not declared': `{ ${times(200, (i) => `node(id: $v${i}) { id }`)} }`,
  'fields that are unknown': `{ viewer { ${times(900, (i) => `creditLimi${i}`)} } }`,
  'long fields that are unknown': `{ viewer { ${times(20, (i) => `${'abcdefghi'.repeat(200)}${i}`)} } }`,
  'arguments of one name': `{ customers(${times(600, () => 'first: 1')}) { totalCount } }`,
  'input fields of one name': `{ customers(filter: { ${times(300, () => 'name: { eq: "a" }')} }) { totalCount } }`,
  'input objects inside one another': `{ customers(filter: ${within(450, '{ not: ', '{}')}) { totalCount } }`,
  'lists inside one another': `{ nodes(ids: ${within(900, '[', '', ']')}) { id } }`,
  'a long list': `{ nodes(ids: [${times(3_900, () => '1', ',')}]) { id } }`,
  'a wrong list': `{ nodes(ids: [${times(600, () => '{}', ',')}]) { id } }`,
  'a long number': `{ customers(first: ${'9'.repeat(39_000)}) { totalCount } }`,
  'a long text': `{ node(id: "${'x'.repeat(39_000)}") { id } }`,
  'a block string of empty lines': `{ node(id: """${'\n'.repeat(20_000)}""") { id } }`,
  'empty lines before what is wrong': `${'\n'.repeat(20_000)}{ viewer { no such field } }`,
  'commas before what is wrong': `${','.repeat(39_000)}{ viewer { no such field } }`,
  'a long comment': `{ viewer { id } } #${'x'.repeat(39_000)}`,
  'nothing but a comment': `#${'x'.repeat(39_000)}`,
  'nothing but marks of the byte order': '\ufeff'.repeat(15_000),
  'brackets that nothing closes': '{'.repeat(30_000),
  'definitions of types': times(300, (i) => `type T${i} { id: ID }`),
  'introspection in a circle': `query A { __schema { ${within(4, 'types { fields { type { ', 'name', ' } } }')} } }`,
  'introspection under aliases': `{ __schema { ${times(50, (i) => `t${i}: types { fields { args { type { name } } } }`)} } }`,
  'introspection again and again': times(5, (i) =>
    getIntrospectionQuery()
      .replace('__schema', `s${i}: __schema`)
      .replaceAll('FullType', `FullType${i}`)
      .replaceAll('InputValue', `InputValue${i}`)
      .replaceAll('TypeRef', `TypeRef${i}`)
      .replace('IntrospectionQuery', `Q${i}`),
  ),
  'types by name again and again': `{ ${times(20, (i) => `t${i}: __type(name: "Customer") { ${within(9, 'ofType { ', 'name')} }`)} }`,
  'pages of pages':
    '{ customers(first: 200) { nodes { contacts(first: 200) { nodes { interactions(first: 200) { nodes { id } } } } } } }',
};

/** Documents that hold as much of something as is accepted: what reading one takes at most. */
export const largestDocuments: Record<string, string> = {
  operations: times(
    20,
    (i) => `query Q${i} { viewer { ${times(18, (j) => `${j % 2 ? 'id' : 'name'} email`)} team { id } } }`,
  ),
  'fragments that spread one another': `{ viewer { ...F0 ...F20 } } ${times(
    59,
    (i) => `fragment F${i} on Employee { ${i === 19 ? '' : `...F${i + 1}`} f${i % 10}: name }`,
  )} fragment F59 on Employee { id }`,
  'a wide set of fragments': `{ viewer { ${times(45, (i) => `...F${i}`)} } } ${times(45, (i) => `fragment F${i} on Employee { id name email }`)}`,
  'repeats of fields with fields': `{ viewer { ${times(48, () => 'team { id name members { id } }')} } }`,
  'repeats inside repeats': `{ ${times(7, () => `viewer { ${times(8, () => 'team { id name }')} }`)} }`,
  tokens: `{ ${times(15, (i) => `c${i}: customers(first: 1) { nodes { id name phones region stage owner { id name email team { id name } } contacts(first: 1) { nodes { id name phones position } } deals(first: 1) { nodes { id title stage } } } }`)} }`,
  variables: `query A(${times(100, (i) => `$v${i}: Int`)}) { ${times(20, (i) => `a${i}: customers(first: $v${i}, last: $v${i + 20}) { totalCount }`)} }`,
  literals: `{ nodes(ids: [${times(1_900, () => '"x"')}]) { id } }`,
  'names that are unknown': `{ viewer { ${times(900, (i) => `n${i}`)} } }`,
  'wrong places far below': `${'\n'.repeat(1_990)}{ ${times(6, () => `viewer { x: id ${times(30, (i) => `x: a${i}`)} }`)} }`,
};
