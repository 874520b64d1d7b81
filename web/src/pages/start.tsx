// SPDX-License-Identifier: EUPL-1.2
// The start page: reading and writing area side by side, a count at every view.
import { Link } from 'wouter';
import type { Schemas } from '../api/client';
import { useViewCounts } from '../api/queries';
import { Loading, ProblemAlert } from '../components/problem';
import { useTexts } from '../i18n';
import { useProcess } from '../process';

export function StartPage() {
  const { t, of } = useTexts();
  const { definition } = useProcess();
  const views = useViewCounts();
  return (
    <>
      <h1 className="kern-heading-large">{of(definition.title)}</h1>
      {views.isPending && <Loading />}
      {views.error && <ProblemAlert error={views.error} retry={() => void views.refetch()} />}
      {views.data && (
        <div className="flora-areas">
          <Area title={t('reading')} views={views.data.views.filter((v) => v.kind === 'read')} />
          <Area title={t('writing')} views={views.data.views.filter((v) => v.kind === 'write')} />
        </div>
      )}
    </>
  );
}

function Area({ title, views }: { title: string; views: Schemas['ViewCounts']['views'] }) {
  const { t, of } = useTexts();
  return (
    <section className="kern-card flora-area" aria-label={title}>
      <div className="kern-card__container">
        <h2 className="kern-heading-medium">{title}</h2>
        <ul>
          {views.map((view) => (
            <li key={view.id}>
              <Link href={`/view/${view.id}`} className="kern-link kern-link--no-visited-state">
                {of(view.title)}
              </Link>
              <span className="flora-count kern-badge kern-badge--info">
                <span className="kern-label kern-label--small" aria-hidden="true">
                  {view.count}
                </span>
                <span className="flora-hidden">{t('cases', { count: view.count })}</span>
              </span>
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}
