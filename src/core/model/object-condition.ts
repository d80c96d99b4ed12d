import { type SQL, sql } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import { Field, InputType } from 'type-graphql';
import type { TextKind } from '../access/policy.ts';
import type { Issue } from '../errors.ts';
import { type Alias, columnOf } from './alias.ts';
import type { Attribute } from './attribute.ts';
import type { Filter, ReadContext, SpecialCondition } from './model.types.ts';
import { namedClass } from './named-class.ts';
import { compileOperators } from './operator-compiler.ts';
import { operatorTypeOf } from './operators.ts';
import { all } from './read-context.ts';
import type { StandardName } from './standard.ts';

/** A part of an object: a text, or a value of an enumeration. */
interface ObjectPart {
  description: string;
  standard?: StandardName;
  enumeration?: Record<string, string>;
}

interface ObjectFilter {
  /** Of the input type. */
  name: string;
  description: string;
  /** The column of JSON that holds the object. */
  column: AnyPgColumn;
  text: TextKind;
  access: Attribute['access'];
  parts: Readonly<Record<string, ObjectPart>>;
}

/**
 * Conditions on an object that a column holds as JSON: on each of its parts as on an attribute, and on whether there is one.
 * Authorized as the attribute of its name.
 */
export function objectFilter({
  name,
  description,
  column,
  parts: declared,
  ...kept
}: ObjectFilter): Pick<SpecialCondition, 'type' | 'description' | 'compile' | 'parts' | 'reads'> {
  const parts = new Map(
    Object.entries(declared).map(([field, part]) => [field, partOf(field, part, column, kept)]),
  );
  const Type = namedClass(name);
  for (const [field, part] of parts)
    Field(() => operatorTypeOf(part), { nullable: true, description: part.description })(
      Type.prototype,
      field,
    );
  Field(() => Boolean, { nullable: true, description: 'True: has no value; false: has one. (为空)' })(
    Type.prototype,
    'isNull',
  );
  InputType(name, { description })(Type);
  return {
    type: () => Type,
    description,
    parts,
    reads: { columns: [column.name], tables: [] },
    compile: (condition: Filter, alias: Alias, path, issues, reading) => {
      const { isNull, ...others } = condition;
      const conditions = Object.entries(others).flatMap(([field, operators]) =>
        operators == null
          ? []
          : partCondition({ parts, alias, issues, reading }, field, operators as Filter, [...path, field]),
      );
      if (typeof isNull === 'boolean') conditions.push(presence(columnOf(alias, column.name), isNull));
      return all(conditions);
    },
  };
}

const presence = (column: SQL, isNull: boolean): SQL =>
  isNull ? sql`${column} is null` : sql`${column} is not null`;

interface PartScope {
  parts: ReadonlyMap<string, Attribute>;
  alias: Alias;
  issues: Issue[];
  reading: ReadContext | undefined;
}

function partCondition(
  { parts, alias, issues, reading }: PartScope,
  field: string,
  operators: Filter,
  path: (string | number)[],
): SQL {
  const part = parts.get(field);
  if (!part) {
    issues.push({ path, code: 'UNKNOWN_FIELD', message: 'There is no such condition. (条件不存在。)' });
    return sql`false`;
  }
  // Texts and enumerations are compared alike for every reader and at every instant.
  const context = reading as ReadContext;
  return compileOperators(context, part, partValue(part, alias), operators, path, issues);
}

const partValue = ({ field, column }: Attribute, alias: Alias): SQL =>
  sql`(${columnOf(alias, column.name)} ->> ${sql.raw(`'${field}'`)})`;

function partOf(
  field: string,
  { description, standard, enumeration }: ObjectPart,
  column: AnyPgColumn,
  { text, access }: Pick<ObjectFilter, 'text' | 'access'>,
): Attribute {
  const part: Attribute = {
    field,
    column,
    access,
    text: enumeration ? null : text,
    standard: standard ?? 'PLAIN',
    currency: null,
    kind: enumeration ? 'enum' : 'text',
    nullable: true,
    description,
    label: undefined,
    prefix: undefined,
    enumeration,
    list: false,
    sortable: false,
    orderedBy: undefined,
    filterable: true,
    history: 'VERSIONED',
  };
  part.computed = {
    value: (_reader, alias) => partValue(part, alias),
    counts: [],
    follows: { columns: [column.name], tables: [] },
  };
  return part;
}
