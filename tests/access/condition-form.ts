import { policy, pseudonymousRoles } from '../../src/core/access/policy.ts';
import type { Declared } from '../../src/core/access/row-predicates.ts';
import type { Attribute } from '../../src/core/model/attribute.ts';
import type { Model } from '../../src/core/model/model.types.ts';
import { operatorsOf } from '../../src/core/model/operators.ts';
import type { StaffName } from '../support/server.ts';
import { inward, listOf } from './document.ts';
import {
  type FileType,
  type FileWorld,
  fileTypes,
  isOwnBy,
  modelOf,
  reads,
  roleOf,
  seesRow,
  viewers,
  type WorldFile,
} from './file-world.ts';
import { isEntries, isParts, writtenEntry } from './sentinel.ts';

/** A condition on one field, and on which files it holds. */
export interface Asked extends Declared {
  type: FileType;
  field: string;
  /** As GraphQL writes it, and as a segment stores it. */
  condition: Record<string, unknown>;
  /** It asks for the value of one file, and not whether there is any. */
  isOfValue: boolean;
  holds: (file: WorldFile) => boolean;
}

/** A condition that holds on every file; null for what has tests of its own (see matrix-segment). */
const specialConditions: Record<string, Record<string, unknown> | null> = {
  'Customer.tags': { hasNone: ['无'] },
  'Customer.inSegment': null,
};

/** Whether rows can be asked for by an attribute, in whichever way. */
export const isAsked = ({ field, filterable }: Attribute, { customFilters }: Model): boolean =>
  filterable || customFilters.has(field);

/** What is asked of every filterable field: that it has a value, and that it has the value of one file. */
export function askedOf(type: FileType, target: WorldFile): Asked[] {
  const model = modelOf(type);
  const asked: Asked[] = [];
  for (const attribute of model.attributes.values()) {
    if (attribute.computed) continue;
    const { field, access, text, kind } = attribute;
    if (!isAsked(attribute, model)) continue;
    const own = (file: WorldFile) => file.sentinels.get(`${type}.${field}`)?.value;
    const value = field === 'id' ? target.ids[type] : own(target);
    const filled = value !== undefined;
    const matches = (file: WorldFile) => (field === 'id' ? file === target : own(file) === value);
    const add = (condition: Asked['condition'], isOfValue: boolean, holds: Asked['holds']) =>
      asked.push({ type, field, access, text, condition, isOfValue, holds });
    if (isParts(value)) {
      add({ isNull: false }, false, () => true);
      add({ building: { eq: value.building } }, true, (file) => file === target);
      continue;
    }
    if (isEntries(value)) {
      add({ isEmpty: false }, false, () => true);
      add({ hasAny: ['无', writtenEntry(value)] }, true, (file) => file === target);
      continue;
    }
    add({ isNull: false }, false, () => filled);
    if (!filled) continue;
    add({ eq: value }, true, matches);
    if (operatorsOf[kind].includes('contains')) add({ contains: value }, true, matches);
  }
  for (const { field, access, arity, filterable } of model.relations.values()) {
    if (!filterable) continue;
    const condition = arity === 'one' ? {} : { some: {} };
    asked.push({ type, field, access, condition, isOfValue: false, holds: () => true });
  }
  for (const { field, access, text } of model.customFilters.values()) {
    if (model.attributes.has(field)) continue;
    const condition = specialConditions[`${type}.${field}`];
    if (condition === undefined) throw new Error(`The matrix does not know how to ask ${type}.${field}.`);
    if (condition !== null)
      asked.push({ type, field, access, text, condition, isOfValue: false, holds: () => true });
  }
  return asked;
}

/** A way to put a condition into a filter of a root list. */
export interface Form {
  name: string;
  /** The type whose rows are listed. */
  listed: FileType;
  filter: object;
  /** What the filter asks besides the field. */
  through: Declared[];
  /** Whether a row meets the filter, given whether the field's condition holds on its file. */
  meets: (holds: boolean) => boolean;
}

