import { type GraphiQLPlugin, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import type { Fetcher } from '@graphiql/toolkit';
import { getOperationAST, parse } from 'graphql';
import { useState } from 'react';
import { type Example, exampleGroups } from './examples/index.ts';
import type { GraphQLAnswer } from './session.ts';

/** The examples as a GraphiQL plugin: one group per kind of user, the viewer's own one open. */
export function createShelf(viewerRole: string, fetcher: Fetcher): GraphiQLPlugin {
  return {
    title: 'Examples 示例',
    icon: ShelfIcon,
    content: () => <Shelf viewerRole={viewerRole} fetcher={fetcher} />,
  };
}

function Shelf({ viewerRole, fetcher }: { viewerRole: string; fetcher: Fetcher }) {
  const openExample = useOpenExample(fetcher);
  const [problem, setProblem] = useState<string | null>(null);

  async function open(example: Example) {
    setProblem(await openExample(example));
  }

  return (
    <section className="shelf" aria-label="Examples">
      <h2>
        Examples <span lang="zh">示例</span>
      </h2>
      <p className="shelf-problem" role="status">
        {problem}
      </p>
      {exampleGroups.map((group) => (
        <details key={group.title} open={group.roles.includes(viewerRole)}>
          <summary>
            {group.title} <span lang="zh">{group.titleChinese}</span>
          </summary>
          <p>{group.about}</p>
          <ul>
            {group.examples.map((example) => (
              <li key={example.title}>
                <button type="button" onClick={() => void open(example)}>
                  <strong>{example.title}</strong>
                  <span lang="zh">{example.titleChinese}</span>
                  {example.note && <small>{example.note}</small>}
                </button>
              </li>
            ))}
          </ul>
        </details>
      ))}
    </section>
  );
}

/** Opens an example in a new tab, or in the one it is already open in; returns why it could not, if so. */
function useOpenExample(fetcher: Fetcher) {
  const { addTab, changeTab, setOperationFacts } = useGraphiQLActions();
  const { tabs, queryEditor, variableEditor } = useGraphiQL(({ tabs, queryEditor, variableEditor }) => ({
    tabs,
    queryEditor,
    variableEditor,
  }));

  return async (example: Example): Promise<string | null> => {
    const { variables, problem } = await prepareVariables(example, fetcher);
    const openTab = tabs.findIndex((tab) => tab.query === example.operation);
    if (openTab >= 0) changeTab(openTab);
    else if (queryEditor?.getValue().trim()) addTab();
    queryEditor?.setValue(example.operation);
    variableEditor?.setValue(variables ? JSON.stringify(variables, null, 2) : '');
    // GraphiQL parses the operation only after a pause in typing. A Run before that must neither send a subscription
    // over HTTP nor run the previous operation.
    setOperationFacts(factsOf(example.operation));
    queryEditor?.focus();
    return problem;
  };
}

function factsOf(operation: string) {
  const documentAST = parse(operation);
  const operationAST = getOperationAST(documentAST);
  return {
    documentAST,
    operationName: operationAST?.name?.value,
    operations: operationAST ? [operationAST] : [],
  };
}

async function prepareVariables({ variables, fill }: Example, fetcher: Fetcher) {
  if (!fill) return { variables, problem: null };
  try {
    const { data, errors } = (await fetcher({
      query: fill.query,
      variables: fill.variables,
    })) as GraphQLAnswer;
    const filled = data && fill.into(data);
    if (filled) return { variables: filled, problem: null };
    return {
      variables,
      problem: errors?.[0]?.message ?? fill.whenNothingFound,
    };
  } catch (error) {
    return {
      variables,
      problem: error instanceof Error ? error.message : String(error),
    };
  }
}

function ShelfIcon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <path d="M4 4v16M4 20h16M8 17V7h3v10zM13 17V5h3v12zM17.5 17.2l2.4-.6-2-8.7" strokeLinejoin="round" />
    </svg>
  );
}
