import { describe, expect, test } from 'vitest';
import { callers } from '../../src/core/access/callers.ts';
import { assignerFields, assigners, keptFields, policy } from '../../src/core/access/policy.ts';
import { Role } from '../../src/core/access/role.ts';
import type { Viewer } from '../../src/core/access/viewer.ts';
import {
  actorOf,
  originOf,
  ownFile,
  recordReach,
  requireAmender,
  requireRecorder,
  requireWritable,
  writeReach,
  writtenFields,
} from '../../src/core/access/write-policy.ts';
import type { Context } from '../../src/core/context.ts';
import { allModels, outputField } from '../../src/core/model/registry.ts';
import { initialSettings } from '../../src/core/settings/settings.ts';
import { fileTypes, modelOf } from './file-world.ts';

const viewerOf = (role: Role): Viewer => ({ id: 'me', role, groups: [] as Viewer['groups'] }) as Viewer;
const own = ownFile;
const coOwned = { isOwn: true, isKept: false };
const anothers = { isOwn: false, isKept: false };

/** Every attribute and relation of every file type. */
const members = fileTypes.flatMap((type) =>
  [...modelOf(type).attributes.values(), ...modelOf(type).relations.values()].map(({ field, access }) => ({
    type,
    field,
    access,
  })),
);

/** What refuses, or null. */
function refusalOf(act: () => void): { message: string; extensions: Record<string, unknown> } | null {
  try {
    act();
    return null;
  } catch (error) {
    return error as never;
  }
}

describe.each(Object.values(Role))('%s', (role) => {
  test('may change a field by its class, on exactly the files the policy page gives', () => {
    const onlyAssigners = ({ type, field }: (typeof members)[number]) =>
      assignerFields.includes(`${type}.${field}`) && !assigners.includes(role);
    for (const member of members) {
      const { type, field, access } = member;
      const byClass = policy[role].write[access === 'open' ? 'basic' : access] ?? 'NONE';
      const reach = onlyAssigners(member) ? 'NONE' : byClass;
      expect(writeReach(role, type, field), `${type}.${field}`).toBe(reach);
      const isKept = keptFields.includes(`${type}.${field}`);
      for (const file of [own, coOwned, anothers]) {
        const refusal = refusalOf(() => requireWritable(viewerOf(role), file, type, [field]));
        const isOwn = file === own || (file === coOwned && !isKept);
        const mayWrite = reach === 'ALL' || (reach === 'OWN' && isOwn);
        expect(refusal?.extensions ?? null, `${type}.${field}`).toEqual(
          mayWrite ? null : { code: 'FORBIDDEN', fields: [field] },
        );
      }
    }
  });

  test('records what happened on exactly the files they may', () => {
    const mayRecord = (callers['Mutation.logInteraction'] as Role[]).includes(role);
    expect(recordReach(role, 'logInteraction')).toBe(mayRecord ? policy[role].files : 'NONE');
    for (const file of [own, coOwned, anothers]) {
      const refusal = refusalOf(() => requireRecorder(viewerOf(role), file, 'logInteraction'));
      const isRecorder = mayRecord && (policy[role].files === 'ALL' || file.isOwn);
      expect(refusal?.extensions ?? null).toEqual(isRecorder ? null : { code: 'FORBIDDEN' });
    }
  });
});

test('a record is corrected by its author for a day, on files they may record on, and by managers at any time', () => {
  const now = new Date('2024-03-15T12:00:00Z');
  const about = { type: 'Interaction', fields: ['kind', 'summary'], mutation: 'logInteraction' };
  const reasonFor = (role: Role, file: typeof own, authorId: string, createdAt: string) => {
    const actor = { viewer: viewerOf(role), now };
    return refusalOf(() => requireAmender(actor, file, { authorId, createdAt }, about))?.extensions;
  };
  const [yesterday, since] = ['2024-03-14T12:00:00Z', '2024-03-14T12:00:00.001Z'];
  for (const role of Object.values(Role)) {
    const isManager = policy[role].write.business === 'ALL';
    const mayRecord = (callers['Mutation.logInteraction'] as Role[]).includes(role);
    for (const file of [own, anothers]) {
      const mayHere = mayRecord && (policy[role].files === 'ALL' || file === own);
      expect(reasonFor(role, file, 'me', since), role).toEqual(
        isManager || mayHere ? undefined : { code: 'FORBIDDEN' },
      );
      expect(reasonFor(role, file, 'me', yesterday), role).toEqual(
        isManager ? undefined : { code: 'FORBIDDEN', reason: 'RECORD_CLOSED' },
      );
      expect(reasonFor(role, file, 'a colleague', since), role).toEqual(
        isManager ? undefined : { code: 'FORBIDDEN', reason: 'NOT_AUTHOR' },
      );
    }
  }
});

