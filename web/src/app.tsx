// SPDX-License-Identifier: EUPL-1.2
// Who is signed in decides what there is: the sign-in page, or the frame with one page in it.
import { Route, Switch } from 'wouter';
import { usePackage, useSession } from './api/queries';
import { Frame } from './components/frame';
import { Loading, ProblemAlert } from './components/problem';
import { useTexts } from './i18n';
import { CasePage } from './pages/case';
import { InboxPage } from './pages/inbox';
import { NextPage } from './pages/next';
import { SearchPage } from './pages/search';
import { SignInPage } from './pages/sign_in';
import { StartPage } from './pages/start';
import { ViewPage } from './pages/view';
import { ProcessProvider } from './process';

export function App() {
  const session = useSession();
  if (session.isPending) return <Loading />;
  if (session.error) return <ProblemAlert error={session.error} retry={() => void session.refetch()} />;
  if (session.data === null) return <SignInPage />;
  return <SignedIn />;
}

function SignedIn() {
  const session = useSession().data;
  const definition = usePackage();
  if (definition.error) return <ProblemAlert error={definition.error} retry={() => void definition.refetch()} />;
  if (!definition.data || !session) return <Loading />;
  return (
    <ProcessProvider definition={definition.data} session={session}>
      <Frame>
        <Switch>
          <Route path="/" component={StartPage} />
          <Route path="/view/:view">{({ view }) => <ViewPage key={view} view={view} />}</Route>
          <Route path="/case/:id">{({ id }) => <CasePage key={id} id={id} />}</Route>
          <Route path="/next" component={NextPage} />
          <Route path="/inbox" component={InboxPage} />
          <Route path="/search" component={SearchPage} />
          <Route component={NotFound} />
        </Switch>
      </Frame>
    </ProcessProvider>
  );
}

function NotFound() {
  const { t } = useTexts();
  return <h1 className="kern-heading-large">{t('notFound')}</h1>;
}
