import {
  type GraphQLEnumType,
  type GraphQLInputField,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
} from 'graphql';
import { callers } from '../../core/access/callers.ts';
import type { Role } from '../../core/access/role.ts';
import { writeReach } from '../../core/access/write-policy.ts';
import { messageIn } from '../../core/locale.ts';
import { Locale, labelOf } from '../../core/model/label.ts';
import { outputField } from '../../core/model/registry.ts';
import type { Settings } from '../../core/settings/settings.ts';
import type { CustomerKind } from '../../domains/customer/customer.table.ts';
import { transitionsFrom } from '../../domains/customer/stage.service.ts';
import { entryForms, type FormField, type FormRecord } from './entry-form.ts';
import { type EntryField, EntryFieldType, type EntryTemplate } from './entry-template.type.ts';

/** What a role fills in for a new customer, with the types and terms that the schema's inputs have. */
export function templateFor(
  role: Role,
  kind: CustomerKind,
  { schema, settings }: { schema: GraphQLSchema; settings: Settings },
): EntryTemplate {
  const decided = decidedValues(role, kind, settings);
  const records = entryForms[kind]
    .filter(({ mutation }) => mayCall(role, 'createCustomer') && mayCall(role, mutation))
    .map(({ mutation, fields }) => ({
      mutation,
      fields: fields
        .filter(({ name }) => maySet(role, mutation, name))
        .map((field) => {
          const entry = entryField(field, inputFieldOf(schema, mutation, field.name));
          return mutation === 'createCustomer' ? { ...entry, ...decided(entry) } : entry;
        }),
    }));
  return { kind, records };
}

/** What the settings decide of a new file's fields: the stages that it can have by the role's choice, and why one is lost. */
const decidedValues = (role: Role, kind: CustomerKind, settings: Settings) => {
  const openings = transitionsFrom(settings.stageTransitions, { kind, stage: null }, role).map(
    ({ to }) => to,
  );
  const reasons = settings.lostReasons.map((reason) => ({ value: reason, label: reason, labelEn: reason }));
  return ({ name, values }: EntryField): Partial<EntryField> => {
    if (name === 'stage') return { values: values.filter(({ value }) => openings.includes(value)) };
    return name === 'lostReason' ? { type: EntryFieldType.ENUM, values: reasons } : {};
  };
};

const mayCall = (role: Role, mutation: string): boolean => {
  const who = callers[`Mutation.${mutation}`];
  return Array.isArray(who) ? who.includes(role) : who === 'STAFF';
};

const typeOfRecord = (mutation: FormRecord['mutation']): string => mutation.replace(/^create/, '');

const maySet = (role: Role, mutation: FormRecord['mutation'], name: string): boolean => {
  const type = typeOfRecord(mutation);
  return writeReach(role, type, outputField(type, name)) !== 'NONE';
};

function inputFieldOf(schema: GraphQLSchema, mutation: string, name: string): GraphQLInputField {
  const input = schema.getType(`${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input`);
  const field = isInputObjectType(input) ? input.getFields()[name] : undefined;
  if (!field) throw new Error(`${mutation} has no field ${name}.`);
  return field;
}

function entryField(form: FormField, input: GraphQLInputField): EntryField {
  const label = labelOf(input.name, input.description ?? '');
  const type = getNamedType(input.type);
  return {
    name: input.name,
    label: label.ZH,
    labelEn: label.EN,
    type: entryType(type.name, isListType(getNullableType(input.type)), isEnumType(type)),
    values: isEnumType(type) ? valuesOf(type) : [],
    isRequired: form.isRequired ?? false,
    requiredUnless: form.requiredUnless ?? null,
    help: form.help ? messageIn(Locale.ZH, form.help) : null,
    helpEn: form.help ? messageIn(Locale.EN, form.help) : null,
  };
}

const listTypes: Readonly<Record<string, EntryFieldType>> = {
  LabelledPhoneInput: 'PHONE_LIST',
  LabelledEmailInput: 'EMAIL_LIST',
  ExternalKeyInput: 'KEY_LIST',
  String: 'TEXT_LIST',
};
const types: Readonly<Record<string, EntryFieldType>> = {
  String: 'TEXT',
  Boolean: 'BOOLEAN',
  Int: 'INTEGER',
  Decimal: 'DECIMAL',
  Date: 'DATE',
  DateTime: 'INSTANT',
  PremisesInput: 'PREMISES',
};

function entryType(name: string, isList: boolean, isEnum: boolean): EntryFieldType {
  const type = isList ? listTypes[name] : isEnum ? EntryFieldType.ENUM : types[name];
  if (!type) throw new Error(`No form has a field for ${name}.`);
  return type;
}

const valuesOf = (type: GraphQLEnumType) =>
  type.getValues().map(({ name, description }) => {
    const { ZH, EN } = labelOf(name.toLowerCase().replaceAll('_', ' '), description ?? '');
    return { value: name, label: ZH, labelEn: EN };
  });
