import { afterEach, expect, test, vi } from 'vitest';
import { followOwnerFeed } from '../../examples/owner-feed-client.ts';

afterEach(() => void vi.unstubAllGlobals());

test('the feed client fails at once on a platform without a WebSocket', () => {
  vi.stubGlobal('WebSocket', undefined);
  const never = async () => {
    throw new Error('not reached');
  };
  const options = {
    url: 'ws://127.0.0.1:9/graphql',
    getToken: never,
    cursor: { load: never, save: never },
    reload: never,
    apply: never,
  };
  expect(() => followOwnerFeed(options)).toThrow('has no WebSocket: pass webSocketImpl');
});
