import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeId, uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import {
  addContact,
  addNeed,
  type Colleague,
  fileNow,
  openFile,
  startWriting,
  traces,
  type Writing,
} from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

const complete = { unifiedSocialCreditCode: null as string | null, legalRepresentative: '张三' };
let nth = 0;
const checkDigit = '0123456789ABCDEFGHJKLMNPQRTUWXY';
/** A credit code with its check digit. */
function code(): string {
  nth += 1;
  const body = `91310000MA1${String(nth).padStart(6, '0')}`;
  const sum = [...body].reduce((total, letter, i) => total + checkDigit.indexOf(letter) * 3 ** i, 0);
  return body + checkDigit[(31 - (sum % 31)) % 31];
}
/** A file that somebody entered, as the history says. */
async function written(values: object = {}, author: Colleague = writing.owner) {
  const file = await openFile(writing, writing.owner, {
    ...complete,
    unifiedSocialCreditCode: code(),
    ...values,
  });
  await writing.db.transaction(async (tx) => {
    await tx.execute(sql`select sequence_events(1000000)`);
    await tx.execute(
      sql`update file_change set actor_id = ${uuidOf(author.id)} where customer_id = ${file.uuid}`,
    );
  });
  return file;
}
const decide = async (who: Colleague, mutation: string, uuid: string, values: object = {}) => {
  const { version: expectedVersion, id } = await fileNow(writing, uuid);
  const file = encodeId('cus', id);
  return who.write(
    mutation,
    { id: file, expectedVersion, ...values },
    '{ customer { verificationState version } }',
  );
};
const required = ['name', 'unifiedSocialCreditCode', 'legalRepresentative'];
const verify = (who: Colleague, uuid: string, fields: (string | object)[] = required) =>
  decide(who, 'verifyFields', uuid, {
    fields: fields.map((one) =>
      typeof one === 'string' ? { field: one, method: 'REGISTER', evidence: 'gsxt.gov.cn' } : one,
    ),
  });
const verified = async (name: Parameters<Writing['server']['as']>[0], id: string) => {
  const { data, errors } = await writing.server.as(name).query(`{ customer(id: "${id}") { verification { state
    submittedBy { name } verifiedBy { name } rejectedReason isSecondPass
    fields { field label entityId state method evidence verifiedBy { id } isSecondPass }
    formerFields { field evidence endedAt verifiedBy { id } } } } }`);
  expect(errors).toBeUndefined();
  return data.customer.verification;
};

test('a file is submitted, verified field by field, approved; each step is in its history', async () => {
  const file = await written();
  expect((await decide(writing.manager, 'approveFile', file.uuid)).errors[0]?.extensions.reason).toBe(
    'NOT_SUBMITTED',
  );
  const { payload } = await decide(writing.owner, 'submitFile', file.uuid);
  expect(payload.customer.verificationState).toBe('SUBMITTED');
  const early = await decide(writing.manager, 'approveFile', file.uuid);
  expect(early.issues.sort()).toEqual(required.map((field) => `input.${field} FIELD_NOT_VERIFIED`).sort());
  expect((await verify(writing.manager, file.uuid)).errors).toEqual([]);
  const { payload: done } = await decide(writing.manager, 'approveFile', file.uuid);
  expect(done.customer.verificationState).toBe('VERIFIED');
  const seen = await verified('SALES', file.id);
  expect(seen.state).toBe('VERIFIED');
  expect(seen.fields.find(({ field }: { field: string }) => field === 'name')).toMatchObject({
    entityId: file.id,
    state: 'VERIFIED',
    method: 'REGISTER',
    evidence: 'gsxt.gov.cn',
    verifiedBy: { id: writing.manager.id },
    isSecondPass: false,
  });
  const { data } = await writing.server.as('MANAGER').query(`{
    customer(id: "${file.id}") { history(field: "verificationState") { nodes { oldValue newValue actor { id } } } }
    found: customers(filter: { verificationState: { eq: VERIFIED } }) { totalCount } }`);
  expect(data.customer.history.nodes).toEqual([
    { oldValue: 'SUBMITTED', newValue: 'VERIFIED', actor: { id: writing.manager.id } },
    { oldValue: 'DRAFT', newValue: 'SUBMITTED', actor: { id: writing.owner.id } },
    { oldValue: null, newValue: 'DRAFT', actor: { id: writing.owner.id } },
  ]);
  expect(data.found.totalCount).toBe(1);
});

