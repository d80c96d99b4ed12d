import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import { createLocalStorage } from '@graphiql/toolkit';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import { useEffect, useState } from 'react';
import { createFetcher } from './fetcher.ts';
import { roleName } from './role-names.ts';
import type { Sessions, Viewer } from './session.ts';
import { createShelf } from './shelf.tsx';

const welcome = `# Welcome (欢迎).
# Ctrl-Enter runs what is written here.
# Left: documentation of every type,
# examples, and what you ran before.

query WhoAmI {
  viewer {
    id
    name
    role
  }
}
`;

interface WorkbenchProps {
  viewer: Viewer;
  sessions: Sessions;
  graphqlPath: string;
}

/** GraphiQL, with the viewer's session. */
export function Workbench({ viewer, sessions, graphqlPath }: WorkbenchProps) {
  const [{ fetcher, close }] = useState(() => createFetcher(graphqlPath, sessions));
  const [shelf] = useState(() => createShelf(viewer.role, fetcher));
  const [plugins] = useState(() => [shelf, HISTORY_PLUGIN]);
  // Open tabs and history belong to the person, not to the browser.
  const [storage] = useState(() => createLocalStorage({ namespace: `playground:${viewer.id}` }));
  useEffect(() => close, [close]);

  return (
    <GraphiQL
      fetcher={fetcher}
      storage={storage}
      plugins={plugins}
      visiblePlugin={shelf}
      defaultQuery={welcome}
      defaultEditorToolsVisibility="variables"
      showPersistHeadersSettings={false}
      schemaDescription
      inputValueDeprecation
    >
      <GraphiQL.Logo>
        <div className="viewer">
          <span className="viewer-name">{viewer.name}</span>
          <span className="viewer-role">{roleName(viewer.role)}</span>
          <button type="button" onClick={() => void sessions.signOut()}>
            Sign out 退出
          </button>
        </div>
      </GraphiQL.Logo>
    </GraphiQL>
  );
}
