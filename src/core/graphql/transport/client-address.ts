import type { IncomingMessage } from 'node:http';
import { BlockList, isIPv6 } from 'node:net';
import type { Config } from '../../../config/config.ts';

type Trust = Config['trustProxy'];

/**
 * The client address of a request that Fastify does not see (a socket's), determined the way Fastify determines
 * `request.ip`.
 */
export function clientAddress({ socket, headers }: IncomingMessage, trust: Trust): string {
  const forwarded = String(headers['x-forwarded-for'] ?? '').split(',');
  const hops = [socket.remoteAddress ?? '', ...forwarded.reverse().map((hop) => hop.trim())].filter(Boolean);
  const untrusted = hops.findIndex((address, hop) => !isTrusted(trust, address, hop));
  return hops.at(untrusted) ?? '';
}

function isTrusted(trust: Trust, address: string, hop: number): boolean {
  if (typeof trust === 'number') return hop < trust;
  if (typeof trust === 'boolean') return trust;
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '');
  return proxies(trust).check(plain, familyOf(plain));
}

const known = new WeakMap<string[], BlockList>();

function proxies(trusted: string[]): BlockList {
  let list = known.get(trusted);
  if (!list) {
    list = new BlockList();
    for (const range of trusted) {
      const [address = '', bits] = range.split('/');
      if (bits === undefined) list.addAddress(address, familyOf(address));
      else list.addSubnet(address, Number(bits), familyOf(address));
    }
    known.set(trusted, list);
  }
  return list;
}

const familyOf = (address: string) => (isIPv6(address) ? 'ipv6' : 'ipv4');