test('submission refuses all that is missing at once, and takes what the kind of customer can have', async () => {
  const bare = await written({
    name: null,
    shortName: '北京公司',
    unifiedSocialCreditCode: null,
    legalRepresentative: null,
  });
  const refused = await decide(writing.owner, 'submitFile', bare.uuid);
  expect(refused.issues.sort()).toEqual(required.map((field) => `input.${field} SUBMISSION_NEEDS`).sort());
  const short = await written({ name: '北京公司', legalRepresentative: null });
  expect((await decide(writing.owner, 'submitFile', short.uuid)).issues).toEqual([
    'input.name LEGAL_NAME_ABBREVIATED',
    'input.legalRepresentative SUBMISSION_NEEDS',
  ]);
  const person = await written({
    name: '王小明',
    kind: 'PERSON',
    unifiedSocialCreditCode: null,
    legalRepresentative: null,
  });
  expect((await decide(writing.owner, 'submitFile', person.uuid)).errors).toEqual([]);
  const abroad = await written({ name: 'Betasoloin', country: 'DE', unifiedSocialCreditCode: null });
  expect((await decide(writing.owner, 'submitFile', abroad.uuid)).errors).toEqual([]);
  expect((await decide(writing.stranger, 'submitFile', abroad.uuid)).code).toBe('NOT_FOUND');
});

test('who wrote a value does not verify it, who submitted a file does not approve it, psql included', async () => {
  const file = await written({}, writing.manager);
  const own = await verify(writing.manager, file.uuid, ['name', 'legalRepresentative']);
  expect([own.code, own.errors[0]?.extensions.reason, own.refused]).toEqual([
    'FORBIDDEN',
    'SECOND_CHECK',
    ['legalRepresentative', 'name'],
  ]);
  await expect(
    writing.db.execute(sql`insert into field_check (customer_id, subject, subject_id, column_name, method, verified_by_id)
      values (${file.uuid}, 'customer', ${file.uuid}, 'name', 'PHONE', ${uuidOf(writing.manager.id)})`),
  ).rejects.toThrow();
  expect((await verify(writing.steward, file.uuid)).errors).toEqual([]);
  expect((await decide(writing.manager, 'submitFile', file.uuid)).errors).toEqual([]);
  const approved = await decide(writing.manager, 'approveFile', file.uuid);
  expect(approved.errors[0]?.extensions.reason).toBe('SECOND_CHECK');
  const step = (state: string, who: Colleague) =>
    writing.db.execute(
      sql`insert into verification_step (customer_id, state, employee_id) values (${file.uuid}, ${state}, ${uuidOf(who.id)})`,
    );
  await expect(step('VERIFIED', writing.manager)).rejects.toThrow();
  await expect(step('CONFIRMED', writing.steward)).rejects.toThrow();
  await expect(
    writing.db.execute(sql`update customer set verification_state = 'VERIFIED' where id = ${file.uuid}`),
  ).rejects.toThrow();
  await expect(
    writing.db.execute(
      sql`update field_check set verified_by_id = ${uuidOf(writing.manager.id)} where customer_id = ${file.uuid}`,
    ),
  ).rejects.toThrow();
  await step('VERIFIED', writing.steward);
  expect((await fileNow(writing, file.uuid)).verificationState).toBe('VERIFIED');
});

