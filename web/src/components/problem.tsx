// SPDX-License-Identifier: EUPL-1.2
// Errors say what happened, what is safe, what to do, and a reference number.
import { ApiError } from '../api/client';
import { useTexts } from '../i18n';

export function Loading() {
  const { t } = useTexts();
  return (
    <p className="kern-body flora-quiet" aria-live="polite">
      {t('loading')}
    </p>
  );
}

export function ProblemAlert({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useTexts();
  const problem = error instanceof ApiError ? error.problem : undefined;
  const reached = problem !== undefined && problem.status > 0;
  return (
    <div className="kern-alert kern-alert--danger" role="alert">
      <div className="kern-alert__header">
        <span className="kern-icon kern-icon--danger" aria-hidden="true" />
        <span className="kern-title">{reached ? problem.title : t('unreachable')}</span>
      </div>
      <div className="kern-alert__body">
        {problem?.detail && <p className="kern-body">{problem.detail}</p>}
        {problem?.safe && <p className="kern-body">{problem.safe}</p>}
        <p className="kern-body">{reached ? problem.todo : t('unreachableTodo')}</p>
        {problem?.trace && <p className="kern-body kern-body--small">{t('trace', { trace: problem.trace })}</p>}
        {retry && (
          <button type="button" className="kern-btn kern-btn--secondary" onClick={retry}>
            <span className="kern-label">{t('retry')}</span>
          </button>
        )}
      </div>
    </div>
  );
}