/** Every way to ask the condition: plainly, negated, in a disjunction, and through each relation that leads to the type. */
export function formsOf({ type, field, condition }: Asked): Form[] {
  const plain = { [field]: condition };
  const forms: Form[] = [
    { name: 'plain', listed: type, filter: plain, through: [], meets: (holds) => holds },
    { name: 'not', listed: type, filter: { not: plain }, through: [], meets: (holds) => !holds },
    { name: 'not not', listed: type, filter: { not: { not: plain } }, through: [], meets: (holds) => holds },
    { name: 'or', listed: type, filter: { or: [plain, plain] }, through: [], meets: (holds) => holds },
    {
      name: 'or not',
      listed: type,
      filter: { or: [{ not: { and: [plain] } }] },
      through: [],
      meets: (holds) => !holds,
    },
  ];
  for (const listed of fileTypes) {
    for (const relation of inward(listed)) {
      if (relation.target().name !== type || !relation.filterable) continue;
      const add = (name: string, filter: object, meets: Form['meets']) =>
        forms.push({
          name: `${listed}.${relation.field} ${name}`,
          listed,
          filter: { [relation.field]: filter },
          through: [relation],
          meets,
        });
      if (relation.arity === 'one') {
        add('is', plain, (holds) => holds);
        add('is not', { not: plain }, (holds) => !holds);
      } else {
        add('some', { some: plain }, (holds) => holds);
        add('none', { none: plain }, (holds) => !holds);
        add('count 0', { count: { where: plain, eq: 0 } }, (holds) => !holds);
        add('count 1', { count: { where: plain, gte: 1 } }, (holds) => holds);
      }
    }
  }
  return forms;
}

/** One list per form under an alias, the filters as variables. */
export function listDocument(forms: readonly Form[]): { query: string; variables: Record<string, object> } {
  const declared = forms.map(({ listed }, i) => `$f${i}: ${listed}Filter`).join(', ');
  const lists = forms.map(
    ({ name, listed }, i) =>
      `l${i}: ${listOf(listed)}(first: 200, filter: $f${i}) { ${name === 'plain' ? 'totalCount' : ''} nodes { id } }`,
  );
  return {
    query: `query (${declared}) { ${lists.join(' ')} }`,
    variables: Object.fromEntries(forms.map(({ filter }, i) => [`f${i}`, filter])),
  };
}

/** Most root fields of one operation. */
const batchSize = 20;

/** As many of these as one operation takes, several times. */
export const batchesOf = <T>(all: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(all.length / batchSize) }, (_, i) =>
    all.slice(i * batchSize, (i + 1) * batchSize),
  );

/** Files whose value is asked for: the viewer's own, one that a grant opens without the classes asked, a stranger's. */
const targets = ({ files }: FileWorld, viewer: StaffName): WorldFile[] =>
  files.filter(
    ({ viewer: of, relation }) =>
      relation === 'FOREIGN' ||
      (of === viewer &&
        (isOwnBy(relation) || (typeof relation === 'object' && relation.granted.length === 0))),
  );

/** Fields that everybody reads who sees the file need fewer forms than those that can be withheld. */
const briefForms = /^(?:plain|not|.* (?:is|some))$/;

/** What the policy page says of a role's reading, as one text. */
const pageOf = (viewer: StaffName): string => {
  const { files, read } = policy[roleOf(viewer)];
  return JSON.stringify([files, read, pseudonymousRoles.includes(roleOf(viewer))]);
};

/** Whether the page says of the viewer what it says of one before them: conditions are then compiled alike. */
const isRepeated = (viewer: StaffName): boolean =>
  viewers.findIndex((other) => pageOf(other) === pageOf(viewer)) < viewers.indexOf(viewer);

/** Each field in each form, whether it has a value; and in the plain form, whether it has that of another file. */
export function casesOf(world: FileWorld, viewer: StaffName, type: FileType): { one: Asked; form: Form }[] {
  const [own, ...others] = targets(world, viewer) as [WorldFile, ...WorldFile[]];
  const everywhere = askedOf(type, own).flatMap((one) => {
    const forms = formsOf(one);
    if (one.isOfValue) return forms.slice(0, 2).map((form) => ({ one, form }));
    const isBrief = one.access === 'basic' || one.access === 'open' || isRepeated(viewer);
    return forms.filter(({ name }) => !isBrief || briefForms.test(name)).map((form) => ({ one, form }));
  });
  // Whether there is a value was asked above, of every file at once.
  const elsewhere = others.flatMap((other) =>
    askedOf(type, other)
      .filter(({ isOfValue }) => isOfValue)
      .map((one) => ({ one, form: formsOf(one)[0] as Form })),
  );
  return [...everywhere, ...elsewhere];
}

/** Ids of the rows that a list in this form must find: of files on which all that is asked is readable. */
export const rowsMeeting = (world: FileWorld, viewer: StaffName, asked: Asked, form: Form): string[] =>
  world.files
    .filter((file) => seesRow(viewer, form.listed, file))
    .filter((file) => [asked, ...form.through].every((field) => reads(viewer, field, file)))
    .filter((file) => form.meets(asked.holds(file)))
    .map(({ ids }) => ids[form.listed] as string)
    .sort();
