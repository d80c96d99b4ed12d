/**
 * The employee who is signed in in this browser tab.
 *
 * The session is kept in sessionStorage, so that two tabs can be two people: one watches, the other makes changes.
 * Refresh tokens are single-use and using one twice ends the session. {@link claim} therefore leaves the session of a
 * duplicated tab to one of the two.
 */
export interface Viewer {
  id: string;
  name: string;
  role: string;
}

interface Session {
  /** Identifies this session among the browser's tabs. */
  claimId: string;
  accessToken: string;
  refreshToken: string;
  /** Epoch milliseconds from which on the access token is refreshed before it is used. */
  refreshAtMs: number;
  viewer: Viewer;
}

interface Issued {
  accessToken: string;
  refreshToken: string;
  expiresAt: string;
  viewer: Viewer;
}

export interface GraphQLAnswer {
  // biome-ignore lint/suspicious/noExplicitAny: the shape is the operation's.
  data?: any;
  errors?: { message: string; extensions?: { code?: string } }[];
}

/** What the page shows about the session. */
export interface SessionState {
  viewer: Viewer | null;
  /** Why the sign-in form is shown again although nobody signed out. */
  notice: string | null;
}

const storageKey = 'playground:session';
const issuedFields = 'accessToken refreshToken expiresAt viewer { id name role }';
const signedOut: SessionState = { viewer: null, notice: null };
const endedNotice = 'Your session ended; sign in again. (会话已结束，请重新登录。)';
/** Fraction of a token's lifetime after which it is refreshed; the rest is a margin for slow requests. */
const usedLife = 0.8;
/** Shortest time between two refreshes, for a computer whose clock is ahead of the server's. */
const refreshPauseMs = 20_000;
/** How long a reloaded page waits for its predecessor to release the session. */
const claimTimeoutMs = 1_000;

export type Sessions = Awaited<ReturnType<typeof openSessions>>;

/** Restores this tab's session, if it has one, and returns the functions that sign in, sign out and provide tokens. */
export async function openSessions(graphqlPath: string) {
  let session: Session | null = JSON.parse(sessionStorage.getItem(storageKey) ?? 'null');
  if (session && !(await claim(session.claimId))) session = null;

  let state: SessionState = session ? { viewer: session.viewer, notice: null } : signedOut;
  let refreshing: Promise<void> | null = null;
  const listeners = new Set<() => void>();

  function become(next: Session | null, notice: string | null = null) {
    session = next;
    if (next) sessionStorage.setItem(storageKey, JSON.stringify(next));
    else sessionStorage.removeItem(storageKey);
    // A refresh keeps the viewer, so the open editors must not be replaced.
    if (next && next.viewer.id === state.viewer?.id) return;
    state = { viewer: next?.viewer ?? null, notice };
    for (const listener of listeners) listener();
  }

  async function send(query: string, variables?: object, accessToken?: string): Promise<GraphQLAnswer> {
    const response = await fetch(graphqlPath, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json',
        ...(accessToken ? { authorization: `Bearer ${accessToken}` } : {}),
      },
      body: JSON.stringify({ query, variables }),
    });
    return response.json();
  }

  function toSession(issued: Issued, claimId: string): Session {
    const lifeMs = Date.parse(issued.expiresAt) - Date.now();
    const { accessToken, refreshToken, viewer } = issued;
    const refreshAtMs = Date.now() + Math.max(lifeMs * usedLife, refreshPauseMs);
    return { claimId, accessToken, refreshToken, refreshAtMs, viewer };
  }

  async function refresh() {
    const before = session;
    if (!before) return;
    const { data, errors } = await send(
      `mutation RefreshSession($input: RefreshSessionInput!) { refreshSession(input: $input) { ${issuedFields} } }`,
      { input: { refreshToken: before.refreshToken } },
    );
    if (session?.refreshToken !== before.refreshToken) return; // Signed out meanwhile.
    if (data?.refreshSession) become(toSession(data.refreshSession, before.claimId));
    else if (errors?.some((error) => error.extensions?.code === 'UNAUTHENTICATED')) become(null, endedNotice);
    else throw new Error(errors?.[0]?.message ?? 'The session could not be refreshed. (会话刷新失败。)');
  }

  return {
    state: () => state,

    subscribe(listener: () => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    /** Signs in, or throws an error whose message is for the user. */
    async signIn(email: string, password: string) {
      const { data, errors } = await send(
        `mutation SignIn($input: LoginInput!) { login(input: $input) { ${issuedFields} } }`,
        { input: { email, password } },
      );
      if (!data?.login) throw new Error(errors?.[0]?.message ?? 'Sign-in failed. (登录失败。)');
      const claimId = newClaimId();
      await claim(claimId);
      become(toSession(data.login, claimId));
    },

    async signOut() {
      const accessToken = session?.accessToken;
      become(null);
      // The tab is signed out whatever the server responds; if it cannot be reached, the tokens expire by themselves.
      await send('mutation SignOut { logout }', undefined, accessToken).catch(() => undefined);
    },

    /** A valid token, refreshed first if it is about to expire; null when nobody is signed in. */
    async accessToken(): Promise<string | null> {
      if (session && Date.now() >= session.refreshAtMs) {
        refreshing ??= refresh().finally(() => {
          refreshing = null;
        });
        await refreshing;
      }
      return session?.accessToken ?? null;
    },

    /** Stops using a token that the server refused before it expired (a restart, a revoked session). */
    distrust(accessToken: string) {
      if (session?.accessToken === accessToken) session = { ...session, refreshAtMs: 0 };
    },
  };
}

/** Not crypto.randomUUID, which is missing when the page was loaded over plain HTTP from another host. */
const newClaimId = () =>
  Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(36)).join('');

/** Takes the session's lock for as long as this page lives; false when another tab holds it. */
function claim(claimId: string): Promise<boolean> {
  if (!navigator.locks) return Promise.resolve(true);
  return new Promise((resolve) => {
    navigator.locks
      .request(`playground:${claimId}`, { signal: AbortSignal.timeout(claimTimeoutMs) }, () => {
        resolve(true);
        return new Promise<never>(() => undefined);
      })
      .catch(() => resolve(false));
  });
}
