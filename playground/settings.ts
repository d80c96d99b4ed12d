/** The settings that the server embeds into the page. */
export interface Settings {
  /** Path of the GraphQL endpoint on this host; HTTP and socket share it. */
  graphqlPath: string;
  /** Accounts offered at sign-in; empty outside the demo. */
  demoAccounts: { email: string; name: string; role: string }[];
}

export function readSettings(): Settings {
  return JSON.parse(document.getElementById('settings')?.textContent ?? '');
}
