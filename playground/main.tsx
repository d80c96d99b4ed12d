import { StrictMode, useSyncExternalStore } from 'react';
import { createRoot } from 'react-dom/client';
import { openSessions, type Sessions } from './session.ts';
import { readSettings, type Settings } from './settings.ts';
import { SignIn } from './sign-in.tsx';
import { Workbench } from './workbench.tsx';
import './playground.css';

function Playground({ settings, sessions }: { settings: Settings; sessions: Sessions }) {
  const { viewer, notice } = useSyncExternalStore(sessions.subscribe, sessions.state);
  if (!viewer) return <SignIn sessions={sessions} demoAccounts={settings.demoAccounts} notice={notice} />;
  // Another viewer gets a new editor, so that nobody sees the responses of whoever was signed in before.
  return <Workbench key={viewer.id} viewer={viewer} sessions={sessions} graphqlPath={settings.graphqlPath} />;
}

const settings = readSettings();
const sessions = await openSessions(settings.graphqlPath);

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <Playground settings={settings} sessions={sessions} />
  </StrictMode>,
);
