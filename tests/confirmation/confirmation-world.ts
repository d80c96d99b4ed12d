import { sql } from 'drizzle-orm';
import { encodeId, uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { type Colleague, fileNow, openFile, type Writing } from '../support/writing.ts';

/** A file that somebody submitted and somebody else approved. */
export async function openVerified(
  writing: Writing,
  values: Parameters<typeof openFile>[2] = {},
): Promise<{ id: string; uuid: string }> {
  const file = await openFile(writing, writing.owner, { legalRepresentative: '张三', ...values });
  await approve(writing, file.uuid);
  return file;
}

/** Takes a file through its verification. */
export async function approve({ db, owner, manager }: Writing, fileId: string): Promise<void> {
  for (const [state, who] of [
    ['SUBMITTED', owner],
    ['VERIFIED', manager],
  ] as const)
    await db.execute(
      sql`insert into verification_step (customer_id, state, employee_id) values (${fileId}, ${state}, ${uuidOf(who.id)})`,
    );
}

const selection = '{ customer { verificationState version } }';

/** Calls requestConfirmation on a file as it is now. */
export async function request(
  writing: Writing,
  who: Colleague,
  uuid: string,
  values: object,
  shown = selection,
) {
  const { version: expectedVersion } = await fileNow(writing, uuid);
  return who.write('requestConfirmation', { id: encodeId('cus', uuid), expectedVersion, ...values }, shown);
}

/** What an employee records of a customer. */
export const spoken = (answer: string, evidence = '王经理来电') => ({
  channel: 'RECORDED',
  answer,
  way: 'SPOKEN',
  evidence,
});

/** What a viewer sees of the verification of a file. */
export async function verificationFor(
  { server }: Writing,
  name: Parameters<Writing['server']['as']>[0],
  id: string,
) {
  const { data, errors } = await server.as(name).query(`{ customer(id: "${id}") { verification { state
    answer { state channel way evidence answeredAt recordedBy { id } } fields { field entityId isConfirmed } } } }`);
  if (errors) throw new Error(JSON.stringify(errors));
  return data.customer.verification;
}

/** The fields that the customer has confirmed. */
export const confirmedIn = ({ fields }: { fields: { field: string; isConfirmed: boolean }[] }): string[] =>
  fields.flatMap(({ field, isConfirmed }) => (isConfirmed ? [field] : [])).sort();

/** A link to the page of a file's customer. */
export async function linkOf(writing: Writing, uuid: string, values: object = {}): Promise<string> {
  const { payload, errors } = await request(
    writing,
    writing.owner,
    uuid,
    { channel: 'LINK', ...values },
    '{ url customer { id } }',
  );
  if (!payload) throw new Error(JSON.stringify(errors));
  return payload.url;
}

/** What a browser gets of a page. */
export interface Visited {
  status: number;
  text: string;
  headers: Headers;
}

export async function visit(link: string, language = 'zh-CN'): Promise<Visited> {
  const answer = await fetch(link, { headers: { 'accept-language': language } });
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
}

/** Sends a form, as a browser does. */
export async function send(link: string, form: Record<string, string>, language = 'zh-CN'): Promise<Visited> {
  const answer = await fetch(link, {
    method: 'POST',
    body: new URLSearchParams(form),
    headers: { 'accept-language': language },
  });
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
}

const meant = (text: string): string =>
  text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));

/** The form that a page shows, filled in as it is. */
export function formOf({ text }: Visited): Record<string, string> {
  const form: Record<string, string> = {};
  for (const [, attributes = ''] of text.matchAll(/<input ([^>]*)>/g)) {
    const name = /name="([^"]*)"/.exec(attributes)?.[1];
    if (name) form[name] = meant(/value="([^"]*)"/.exec(attributes)?.[1] ?? '');
  }
  for (const [, name = '', content = ''] of text.matchAll(
    /<textarea name="([^"]*)"[^>]*>\n?([^<]*)<\/textarea>/g,
  ))
    form[name] = meant(content);
  for (const [, name = '', options = ''] of text.matchAll(/<select name="([^"]*)"[^>]*>(.*?)<\/select>/gs))
    form[name] = /value="([^"]*)" selected/.exec(options)?.[1] ?? '';
  return form;
}

/** The name of the input whose label it is. */
export function inputOf({ text }: Visited, label: string): string {
  const found = new RegExp(`name="(v\\d+)"[^>]*aria-label="${label}"`).exec(text)?.[1];
  if (!found) throw new Error(`No input ${label}`);
  return found;
}
