// SPDX-License-Identifier: EUPL-1.2
// Weiter: what the reader's agency owes and nothing obstructs, the most urgent first.
import { Link } from 'wouter';
import { useNext } from '../api/queries';
import { PersonName } from '../components/cell';
import { Loading, ProblemAlert } from '../components/problem';
import { formatDue } from '../format';
import { useTexts } from '../i18n';
import { useProcess } from '../process';

export function NextPage() {
  const { t, language } = useTexts();
  const { step } = useProcess();
  const list = useNext();
  const steps = list.data?.pages.flatMap((page) => page.steps) ?? [];
  return (
    <>
      <h1 className="kern-heading-large">{t('next')}</h1>
      {list.isPending && <Loading />}
      {list.error && <ProblemAlert error={list.error} retry={() => void list.refetch()} />}
      {list.data && <p className="kern-body">{t('shownOf', { shown: steps.length, total: list.data.pages[0]?.total ?? 0 })}</p>}
      {list.data && steps.length === 0 && <p className="kern-body flora-quiet">{t('nothing')}</p>}
      {steps.length > 0 && (
        <ul className="flora-list">
          {steps.map((entry) => (
            <li key={`${entry.case}-${entry.step}`}>
              <Link href={`/case/${entry.case}`} className="kern-link kern-link--no-visited-state">
                <PersonName person={entry.person} />
              </Link>
              <span className="kern-body">
                {entry.write_view ? (
                  <Link href={`/view/${entry.write_view}`} className="kern-link kern-link--no-visited-state">
                    {step(entry.step)}
                  </Link>
                ) : (
                  step(entry.step)
                )}
              </span>
              <span className={`kern-body ${entry.overdue ? 'flora-overdue' : ''}`}>
                {entry.overdue && <span className="kern-icon kern-icon--warning kern-icon--small" aria-hidden="true" />}
                {entry.due ? `${t(entry.overdue ? 'overdue' : 'due')} ${formatDue(entry.due, language)}` : t('noDue')}
              </span>
            </li>
          ))}
        </ul>
      )}
      {list.hasNextPage && (
        <button type="button" className="kern-btn kern-btn--secondary" onClick={() => void list.fetchNextPage()}>
          <span className="kern-label">{t('more')}</span>
        </button>
      )}
    </>
  );
}
