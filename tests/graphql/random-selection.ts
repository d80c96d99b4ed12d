import fc, { type GeneratorValue } from 'fast-check';
import {
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
} from 'graphql';

/** What is drawn with: see fast-check's `gen`. */
export type Draw = GeneratorValue;

/** A field as a client selects it, under a key that no other field of its object has. */
export interface DrawnField {
  key: string;
  name: string;
  /** As it is written, parentheses included. */
  args: string;
  /** Type that the object has to be of, where the field is selected of an interface. */
  on: string | null;
  /** The type it leads to, and what is selected of that; null for a leaf. */
  below: { type: string; fields: DrawnField[] } | null;
}

/** Values of the variables a document may use; `$absent` has none. */
export const variables = { yes: true, no: false, two: 2, null: null };
const declared: Record<string, string> = {
  yes: 'Boolean!',
  no: 'Boolean!',
  two: 'Int',
  null: 'Int',
  absent: 'Int',
};

/** Keys that look like what the machinery keeps beside a row's fields, or like what every object has. */
const oddKeys = ['contact', 'basic', 'file', 'key', 'type', 'constructor', 'toString', 'a', 'b'];
const pageArgs = ['first: 1', 'first: 2', 'last: 1', 'first: $two', 'first: $null', 'first: $absent'];
const filters: Record<string, string[]> = {
  Deal: ['stage: { eq: WON }', 'stage: { eq: LOST }'],
  Contact: ['isPrimary: { eq: true }', 'isPrimary: { eq: false }'],
};

/** Draws selections of a schema. `given` are arguments of fields that need some, by `Type.field`; other such fields are not drawn. */
export function drawing(schema: GraphQLSchema, given: Record<string, readonly string[]>) {
  /** The arguments of a field, as written; null for one that cannot be drawn. */
  const argsOf = (g: Draw, type: string, field: GraphQLField<unknown, unknown>): string | null => {
    const own = given[`${type}.${field.name}`];
    if (own) return own.length > 0 ? `(${g(fc.constantFrom, ...own)})` : null;
    if (field.args.some(isRequiredArgument)) return null;
    const names = field.args.map(({ name }) => name);
    const args = [];
    const pages = pageArgs.filter((arg) => names.includes(arg.split(':')[0] as string));
    if (pages.length > 0 && g(fc.boolean)) args.push(g(fc.constantFrom, ...pages));
    if (names.includes('filter') && g(fc.boolean)) {
      const target = getNamedType(field.type).name.replace(/Connection$/, '');
      const known = filters[target] ?? ['id: { isNull: false }', 'id: { isNull: true }'];
      args.push(`filter: { ${g(fc.constantFrom, ...known)} }`);
    }
    if (names.includes('locale') && g(fc.boolean)) args.push('locale: EN');
    return args.length > 0 ? `(${args.join(', ')})` : '';
  };

  const keyOf = (g: Draw, name: string, taken: Set<string>): string => {
    const wanted = g(fc.boolean) ? name : g(fc.constantFrom, ...oddKeys);
    const key = taken.has(wanted) ? `${wanted}${taken.size}` : wanted;
    taken.add(key);
    return key;
  };

  const isSuited = (type: string, { name }: GraphQLField<unknown, unknown>) =>
    given[`${type}.${name}`]?.length !== 0;

  /** Fields of a type: at least one, `depth` levels at most. */
  function fieldsOf(g: Draw, typeName: string, depth: number, taken = new Set<string>()): DrawnField[] {
    const type = schema.getType(typeName);
    if (isInterfaceType(type)) {
      const count = g(fc.integer, { min: 1, max: 3 });
      const names = schema.getPossibleTypes(type).map(({ name }) => name);
      const types = g(fc.shuffledSubarray, names, { minLength: count, maxLength: count });
      return types.flatMap((name) =>
        // Fields of several types may share a key only when they hold the same: these share none.
        fieldsOf(g, name, depth, taken).map((field) => ({ ...field, key: `${field.key}_${name}`, on: name })),
      );
    }
    if (!isObjectType(type)) throw new Error(`${typeName} has no fields.`);
    const all = Object.values(type.getFields()).filter((field) => isSuited(typeName, field));
    const leaves = all.filter((field) => isLeafType(getNamedType(field.type)));
    const deeper = all.filter((field) => isCompositeType(getNamedType(field.type)));
    const pick = (from: typeof all, max: number) =>
      from.length === 0
        ? []
        : Array.from(
            { length: g(fc.nat, { max }) },
            () => from[g(fc.nat, { max: from.length - 1 })] as (typeof all)[0],
          );
    // A page leads to its rows by several ways; of a row some relations are taken, also the same one again.
    const isPage = typeName.endsWith('Connection') || typeName.endsWith('Edge');
    const taking = [...(depth > 0 ? pick(deeper, isPage ? 3 : 2) : []), ...pick(leaves, isPage ? 1 : 4)];
    const fields = taking.flatMap((field): DrawnField[] => {
      const args = argsOf(g, typeName, field as GraphQLField<unknown, unknown>);
      if (args === null) return [];
      const target = getNamedType(field.type);
      const below = isLeafType(target)
        ? null
        : { type: target.name, fields: fieldsOf(g, target.name, depth - (isPage ? 0 : 1)) };
      return [{ key: keyOf(g, field.name, taken), name: field.name, args, on: null, below }];
    });
    if (fields.length > 0) return fields;
    return [{ key: keyOf(g, '__typename', taken), name: '__typename', args: '', on: null, below: null }];
  }

  return { fieldsOf };
}

