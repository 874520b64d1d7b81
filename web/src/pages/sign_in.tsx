// SPDX-License-Identifier: EUPL-1.2
// Sign-in of a demo: choose one of the invented officers. Other ways of signing in come through the same session.
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useDemoUsers } from '../api/queries';
import { signIn } from '../api/writes';
import { LanguageSwitch } from '../components/frame';
import { Loading, ProblemAlert } from '../components/problem';
import { useTexts } from '../i18n';

export function SignInPage() {
  const { t, of } = useTexts();
  const users = useDemoUsers();
  const queries = useQueryClient();
  const [error, setError] = useState<unknown>();
  const choose = async (user: string) => {
    try {
      await signIn(user);
      await queries.invalidateQueries();
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <>
      <header>
        <p className="flora-demo kern-body kern-body--small">{t('demo')}</p>
      </header>
      <main className="flora-main flora-sign-in" id="content">
        <LanguageSwitch />
        <p className="kern-preline">{of(users.data?.agency_title)}</p>
        <h1 className="kern-heading-large">{t('app')} FLORA</h1>
        <p className="kern-body">{t('signInHelp')}</p>
        {error !== undefined && <ProblemAlert error={error} />}
        {users.isPending && <Loading />}
        {users.error && <ProblemAlert error={users.error} retry={() => void users.refetch()} />}
        <ul className="flora-cards">
          {users.data?.users.map((user) => (
            <li key={user.user}>
              <button
                type="button"
                className="kern-btn kern-btn--secondary kern-btn--block"
                onClick={() => void choose(user.user)}
              >
                <span className="kern-icon kern-icon--account-circle" aria-hidden="true" />
                <span className="kern-label">
                  {user.display_name}, {of(user.role_title)}
                </span>
              </button>
            </li>
          ))}
        </ul>
      </main>
    </>
  );
}
