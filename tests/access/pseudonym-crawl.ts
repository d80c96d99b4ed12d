import {
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { dimensions } from '../../src/stats/dimension.ts';
import { canName, modelOf, type PseudonymWorld } from './pseudonym-world.ts';

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
  if (!isObjectType(type)) return `${field.name}${args}`;
  const isPassage = /(Connection|Edge)$/.test(type.name);
  if (depth === 0 && !isPassage) return null;
  return `${field.name}${args} { ${selectionOf(type, isPassage ? depth : depth - 1, given)} }`;
}

export function selectionOf(type: GraphQLObjectType, depth: number, given: Values): string {
  const fields = Object.values(type.getFields()).map((field) => fieldText(field, depth, given));
  return ['__typename', ...fields.filter((text) => text !== null)].join(' ');
}

/** Every root field of Query, called in every way that tells something else. */
export function rootCalls(world: PseudonymWorld, rule: string): Record<string, string[]> {
  const { ids, segments, ownSegment, beginning } = world;
  const called = (name: string, ...args: string[]) =>
    args.length > 0 ? args.map((arg) => `${name}(${arg})`) : [name];
  const everySegment = [...segments.keys(), ownSegment].map((id) => `id: "${id}"`);
  const texts = ['Customer', 'Contact', 'Interaction', 'Need', 'Deal'].flatMap((type) =>
    [...modelOf(type).attributes.values()]
      .filter(({ kind, text, filterable }) => kind === 'text' && filterable && !canName({ text }))
      .map(({ field }) => (type === 'Customer' ? field : `${type.toLowerCase()}s.${field}`)),
  );
  const list = 'first: 5';
  return {
    viewer: called('viewer'),
    node: called('node', ...Object.values(ids).map((id) => `id: "${id}"`)),
    nodes: called('nodes', `ids: ["${Object.values(ids).join('", "')}"]`),
    customer: called(
      'customer',
      `id: "${ids.Customer}"`,
      `id: "${ids.Customer}", asOf: "${new Date().toISOString()}"`,
    ),
    customers: called(
      'customers',
      list,
      `${list}, search: "znm"`,
      `${list}, filter: { owner: { id: { isNull: false } } }`,
    ),
    contacts: called('contacts', list),
    interactions: called('interactions', list),
    needs: called('needs', list),
    deals: called('deals', `${list}, filter: { owner: { id: { eq: "${ids.Employee}" } } }`),
    tags: called('tags', list),
    segment: called('segment', ...everySegment),
    segments: called('segments', list, `${list}, search: "znm"`),
    segmentFields: called('segmentFields'),
    segmentValueSuggestions: called('segmentValueSuggestions', ...texts.map((path) => `field: "${path}"`)),
    previewSegment: called('previewSegment', `rule: ${rule}`, `rule: { inSegment: "${ids.Segment}" }`),
    segmentDiff: called('segmentDiff', `segmentId: "${ids.Segment}", newRule: ${rule}`),
    employees: called('employees', list),
    accessRequests: called('accessRequests', list),
    accessGrants: called('accessGrants', list),
    handovers: called('handovers', list),
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
  const field = schema.getQueryType()?.getFields()[name] as Field;
  const types = typesOf(schema, field);
  if (types.length === 0) return [`{ ${call} }`];
  return types.flatMap((type) => {
    const within = (selection: string) => {
      const inner = isObjectType(getNamedType(field.type))
        ? selection
        : `... on ${type.name} { ${selection} }`;
      return `{ ${call} { ${inner} } }`;
    };
    const parts = Object.values(type.getFields())
      .map((below) => fieldText(below, 2, given))
      .filter((text) => text?.endsWith('}'));
    return [selectionOf(type, 0, given), ...(parts as string[])].map(within);
  });
}

/** The object types that a root field can return: of an interface each that has a row in the world. */
function typesOf(schema: GraphQLSchema, field: Field): GraphQLObjectType[] {
  const type = getNamedType(field.type);
  if (isObjectType(type)) return [type];
  if (type.name !== 'Node') return [];
  const planted = ['Customer', 'Contact', 'Interaction', 'Need', 'Deal', 'Tag', 'Segment', 'Employee'];
  return [...planted, 'AccessRequest', 'AccessGrant'].map(
    (name) => schema.getType(name) as GraphQLObjectType,
  );
}

export const isList = ({ type }: Field): boolean =>
  isListType(isNonNullType(type) ? type.ofType : type) || getNamedType(type).name.endsWith('Connection');
