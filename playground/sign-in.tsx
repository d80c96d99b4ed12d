import { type FormEvent, useRef, useState } from 'react';
import { roleName } from './role-names.ts';
import type { Sessions } from './session.ts';
import type { Settings } from './settings.ts';

interface SignInProps {
  sessions: Sessions;
  demoAccounts: Settings['demoAccounts'];
  notice: string | null;
}

/** The sign-in form; in the demo, with the accounts to choose from. */
export function SignIn({ sessions, demoAccounts, notice }: SignInProps) {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState(notice);
  const [isBusy, setIsBusy] = useState(false);
  const passwordField = useRef<HTMLInputElement>(null);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setIsBusy(true);
    setProblem(null);
    try {
      await sessions.signIn(email.trim(), password);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      setIsBusy(false);
      passwordField.current?.select();
    }
  }

  function choose(chosenEmail: string) {
    setEmail(chosenEmail);
    passwordField.current?.focus();
  }

  return (
    <main className="sign-in">
      <section className="sign-in-box">
        <header>
          <h1>
            Customer File <span lang="zh">客户档案</span>
          </h1>
          <p>GraphQL playground</p>
        </header>

        <form onSubmit={submit}>
          <label>
            E-mail <span lang="zh">邮箱</span>
            <input
              name="email"
              type="email"
              autoComplete="username"
              required
              value={email}
              onChange={(event) => setEmail(event.target.value)}
            />
          </label>
          <label>
            Password <span lang="zh">密码</span>
            <input
              ref={passwordField}
              name="password"
              type="password"
              autoComplete="current-password"
              required
              value={password}
              onChange={(event) => setPassword(event.target.value)}
            />
          </label>
          <p className="sign-in-problem" role="alert">
            {problem}
          </p>
          <button className="sign-in-submit" type="submit" disabled={isBusy}>
            {isBusy ? 'Signing in …' : 'Sign in 登录'}
          </button>
        </form>
      </section>

      {demoAccounts.length > 0 && (
        <section className="demo-accounts" aria-label="Demo accounts">
          <h2>
            Demo accounts <span lang="zh">演示账号</span>
          </h2>
          <p>
            One password for all: the one printed where the server was started, or your{' '}
            <code>DEMO_PASSWORD</code>.{' '}
            <span lang="zh">密码相同：启动服务时打印的密码，或您设置的 DEMO_PASSWORD。</span>
          </p>
          <ul>
            {demoAccounts.map((account) => (
              <li key={account.email}>
                <button
                  type="button"
                  aria-pressed={account.email === email}
                  onClick={() => choose(account.email)}
                >
                  <strong>{account.name}</strong>
                  <span>{roleName(account.role)}</span>
                  <small>{account.email}</small>
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
    </main>
  );
}