/**
 * The whole as its parts alone: in each, one way leads from the root to some leaves of one object. None asks a field twice:
 * of a withheld one only the first place has the error, and which is first depends on how the whole is written.
 */
export function partsOf(fields: DrawnField[]): DrawnField[][] {
  const leaves = fields.filter(({ below }) => below === null);
  const deeper = fields.flatMap((field) => {
    const { below } = field;
    if (!below) return [];
    return partsOf(below.fields).map((part) => [{ ...field, below: { ...below, fields: part } }]);
  });
  const parts: DrawnField[][] = [];
  for (const leaf of leaves) {
    const part = parts.find((others) => others.every(({ name }) => name !== leaf.name));
    if (part) part.push(leaf);
    else parts.push([leaf]);
  }
  return [...parts, ...deeper];
}

const start = ({ key, name, args }: DrawnField) => `${key === name ? '' : `${key}: `}${name}${args}`;

/** A selection as plainly as it can be written. */
export const plain = (fields: DrawnField[]): string =>
  fields
    .map((field) => {
      const text = `${start(field)}${field.below ? ` { ${plain(field.below.fields)} }` : ''}`;
      return field.on ? `... on ${field.on} { ${text} }` : text;
    })
    .join(' ');

/** The same selection divided at random: over fragments, repetitions and directives, in any order. */
export function divided(g: Draw, type: string, fields: DrawnField[], fragments: string[]): string {
  const written = fields.flatMap((field): { text: string; on: string }[] => {
    const on = field.on ?? type;
    const { below } = field;
    if (!below) return [{ text: start(field), on }];
    const parts = below.fields.length > 1 && g(fc.boolean) ? halves(g, below.fields) : [below.fields];
    return parts.map((part) => ({
      text: `${start(field)} { ${divided(g, below.type, part, fragments)} }`,
      on,
    }));
  });
  const wrapped = written.map(({ text, on }) => {
    const way = g(fc.constantFrom, 'plain', 'plain', 'inline', 'bare', 'included', 'named');
    if (way === 'named') {
      const name = `F${fragments.length}`;
      fragments.push(`fragment ${name} on ${on} { ${text} }`);
      return `...${name}`;
    }
    if (way === 'included') return `... on ${on} @include(if: $yes) @skip(if: $no) { ${text} }`;
    if (way === 'bare' && on === type) return `... { ${text} }`;
    return way === 'inline' || on !== type ? `... on ${on} { ${text} }` : text;
  });
  if (g(fc.boolean)) wrapped.push('left: __typename @skip(if: $yes)');
  return g(fc.shuffledSubarray, wrapped, { minLength: wrapped.length, maxLength: wrapped.length }).join(' ');
}

function halves(g: Draw, fields: DrawnField[]): DrawnField[][] {
  const cut = g(fc.integer, { min: 1, max: fields.length - 1 });
  return [fields.slice(0, cut), fields.slice(cut)];
}

/** A document with the variables it uses. */
export function documentOf(operation: string, selection: string, fragments: string[] = []) {
  const text = `{ ${selection} } ${fragments.join(' ')}`;
  const used = Object.keys(declared).filter((name) => new RegExp(`\\$${name}\\b`).test(text));
  const head = used.map((name) => `$${name}: ${declared[name]}`).join(', ');
  return {
    query: `${operation}${head ? `(${head})` : ''} ${text}`,
    variables: Object.fromEntries(Object.entries(variables).filter(([name]) => used.includes(name))),
  };
}

/** Puts the answers of parts together again. */
export function merged(one: unknown, other: unknown, whenNulled = (): void => {}): unknown {
  if (one === undefined || other === undefined) return one ?? other ?? null;
  // A field that may not be null failed in one part, and took the object with it.
  if ((one === null) !== (other === null)) {
    whenNulled();
    return null;
  }
  if (Array.isArray(one) && Array.isArray(other)) {
    // Of rows of another number there is something wrong; the longer list shows it.
    return Array.from({ length: Math.max(one.length, other.length) }, (_, i) =>
      merged(one[i], other[i], whenNulled),
    );
  }
  if (!isRecord(one) || !isRecord(other)) return one ?? other;
  const own = (from: Record<string, unknown>, key: string) =>
    Object.hasOwn(from, key) ? from[key] : undefined;
  return Object.fromEntries(
    [...new Set([...Object.keys(one), ...Object.keys(other)])].map((key) => [
      key,
      merged(own(one, key), own(other, key), whenNulled),
    ]),
  );
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
