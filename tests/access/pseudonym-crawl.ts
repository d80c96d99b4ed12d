import {
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isIntrospectionType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { expect } from 'vitest';
import { dimensions } from '../../src/features/stats/dimension.ts';
import type { StaffName } from '../support/server.ts';
import { listOf } from './document.ts';
import { fileTypes } from './file-world.ts';
import { canName, modelOf, type PseudonymWorld, plantedTypes, wordsIn } from './pseudonym-world.ts';

type Field = GraphQLField<unknown, unknown>;
type Values = Record<string, string>;

/** What stands for an argument that a field below a root field needs. */
const argumentsIn = ({ ids }: PseudonymWorld): Values => ({
  customerId: `"${ids.Customer}"`,
  from: '"2026-01-01"',
  to: '"2026-01-02"',
});

const isNeeded = ({ type, defaultValue }: Field['args'][number]): boolean =>
  isNonNullType(type) && defaultValue === undefined;

/** A field with everything below it, `depth` objects deep; connections and their edges do not count. */
function fieldText(field: Field, depth: number, given: Values): string | null {
  const needed = field.args.filter(isNeeded);
  if (needed.some(({ name }) => given[name] === undefined)) return null;
  const chosen = needed.map(({ name }) => `${name}: ${given[name]}`);
  if (field.args.some(({ name }) => name === 'first')) chosen.push('first: 3');
  const args = chosen.length > 0 ? `(${chosen.join(', ')})` : '';
  const type = getNamedType(field.type);
  // Whatever it is of, its kinds are asked by `node`.
  if (isInterfaceType(type)) return depth === 0 ? null : `${field.name}${args} { __typename id }`;
  if (!isObjectType(type)) return `${field.name}${args}`;
  const isPassage = /(Connection|Edge)$/.test(type.name);
  if (depth === 0 && !isPassage) return null;
  return `${field.name}${args} { ${selectionOf(type, isPassage ? depth : depth - 1, given)} }`;
}

export function selectionOf(type: GraphQLObjectType, depth: number, given: Values): string {
  const fields = Object.values(type.getFields()).map((field) => fieldText(field, depth, given));
  return ['__typename', ...fields.filter((text) => text !== null)].join(' ');
}

/** Root fields of Query that need no argument: the beginning of a list, and of what a search finds in it. */
const plainCalls = (schema: GraphQLSchema): [string, string[]][] =>
  Object.values(schema.getQueryType()?.getFields() ?? {})
    .filter(({ args }) => !args.some(isNeeded))
    .map(({ name, args }) => {
      const has = (argument: string) => args.some((one) => one.name === argument);
      if (!has('first')) return [name, [name]];
      const searched = has('search') ? [`${name}(first: 5, search: "znm")`] : [];
      return [name, [`${name}(first: 5)`, ...searched]];
    });

/** Every root field of Query, called in every way that tells something else. */
export function rootCalls(
  world: PseudonymWorld,
  schema: GraphQLSchema,
  rule: string,
): Record<string, string[]> {
  const { ids, segments, ownSegment, beginning } = world;
  const called = (name: string, ...args: string[]) => args.map((arg) => `${name}(${arg})`);
  const everySegment = [...segments.keys(), ownSegment].map((id) => `id: "${id}"`);
  const texts = fileTypes.flatMap((type) =>
    [...modelOf(type).attributes.values()]
      .filter(({ computed }) => !computed)
      .filter(({ kind, text, filterable }) => kind === 'text' && filterable && !canName({ text }))
      .map(({ field }) => (type === 'Customer' ? field : `${listOf(type)}.${field}`)),
  );
  const plain = Object.fromEntries(plainCalls(schema));
  const alsoFiltered = (name: string, filter: string) => [
    ...(plain[name] ?? []),
    ...called(name, `first: 5, filter: ${filter}`),
  ];
  return {
    ...plain,
    node: called('node', ...Object.values(ids).map((id) => `id: "${id}"`)),
    nodes: called('nodes', `ids: ["${Object.values(ids).join('", "')}"]`),
    customer: called(
      'customer',
      `id: "${ids.Customer}"`,
      `id: "${ids.Customer}", asOf: "${new Date().toISOString()}"`,
    ),
    customers: alsoFiltered('customers', '{ owner: { id: { isNull: false } } }'),
    deals: alsoFiltered('deals', `{ owner: { id: { eq: "${ids.Employee}" } } }`),
    customerBrief: called('customerBrief', `id: "${ids.Customer}"`),
    entryTemplate: called('entryTemplate', 'kind: ORGANIZATION'),
    needProposal: called('needProposal', 'text: "采购台式电脑20台"'),
    segment: called('segment', ...everySegment),
    segmentValueSuggestions: called('segmentValueSuggestions', ...texts.map((path) => `field: "${path}"`)),
    previewSegment: called('previewSegment', `rule: ${rule}`, `rule: { inSegment: "${ids.Segment}" }`),
    segmentDiff: called('segmentDiff', `segmentId: "${ids.Segment}", newRule: ${rule}`),
    calendar: called('calendar', 'from: "2026-02-14", to: "2026-02-15"'),
    exchangeRates: called('exchangeRates', 'year: 2026'),
    customerFileEvents: called(
      'customerFileEvents',
      `first: 100, after: "${beginning}", customerId: "${ids.Customer}"`,
    ),
    customerStats: called('customerStats', ...[...dimensions.keys()].map((name) => `groupBy: [${name}]`)),
  };
}

/** The operations of a root call: its own fields, and below each object everything two objects deep. */
export function operationsOf(
  world: PseudonymWorld,
  schema: GraphQLSchema,
  name: string,
  call: string,
): string[] {
  const given = argumentsIn(world);
  const ids: Record<string, string> = world.ids;
  const field = schema.getQueryType()?.getFields()[name] as Field;
  const types = typesOf(schema, field).filter(
    // A fragment on another type than that of the row says nothing.
    ({ name: type }) => isObjectType(getNamedType(field.type)) || call.includes(`"${ids[type]}"`),
  );
  if (types.length === 0) return [`{ ${call} }`];
  return types.flatMap((type) => {
    const within = (selection: string) => {
      const inner = isObjectType(getNamedType(field.type))
        ? selection
        : `... on ${type.name} { ${selection} }`;
      return `{ ${call} { ${inner} } }`;
    };
    const parts = Object.values(type.getFields())
      .map((below) => fieldText(below, name === 'entryTemplate' ? 3 : 2, given))
      .filter((text) => text?.endsWith('}'));
    return [selectionOf(type, 0, given), ...(parts as string[])].map(within);
  });
}

/** The object types that a root field can return: of an interface each that has a row in the world. */
function typesOf(schema: GraphQLSchema, field: Field): GraphQLObjectType[] {
  const type = getNamedType(field.type);
  if (isObjectType(type)) return [type];
  if (type.name !== 'Node') return [];
  return plantedTypes.map((name) => schema.getType(name) as GraphQLObjectType);
}

/** Every field of a schema's object types that is a text or a document. */
export const textFieldsOf = (schema: GraphQLSchema): { name: string; field: Field }[] =>
  Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type) && !isIntrospectionType(type))
    .flatMap((type) =>
      Object.values((type as GraphQLObjectType).getFields())
        .filter((field) => ['String', 'JSON'].includes(getNamedType(field.type).name))
        .map((field) => ({ name: `${type.name}.${field.name}`, field })),
    );