test('why a record is closed is said in both languages', () => {
  const messageFor = (authorId: string) =>
    refusalOf(() =>
      requireAmender(
        { viewer: viewerOf('SALES'), now: new Date() },
        own,
        { authorId, createdAt: '2024-01-01T00:00:00Z' },
        { type: 'Interaction', fields: ['summary'], mutation: 'logInteraction' },
      ),
    )?.message;
  expect(messageFor('a colleague')).toBe(
    'A record is changed by who entered it, or by a manager. (记录只能由记录人或经理修改。)',
  );
  expect(messageFor('me')).toBe(
    'You may change what you recorded for 24 hours; later a manager may. (本人记录仅可在 24 小时内修改，之后请联系经理。)',
  );
});

test('what a mutation records is recorded by those who may call it and nobody else', () => {
  for (const role of Object.values(Role)) {
    const mayDelete = (callers['Mutation.deleteContact'] as Role[]).includes(role);
    expect(recordReach(role, 'deleteContact')).toBe(mayDelete ? policy[role].files : 'NONE');
    expect(recordReach(role, 'backdoor')).toBe('NONE');
  }
});

test('every refused field of an input is named at once, those that are allowed are not', () => {
  const input = ['name', 'tier', 'ownerId', 'creditLimit', 'creditGrade'];
  const refusal = refusalOf(() => requireWritable(viewerOf('SALES'), own, 'Customer', input));
  expect(refusal?.extensions.fields).toEqual(['tier', 'ownerId', 'creditLimit', 'creditGrade']);
  const names = 'tier, ownerId, creditLimit, creditGrade';
  expect(refusal?.message).toBe(`You may not change ${names}. (您无权修改${names.replaceAll(', ', '、')}。)`);
  expect(refusalOf(() => requireWritable(viewerOf('SALES'), own, 'Customer', []))).toBeNull();
});

test('an id counts as the field it leads to only at the end of a name', () => {
  expect(() => requireWritable(viewerOf('ADMIN'), own, 'Customer', ['ownerIdentity'])).toThrow(
    'Customer.ownerIdentity has no access class',
  );
});

test('an id that is a field of its own is that field, not the object of its name', () => {
  const named = allModels().flatMap(({ name, attributes }) =>
    [...attributes.keys()].filter((field) => field.endsWith('Id')).map((field) => [name, field] as const),
  );
  expect(named).not.toEqual([]);
  for (const [name, field] of named) expect(outputField(name, field)).toBe(field);
  expect(outputField('Customer', 'ownerId')).toBe('owner');
});

test('a field that does not exist is nobody’s to write', () => {
  for (const role of Object.values(Role))
    expect(() => requireWritable(viewerOf(role), own, 'Customer', ['backdoor'])).toThrow('no access class');
});

test('an input writes what it sets or clears, not what says where, when and which', () => {
  const input = {
    id: 'cus_1',
    customerId: 'cus_1',
    expectedVersion: 3,
    idempotencyKey: 'k',
    name: '甲',
    region: null,
    ownerId: '0',
    city: undefined,
    count: 0,
    note: '',
  };
  expect(writtenFields(input)).toEqual(['name', 'region', 'ownerId', 'count', 'note']);
});

test('nobody acts before sign-in; who acts is written into history as the API’s caller', () => {
  const ctx = { viewer: null, now: new Date(0), settings: initialSettings, requestId: 'r' } as Context;
  expect(refusalOf(() => actorOf(ctx))?.extensions).toEqual({ code: 'UNAUTHENTICATED' });
  const viewer = viewerOf('SALES');
  const actor = actorOf({ ...ctx, viewer });
  expect(actor).toMatchObject({ viewer, now: ctx.now, timeZone: 'Asia/Shanghai', requestId: 'r' });
  expect(originOf(actor)).toEqual({ actorId: 'me', source: 'API', requestId: 'r' });
});
