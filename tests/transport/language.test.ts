import { afterAll, beforeAll, expect, test } from 'vitest';
import { localeOf, messageIn } from '../../src/core/locale.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { bearer, openRaw, post, type RawSocket, send } from './wire.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

test.each([
  [undefined, undefined, 'ZH'],
  [undefined, '*', 'ZH'],
  [undefined, 'fr-FR, de;q=0.8', 'ZH'],
  [undefined, 'en-GB,en;q=0.9,zh;q=0.8', 'EN'],
  [undefined, 'zh-TW, en;q=0.9', 'ZH'],
  [undefined, 'en;q=0.2, zh-CN;q=0.7', 'ZH'],
  [undefined, 'en;q=0', 'ZH'],
  ['en', 'zh-CN', 'EN'],
  ['zh-Hans', 'en', 'ZH'],
  ['klingon', 'en', 'EN'],
  [42, undefined, 'ZH'],
])('who states %s and accepts %s reads %s', (stated, accepted, locale) => {
  expect(localeOf(stated, accepted)).toBe(locale);
});

test.each([
  ['Not found. (未找到。)', 'Not found.', '未找到。'],
  ['No "a (b)". (没有"a (b)"。)', 'No "a (b)".', '没有"a (b)"。'],
  ['Only English (in brackets).', 'Only English (in brackets).', 'Only English (in brackets).'],
  ['无括号', '无括号', '无括号'],
  ['(全是中文)', '(全是中文)', '(全是中文)'],
])('the message %s has one text for each language', (message, english, chinese) => {
  expect(messageIn('EN', message)).toBe(english);
  expect(messageIn('ZH', message)).toBe(chinese);
});

const signIn = async (payload: object, headers: Record<string, string> = {}): Promise<RawSocket> => {
  const raw = await openRaw(server.socketUrl, { headers });
  raw.say({ type: 'connection_init', payload: { ...bearer(server.as('SALES').token), ...payload } });
  await raw.hear();
  return raw;
};
const wrong = 'mutation ($input: CreateCustomerInput!) { createCustomer(input: $input) { customer { id } } }';
const input = { name: 'x', unifiedSocialCreditCode: '1' };

test('messages are in the language that the client requests, on both transports', async () => {
  const headers = bearer(server.as('SALES').token);
  const texts = async (accepted: Record<string, string>, stated: object) => {
    const http = await post(server.url, { query: wrong, variables: { input } }, { ...headers, ...accepted });
    const raw = await signIn(stated, accepted);
    const socket = await raw.ask(wrong, { input });
    raw.socket.close();
    expect(socket.errors[0].message).toBe(http.json.errors[0].message);
    expect(socket.errors[0].extensions.issues).toEqual(http.json.errors[0].extensions.issues);
    return [
      http.json.errors[0].message,
      ...http.json.errors[0].extensions.issues.map(({ message }: Error) => message),
    ];
  };
  const english = await texts({ 'accept-language': 'en' }, {});
  const chinese = await texts({ 'accept-language': 'zh-CN' }, { locale: 'zh' });
  expect(english.join()).not.toMatch(/\p{Script=Han}/u);
  expect(english[0]).toMatch(/unifiedSocialCreditCode: .+ name: .+/);
  for (const text of chinese) expect(text).toMatch(/\p{Script=Han}/u);
  expect(chinese[0]).toMatch(/unifiedSocialCreditCode：.+name：.+/);
});

test('what a socket states in connection_init counts before its header', async () => {
  const raw = await signIn({ locale: 'zh-CN' }, { 'accept-language': 'en' });
  const { errors } = await raw.ask('{ customers(first: 5000) { nodes { id } } }');
  expect(errors[0].message).toContain('须在');
  raw.socket.close();
});

test('addresses other than the API answer in the language of the header', async () => {
  const ask = async (language: string) =>
    (await send(`${server.url}/nowhere`, { headers: { 'accept-language': language } })).json.errors[0]
      .message;
  expect([await ask('en'), await ask('zh')]).toEqual(['There is nothing here.', '此地址不存在。']);
});
