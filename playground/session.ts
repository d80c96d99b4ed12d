/**
 * Who is signed in, in this browser tab.
 *
 * The session lives in sessionStorage, so that two tabs can be two people: one
 * watches, the other changes. Refresh tokens are single use and using one twice
 * ends the session, hence {@link claim}: of a duplicated tab only one keeps it.
 */
export interface Viewer {
  id: string;
  name: string;
  role: string;
}

interface Session {
  /** Names this session among the browser's tabs. */
  claimId: string;
  accessToken: string;
  refreshToken: string;
  /** Epoch milliseconds from which the access token is replaced before it is used. */
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
  /** Why the sign-in box is back although nobody signed out. */
  notice: string | null;
}

const storageKey = 'playground:session';
const issuedFields = 'accessToken refreshToken expiresAt viewer { id name role }';
const signedOut: SessionState = { viewer: null, notice: null };
const endedNotice = 'Your session ended; sign in again. (会话已结束，请重新登录。)';
/** Part of a token's life after which it is replaced; the rest is room for a slow request. */
const usedLife = 0.8;
/** Lower bound between two refreshes, for a computer whose clock runs ahead of the server's. */
const refreshPauseMs = 20_000;
/** How long a reloading page waits for its former self to let go of the session. */
const claimTimeoutMs = 1_000;

export type Sessions = Awaited<ReturnType<typeof openSessions>>;

/** Restores this tab's session, if it has one, and returns what signs in, out, and hands out tokens. */
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
    // A refresh brings the same person: the open editors must not notice.
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
      // The tab is signed out whatever the server says; the tokens die of age if it cannot be reached.
      await send('mutation SignOut { logout }', undefined, accessToken).catch(() => undefined);
    },

    /** A token that is good now, refreshed first when its time is nearly up; null when nobody is signed in. */
    async accessToken(): Promise<string | null> {
      if (session && Date.now() >= session.refreshAtMs) {
        refreshing ??= refresh().finally(() => {
          refreshing = null;
        });
        await refreshing;
      }
      return session?.accessToken ?? null;
    },

    /** The server refused this token before its time (a restart, a revoked session): do not use it again. */
    distrust(accessToken: string) {
      if (session?.accessToken === accessToken) session = { ...session, refreshAtMs: 0 };
    },
  };
}

/** crypto.randomUUID is missing where the page came over plain HTTP from another host. */
const newClaimId = () =>
  Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(36)).join('');

/** Holds the session for as long as this page lives; false when another tab holds it. */
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
