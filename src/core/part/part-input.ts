import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { ExpectedVersion, IdempotencyKey } from '../graphql/schema/input-field.ts';
import { idWords } from '../graphql/schema/type-id.ts';
import { scalarOf } from '../model/attribute.ts';
import { Extensions } from '../model/extensions.ts';
import type { Model } from '../model/model.types.ts';
import { rootModel } from '../model/registry.ts';
import type { PartWrites } from './writes-of.ts';

type Class = new () => object;

const capital = (name: string): string => `${name[0]?.toUpperCase()}${name.slice(1)}`;

/** The class of the input of a mutation. */
function inputType(mutation: string, description: string): Class {
  class Input {}
  InputType(`${capital(mutation)}Input`, { description })(Input);
  return Input;
}

const declare = (type: Class, field: string, decorator: PropertyDecorator): void =>
  decorator(type.prototype, field);

/** What an input sets: each field with its attribute's own description. `mode` decides what it cannot do without. */
function declareFields(type: Class, { model, rules }: PartWrites, mode: 'create' | 'update'): void {
  for (const [field, { presence }] of Object.entries(rules.fields)) {
    const attribute = model.attributes.get(field);
    if (!attribute) throw new Error(`${model.name} has no attribute ${field} to be written.`);
    const { kind, enumeration, list, description } = attribute;
    const nullable = mode === 'update' || presence !== 'REQUIRED';
    declare(
      type,
      field,
      Field(() => (list ? [scalarOf(kind, enumeration)] : scalarOf(kind, enumeration)), {
        nullable,
        description,
      }),
    );
  }
  for (const [field, { presence, description }] of Object.entries(rules.references ?? {})) {
    const nullable = mode === 'update' || presence !== 'REQUIRED';
    declare(
      type,
      field,
      Field(() => ID, { nullable, description }),
    );
  }
}

export function createInputOf(writes: PartWrites, mutation: string): Class {
  const [english, chinese] = idWords(writes.model.prefix);
  const type = inputType(
    mutation,
    writes.rules.recordedBy
      ? `What is to be recorded as the viewer’s own. (记录${chinese})`
      : `A new ${english} of a customer file. (新建${chinese})`,
  );
  const [, fileChinese] = idWords(rootModel().prefix);
  declare(
    type,
    'customerId',
    Field(() => ID, {
      description: `The file. NOT_FOUND also when it is not the viewer’s. (${fileChinese}编号)`,
    }),
  );
  declareFields(type, writes, 'create');
  declare(type, 'idempotencyKey', IdempotencyKey(english));
  return type;
}

export function updateInputOf(writes: PartWrites, mutation: string): Class {
  const [english, chinese] = idWords(writes.model.prefix);
  const description = `Changes of one ${english}: an absent field is left alone, null clears one. (修改${chinese})`;
  const type = inputType(mutation, description);
  declareVersionedId(type, writes.model, 'FIELDS');
  declareFields(type, writes, 'update');
  return type;
}

export function deleteInputOf({ model }: PartWrites, mutation: string): Class {
  const [english, chinese] = idWords(model.prefix);
  const type = inputType(mutation, `The ${english} to be removed. (删除${chinese})`);
  declareVersionedId(type, model, 'ROW');
  return type;
}

/** Names a row, as the client has read it. */
function declareVersionedId(type: Class, { prefix }: Model, against: 'FIELDS' | 'ROW'): void {
  const [english, chinese] = idWords(prefix);
  const description = `The ${english}. NOT_FOUND also when its file is not the viewer’s. (${chinese}编号)`;
  declare(
    type,
    'id',
    Field(() => ID, { description }),
  );
  declare(type, 'expectedVersion', ExpectedVersion(`The ${english}’s`, against));
}

/** The payload of a mutation: one row under its noun, and whatever else. */
export function payloadOf(mutation: string, { name, type, prefix }: Model, before?: [string, Model]): Class {
  class Payload {}
  ObjectType(`${capital(mutation)}Payload`, {
    description: before
      ? `What is left when the ${idWords(before[1].prefix)[0]} is gone. (删除结果)`
      : `The ${idWords(prefix)[0]} as it is now. (${idWords(prefix)[1]}写入结果)`,
  })(Payload);
  Extensions({ access: 'open' })(Payload);
  const [english, chinese] = idWords(prefix);
  const field = nounOf(name);
  const description = `The ${english} as it is now. (${chinese})`;
  declare(
    Payload,
    field,
    Field(() => type, { description }),
  );
  if (before) {
    const [idField, removed] = before;
    const [gone, goneChinese] = idWords(removed.prefix);
    declare(
      Payload,
      idField,
      Field(() => ID, { description: `The ${gone} that is gone. (${goneChinese}编号)` }),
    );
  }
  return Payload;
}

/** What a row of a model is called in payloads: AccessGrant, accessGrant. */
export const nounOf = (name: string): string => `${name[0]?.toLowerCase()}${name.slice(1)}`;