export const isList = ({ type }: Field): boolean =>
  isListType(isNonNullType(type) ? type.ofType : type) || getNamedType(type).name.endsWith('Connection');

export const unexpected = /INTERNAL_SERVER_ERROR|GRAPHQL_|QUERY_TOO_COMPLEX|RATE_LIMITED/;

/** Sends an operation and returns the answer as it came over the wire. */
type Send = (query: string, variables?: object) => Promise<string>;

/** Over HTTP. */
export const sentBy =
  ({ server }: PseudonymWorld, who: StaffName): Send =>
  async (query, variables) => {
    const response = await fetch(server.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'accept-language': 'en',
        authorization: `Bearer ${server.as(who).token}`,
      },
      body: JSON.stringify({ query, variables }),
    });
    return response.text();
  };

/** Everything that root fields of Query tell somebody, two objects deep. */
export function operationsAs(
  world: PseudonymWorld,
  schema: GraphQLSchema,
  who: StaffName,
  names: readonly string[],
): string[] {
  const rule = who === 'ANALYST' ? '{ stage: { eq: POTENTIAL } }' : '{ name: { isNull: false } }';
  const calls = rootCalls(world, schema, rule);
  return names.flatMap((name) =>
    (calls[name] ?? []).flatMap((call) => operationsOf(world, schema, name, call)),
  );
}

/** The words in all answers. */
export async function wordsOf(operations: readonly string[], send: Send): Promise<Set<string>> {
  const words = new Set<string>();
  for (const operation of operations) {
    const text = await send(operation);
    expect(text, operation).not.toMatch(unexpected);
    for (const word of wordsIn(text)) words.add(word);
  }
  return words;
}
