import { accept, type Checked, refuse } from '../validation/checked.ts';
import type { RobotKind } from './robot.types.ts';

export interface RobotAddress {
  kind: RobotKind;
  url: string;
}

/** Where each app takes posts, and the parameter or step of the path that is the key. No other host is ever called. */
const addresses: readonly [RobotKind, host: RegExp, path: RegExp, parameter: string | null][] = [
  ['WECOM', /^qyapi\.weixin\.qq\.com$/, /^\/cgi-bin\/webhook\/send$/, 'key'],
  ['DINGTALK', /^oapi\.dingtalk\.com$/, /^\/robot\/send$/, 'access_token'],
  ['FEISHU', /^open\.(feishu\.cn|larksuite\.com)$/, /^\/open-apis\/bot\/v2\/hook\/[\w-]{8,}$/, null],
];

const refused = () =>
  refuse(
    'ROBOT_ADDRESS',
    'Must be the https address of a group robot as WeCom, DingTalk or Feishu shows it',
    '须为企业微信、钉钉或飞书群机器人的 Webhook 地址',
  );

/** Reads the address of a group robot as its app shows it. Problem: ROBOT_ADDRESS. */
export function checkRobotAddress(text: string): Checked<RobotAddress> {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : null;
  if (url?.protocol !== 'https:' || url.port || url.username || url.password || text.length > 500)
    return refused();
  for (const [kind, host, path, parameter] of addresses) {
    if (!host.test(url.hostname) || !path.test(url.pathname)) continue;
    const key = parameter && url.searchParams.get(parameter);
    if (parameter && !/^[\w-]{8,}$/.test(key ?? '')) return refused();
    return accept({ kind, url: `${url.origin}${url.pathname}${parameter ? `?${parameter}=${key}` : ''}` });
  }
  return refused();
}