test('a verified value that changes is unverified, that field alone, whoever changes it; its evidence stays', async () => {
  const file = await written({ industry: '制造业' });
  const contact = await addContact(writing, file.uuid, { mobile: '+8613812345678', title: '采购经理' });
  const need = await addNeed(writing, file.uuid);
  const ofContact = { entityId: contact.id, field: 'mobile', method: 'PHONE', evidence: '本人接听' };
  const ofNeed = { entityId: need.id, field: 'item', method: 'PHONE' };
  const title = { entityId: contact.id, field: 'title', method: 'VISIT' };
  expect(
    (await verify(writing.manager, file.uuid, [...required, 'industry', ofContact, ofNeed, title])).errors,
  ).toEqual([]);
  const states = async () => {
    const { fields, formerFields } = await verified('MANAGER', file.id);
    return {
      held: fields
        .flatMap((one: { field: string; state: string }) => (one.state === 'VERIFIED' ? one.field : []))
        .sort(),
      ended: formerFields.map(
        ({ field, evidence }: { field: string; evidence: string }) => `${field} ${evidence}`,
      ),
    };
  };
  expect((await states()).held).toEqual([...required, 'industry', 'item', 'mobile', 'title'].sort());
  const { version: expectedVersion } = await fileNow(writing, file.uuid);
  await writing.owner.write(
    'updateCustomer',
    { id: file.id, expectedVersion, legalRepresentative: '李四', size: 'SMALL' },
    '{ customer { id } }',
  );
  await writing.owner.write(
    'updateContact',
    { id: contact.id, expectedVersion: contact.version, mobile: '13912345678' },
    '{ contact { id } }',
  );
  await writing.db.execute(sql`update need set item = '数控机床', quantity = 2 where id = ${need.uuid}`);
  const bulk = await writing.manager.write(
    'updateCustomers',
    { filter: { id: { eq: file.id } }, patch: { industry: '批发业' } },
    '{ __typename }',
  );
  expect(bulk.errors).toEqual([]);
  const { held, ended } = await states();
  expect(held).toEqual(['name', 'title', 'unifiedSocialCreditCode']);
  expect(ended.sort()).toEqual([
    'industry gsxt.gov.cn',
    'item null',
    'legalRepresentative gsxt.gov.cn',
    'mobile 本人接听',
  ]);
  // Written back as it was, it is not verified for that.
  await writing.db.execute(sql`update need set item = '自动化生产线改造' where id = ${need.uuid}`);
  expect((await states()).held).toEqual(held);
});

test('each kind of field is verified by who may, and shown to who reads it', async () => {
  const file = await written({ creditGrade: 'A', fax: '+862112345678' });
  const contact = await addContact(writing, file.uuid, { birthday: '1980-01-01', mobile: '+8613812345678' });
  const credit = { field: 'creditGrade', method: 'DOCUMENT', evidence: '征信报告' };
  const birthday = { field: 'birthday', entityId: contact.id, method: 'PHONE', evidence: '本人告知' };
  const refused = await verify(writing.manager, file.uuid, ['name', credit]);
  expect([refused.code, refused.refused]).toEqual(['FORBIDDEN', ['creditGrade']]);
  expect((await verify(writing.finance, file.uuid, ['name', credit])).refused).toEqual(['name']);
  expect((await verify(writing.owner, file.uuid)).refused).toEqual([...required].sort());
  expect((await verify(writing.finance, file.uuid, [credit])).errors).toEqual([]);
  expect((await verify(writing.manager, file.uuid, [birthday, 'fax'])).errors).toEqual([]);
  const shown = async (name: Parameters<typeof verified>[0]) =>
    (await verified(name, file.id)).fields.flatMap(({ field, state, evidence }: Record<string, string>) =>
      state === 'VERIFIED' ? `${field} ${evidence}` : [],
    );
  expect(await shown('MANAGER')).toEqual(['fax gsxt.gov.cn', 'creditGrade 征信报告', 'birthday 本人告知']);
  expect(await shown('SALES')).toEqual(['fax gsxt.gov.cn', 'creditGrade 征信报告', 'birthday 本人告知']);
  expect(await shown('FINANCE')).toEqual(['fax gsxt.gov.cn', 'creditGrade 征信报告']);
  expect(await shown('CUSTOMER_SERVICE')).toEqual(['fax gsxt.gov.cn', 'birthday 本人告知']);
  expect(await shown('MARKETING')).toEqual([]);
  expect(await shown('ANALYST')).toEqual(['creditGrade null']);
  // What proves a value discloses it, so that reading it is logged.
  const [log] = await writing.db.execute<{ fields: string }>(sql`
    select string_agg(distinct field, ' ' order by field) as fields from access_log, unnest(fields) field
    where kind = 'READ' and employee_id = ${writing.server.as('CUSTOMER_SERVICE').uuid} and ${file.uuid}::uuid = any(customer_ids)`);
  expect(log?.fields).toBe('Contact.birthday Customer.fax');
});

