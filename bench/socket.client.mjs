import WebSocket from 'ws';

/**
 * A subscriber that speaks graphql-transport-ws, with as little of its own work as possible: thousands of them
 * share one process with the measuring.
 *
 * Resolves when the server has received the subscription, which may stand only a moment later: who must miss nothing
 * from here on gives it a cursor to begin at.
 */
export function subscribe({ url, headers, query, variables, onEvent }) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws', {
      perMessageDeflate: false,
    });
    socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: headers })));
    socket.on('message', (data) => {
      const { type, payload } = JSON.parse(data);
      if (type === 'next') onEvent(payload);
      else if (type === 'ping') socket.send('{"type":"pong"}');
      else if (type === 'error') reject(new Error(JSON.stringify(payload)));
      else if (type === 'connection_ack') {
        socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query, variables } }));
        // Received in order: what is before this ping was there when the pong is here.
        socket.send('{"type":"ping"}');
      } else if (type === 'pong') resolve(socket);
    });
    socket.on('close', (code, reason) => reject(new Error(`closed: ${code} ${reason}`)));
    socket.on('error', reject);
  });
}

/** Opens many, a few at a time, and tells how long that took. */
export async function subscribeAll(subscribers, atOnce = 20) {
  const startedMs = performance.now();
  const sockets = new Array(subscribers.length);
  let next = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (next < subscribers.length) {
        const i = next++;
        sockets[i] = await subscribe(subscribers[i]);
      }
    }),
  );
  return { sockets, tookMs: performance.now() - startedMs };
}
