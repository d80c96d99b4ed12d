import { setTimeout as pause } from 'node:timers/promises';

/** A language of the story: of what it says, and of what the server answers. */
export type Language = 'zh' | 'en';

/** What the server answered that the story does not expect. */
export class Unexpected extends Error {}

export interface Answer {
  // biome-ignore lint/suspicious/noExplicitAny: as varied as queries
  data: any;
  // biome-ignore lint/suspicious/noExplicitAny: as varied as errors
  errors?: { message: string; extensions: Record<string, any> }[];
}

/** Somebody of the company, signed in over HTTP. */
export interface Colleague {
  id: string;
  name: string;
  query: (document: string, variables?: object) => Promise<Answer>;
}

export async function post(
  url: string,
  language: Language,
  token: string | null,
  document: string,
  variables: object = {},
): Promise<Answer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'accept-language': language,
      ...(token !== null && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query: document, variables }),
  });
  return (await response.json()) as Answer;
}

/** Calls a mutation with its input, and returns its payload. Throws {@link Unexpected} if it is refused. */
export async function write(
  { query }: Colleague,
  mutation: string,
  input: object,
  selection: string,
  // biome-ignore lint/suspicious/noExplicitAny: as varied as payloads
): Promise<any> {
  const { data, errors } = await query(documentOf(mutation, selection), { input });
  if (errors) throw new Unexpected(`${mutation}: ${messagesOf(errors)}`);
  return data[mutation];
}

/** Calls a mutation that is to be refused with this code, and returns what the refusal says. */
export async function refusalOf(
  { query }: Colleague,
  mutation: string,
  input: object,
  expected: { code: string; reason?: string; issues?: readonly string[] },
): Promise<string[]> {
  const { errors } = await query(documentOf(mutation, '{ __typename }'), { input });
  const [error] = errors ?? [];
  if (!error) throw new Unexpected(`${mutation} was not refused`);
  const { code, reason, issues = [] } = error.extensions;
  const found = (issues as { code: string; message: string }[]).map((issue) => issue.code);
  const isExpected =
    code === expected.code &&
    (expected.reason === undefined || reason === expected.reason) &&
    (expected.issues ?? []).every((issue) => found.includes(issue));
  if (!isExpected) throw new Unexpected(`${mutation}: ${JSON.stringify(error)}`);
  return issues.length > 0 ? issues.map((issue: { message: string }) => issue.message) : [error.message];
}

/** Reads something. Throws {@link Unexpected} where anything of it is refused. */
// biome-ignore lint/suspicious/noExplicitAny: as varied as queries
export async function read({ query }: Colleague, document: string, variables: object = {}): Promise<any> {
  const { data, errors } = await query(document, variables);
  if (errors) throw new Unexpected(messagesOf(errors));
  return data;
}

const documentOf = (mutation: string, selection: string): string =>
  `mutation Act($input: ${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input!) { ${mutation}(input: $input) ${selection} }`;

const messagesOf = (errors: readonly { message: string }[]): string =>
  errors.map(({ message }) => message).join(' ');

const patienceMs = 60_000;
const lookEveryMs = 200;

/** Looks until something is there that the server brings about by itself, for as long as that may take; else undefined. */
export async function lookFor<Found>(
  look: () => Promise<Found | undefined>,
  forMs: number,
): Promise<Found | undefined> {
  const endMs = performance.now() + forMs;
  for (;;) {
    const found = await look();
    if (found !== undefined || performance.now() > endMs) return found;
    await pause(lookEveryMs);
  }
}

/** Looks for something that the server brings about within seconds. Throws {@link Unexpected} where it does not come. */
export async function until<Found>(what: string, look: () => Promise<Found | undefined>): Promise<Found> {
  const found = await lookFor(look, patienceMs);
  if (found === undefined) throw new Unexpected(`${what} did not come within a minute`);
  return found;
}

/** A page as a browser without scripts has it. */
export interface Page {
  status: number;
  text: string;
}

export async function visit(url: string, language: Language, form?: Record<string, string>): Promise<Page> {
  const answer = await fetch(url, {
    headers: { 'accept-language': language },
    ...(form && { method: 'POST', body: new URLSearchParams(form) }),
  });
  return { status: answer.status, text: await answer.text() };
}

const meant = (text: string): string =>
  text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));

/** The form that a page shows, filled in as it is. */
export function formOf({ text }: Page): Record<string, string> {
  const form: Record<string, string> = {};
  for (const [, attributes = ''] of text.matchAll(/<input ([^>]*)>/g)) {
    const name = /name="([^"]*)"/.exec(attributes)?.[1];
    if (name !== undefined) form[name] = meant(/value="([^"]*)"/.exec(attributes)?.[1] ?? '');
  }
  for (const [, name = '', content = ''] of text.matchAll(
    /<textarea name="([^"]*)"[^>]*>\n?([^<]*)<\/textarea>/g,
  ))
    form[name] = meant(content);
  for (const [, name = '', options = ''] of text.matchAll(/<select name="([^"]*)"[^>]*>(.*?)<\/select>/gs))
    form[name] = /value="([^"]*)" selected/.exec(options)?.[1] ?? '';
  return form;
}