test('a decision refuses what was changed since, and a repeated one leaves no trace', async () => {
  const file = await written();
  const { version } = await fileNow(writing, file.uuid);
  const input = { id: file.id, expectedVersion: version };
  await addContact(writing, file.uuid);
  const selection = '{ customer { version } }';
  expect((await writing.owner.write('submitFile', input, selection)).code).toBe('CONFLICT');
  expect((await decide(writing.owner, 'submitFile', file.uuid)).errors).toEqual([]);
  const seen = { id: file.id, expectedVersion: (await fileNow(writing, file.uuid)).version };
  const fields = required.map((field) => ({ field, method: 'REGISTER' }));
  const first = await writing.manager.write('verifyFields', { ...seen, fields }, selection);
  const before = await traces(writing, file.uuid);
  const one = await writing.manager.write('verifyFields', { ...seen, fields: fields.slice(0, 1) }, selection);
  expect([one.errors, one.statementCount <= first.statementCount]).toEqual([[], true]);
  expect((await verified('MANAGER', file.id)).formerFields).toEqual([]);
  await addContact(writing, file.uuid);
  const note = { evidence: '电话核对' };
  for (const mutation of ['verifyFields', 'approveFile', 'rejectFile'])
    expect(
      (
        await writing.steward.write(
          mutation,
          {
            ...seen,
            ...(mutation === 'verifyFields'
              ? { fields }
              : mutation === 'rejectFile'
                ? { reason: '有误' }
                : note),
          },
          selection,
        )
      ).code,
    ).toBe('CONFLICT');
  expect(await traces(writing, file.uuid)).toBeGreaterThan(before);
  const now = { id: file.id, expectedVersion: (await fileNow(writing, file.uuid)).version };
  expect((await writing.steward.write('approveFile', { ...now, ...note }, selection)).errors).toEqual([]);
  const after = await traces(writing, file.uuid);
  expect((await writing.steward.write('approveFile', { ...now, ...note }, selection)).errors).toEqual([]);
  expect(await traces(writing, file.uuid)).toBe(after);
  const all = await writing.manager.write(
    'verifyFields',
    {
      ...now,
      expectedVersion: now.expectedVersion + 1,
      fields: [
        { field: 'fax', method: 'PHONE' },
        { field: 'owner', method: 'PHONE' },
        { field: 'name', method: 'PHONE' },
        { field: 'name', method: 'VISIT' },
        {
          field: 'mobile',
          entityId: (await addContact(writing, (await written()).uuid)).id,
          method: 'PHONE',
        },
      ],
    },
    selection,
  );
  expect(all.issues.sort()).toEqual([
    'input.fields.0.field NO_VALUE',
    'input.fields.1.field FIELD_UNKNOWN',
    'input.fields.3 FIELD_REPEATED',
    'input.fields.4.entityId NOT_IN_FILE',
  ]);
});
