/** The operations of one socket that somebody waits for. */
export interface SocketOperations {
  /** Begins an operation; the signal is aborted when the client completes it or has gone. */
  begin: (id: string) => AbortSignal;
  /** The operation has been answered. */
  end: (id: string, signal: AbortSignal) => void;
  /** A mutation begins: whoever ends the connection lets it be answered first. */
  beginWrite: (id: string) => void;
  /** A mutation has been answered, or never will be. */
  endWrite: (id: string) => void;
  /** Runs something once the mutations under way have been answered: at once if there are none. */
  afterWrites: (run: () => void) => void;
  /** Takes a message of the client: one that completes an operation ends the wait for it. */
  hear: (message: string) => void;
  /** The client has gone. */
  close: () => void;
}

/** graphql-ws ends subscriptions that a client completes, but reports nothing of queries and mutations. */
export function createSocketOperations(): SocketOperations {
  const awaited = new Map<string, AbortController>();
  const writes = new Set<string>();
  let postponed: (() => void)[] = [];
  let isClosed = false;
  const runPostponed = () => {
    const due = postponed;
    postponed = [];
    for (const run of due) run();
  };
  return {
    begin(id) {
      const operation = new AbortController();
      if (isClosed) operation.abort();
      else awaited.set(id, operation);
      return operation.signal;
    },
    end(id, signal) {
      if (awaited.get(id)?.signal === signal) awaited.delete(id);
    },
    beginWrite: (id) => void writes.add(id),
    endWrite(id) {
      writes.delete(id);
      // What completes the operation is sent within this turn.
      if (writes.size === 0) setImmediate(runPostponed);
    },
    afterWrites(run) {
      if (writes.size === 0) run();
      else postponed.push(run);
    },
    hear(message) {
      // Looked for in the text first, because every message passes here.
      if (!message.includes('"complete"')) return;
      const id = completedBy(message);
      if (id === null) return;
      awaited.get(id)?.abort();
      awaited.delete(id);
    },
    close() {
      isClosed = true;
      for (const operation of awaited.values()) operation.abort();
      awaited.clear();
      writes.clear();
      runPostponed();
    },
  };
}

/** The id of the operation that a message completes; null if it completes none. */
function completedBy(message: string): string | null {
  try {
    const { type, id } = JSON.parse(message) as { type?: unknown; id?: unknown };
    return type === 'complete' && typeof id === 'string' ? id : null;
  } catch {
    // Malformed messages are answered by the protocol.
    return null;
  }
}
