import { getNamedType, isLeafType, isObjectType } from 'graphql';
import type { Attribute } from '../../src/core/model/attribute.ts';
import { sharedSchema } from '../support/schema.ts';
import { type FileType, fileTypes, modelOf } from './file-world.ts';

const schema = sharedSchema();

const isFileType = (name: string): name is FileType => fileTypes.includes(name as FileType);

/** Name of the root list of a type: customers, contacts … */
export const listOf = (type: FileType): string => modelOf(type).inFile?.field ?? `${type.toLowerCase()}s`;

/** An attribute with all that its entries have. */
export function fieldText(type: string, { field }: Pick<Attribute, 'field'>): string {
  const owner = schema.getType(type);
  const entry = isObjectType(owner) && getNamedType(owner.getFields()[field]?.type);
  if (!isObjectType(entry)) return field;
  const parts = Object.values(entry.getFields()).filter(({ type: of }) => isLeafType(getNamedType(of)));
  return `${field} { ${parts.map(({ name }) => name).join(' ')} }`;
}

/** Every attribute of a type, and every relation out of the file by the ids it leads to. */
export function flatSelection(type: FileType): string {
  const { attributes, relations } = modelOf(type);
  const outward = [...relations.values()].flatMap(({ field, arity, target }) => {
    if (isFileType(target().name)) return [];
    return [arity === 'many' ? `${field}(first: 1) { nodes { id } }` : `${field} { id }`];
  });
  const own = [...attributes.values()]
    .filter(({ computed }) => !computed)
    .map((attribute) => fieldText(type, attribute));
  return ['__typename', 'id', ...own, ...outward].join(' ');
}

/** Relations of a type that stay in the file. */
export const inward = (type: FileType) =>
  [...modelOf(type).relations.values()].filter(({ target }) => isFileType(target().name));

/** A relation and, below it, `selection` of its rows. */
export const through = (field: string, arity: string, selection: string): string =>
  arity === 'many'
    ? `${field}(first: 2) { totalCount edges { cursor } nodes { ${selection} } }`
    : `${field} { ${selection} }`;

/** A type's fields, those of each relation, and of each relation of those: out of the file and back in, both ways. */
export function nestedSelections(type: FileType): string[] {
  return inward(type).map(({ field, arity, target }) => {
    const below = target().name as FileType;
    const back = inward(below).map((relation) =>
      through(relation.field, relation.arity, flatSelection(relation.target().name as FileType)),
    );
    return `__typename id ${through(field, arity, `${flatSelection(below)} ${back.join(' ')}`)}`;
  });
}
