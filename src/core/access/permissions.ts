import { type GraphQLSchema, isInputObjectType, isIntrospectionType, isObjectType } from 'graphql';
import type { WithheldReason } from '../errors.ts';
import { declaredOf } from '../model/extensions.ts';
import { groupOf } from '../model/registry.ts';
import { departmentCallers } from './department-policy.ts';
import type { FieldGroup } from './field-group.ts';
import { type AccessClass, accessClasses, type Reach, recordsOnly, type WriteReach } from './policy.ts';
import { reachOf, rightTo, withheldReason } from './row-predicates.ts';
import type { Viewer } from './viewer.ts';
import { recordReach, viewerReach, writeReach } from './write-policy.ts';

/** What a viewer may do with one field according to the policy page. */
export interface Permission {
  type: string;
  field: string;
  /** Null for a field without a class that is still withheld from the viewer. */
  class: AccessClass | null;
  /** Null for what nobody enters. */
  group: FieldGroup | null;
  read: Reach;
  write: WriteReach;
  reason: WithheldReason | null;
  /** The only values that the role records in it; null for any. */
  values: readonly string[] | null;
}

/**
 * The viewer's permissions on every field that can be withheld from anybody. Derived from the schema, so none is
 * missed.
 */
export function permissionsOf(schema: GraphQLSchema, viewer: Viewer): Permission[] {
  const permissions: Permission[] = [];
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || isIntrospectionType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const declared = declaredOf(type, field);
      const { access } = declared;
      const isOfClass = accessClasses.includes(access as AccessClass);
      if (!isOfClass && rightTo(viewer, declared) !== 'identity') continue;
      const read = reachOf(viewer, declared);
      permissions.push({
        type: type.name,
        field: field.name,
        class: isOfClass ? (access as AccessClass) : null,
        group: groupOf(type.name, field.name),
        read,
        write: isOfClass ? writeReachOf(schema, viewer, type.name, field.name) : 'NONE',
        reason: read === 'ALL' ? null : withheldReason(viewer, declared),
        values: recordsOnly[viewer.role]?.[type.name]?.[field.name] ?? null,
      });
    }
  }
  return permissions;
}

/** Fields that are written by a mutation whose input uses a different name, and that mutation. */
const writtenOtherwise: Readonly<Record<string, string>> = {
  'Customer.archiveCategory': 'registerFile',
  'Customer.archiveNumber': 'registerFile',
  'Customer.archivedAt': 'archiveCustomer',
  'Customer.formerNumbers': 'cancelArchiveNumber',
  'Customer.coOwners': 'addCoOwner',
  'Customer.tags': 'tagCustomer',
};

function writeReachOf(schema: GraphQLSchema, viewer: Viewer, type: string, field: string): WriteReach {
  if (isInputOf(schema, `Log${type}Input`, field)) return recordReach(viewer.role, `log${type}`);
  const verbs = ['Create', 'Update', 'Assign'].filter((verb) =>
    isInputOf(schema, `${verb}${type}Input`, field),
  );
  const otherwise = writtenOtherwise[`${type}.${field}`] ?? [];
  const mutations = [...verbs.map((verb) => `${verb.toLowerCase()}${type}`), otherwise].flat();
  if (mutations.length === 0) return 'NONE';
  const group = groupOf(type, field);
  const isOfDepartments = mutations.some(
    (mutation) => group && departmentCallers[`Mutation.${mutation}`]?.includes(group),
  );
  return isOfDepartments ? viewerReach(viewer, type, field) : writeReach(viewer.role, type, field);
}

/** Whether an input type sets a field, directly or through the id of the object it refers to. */
function isInputOf(schema: GraphQLSchema, name: string, field: string): boolean {
  const input = schema.getType(name);
  if (!isInputObjectType(input)) return false;
  const fields = input.getFields();
  return field in fields || `${field}Id` in fields;
}
