// SPDX-License-Identifier: EUPL-1.2
// The reason of anything computed: the rule's sentence, the facts, the legal basis.
import { useWhy } from '../api/queries';
import { formatInstant } from '../format';
import { useTexts } from '../i18n';
import { useProcess } from '../process';
import { Dialog } from './dialog';
import { LevelBadge } from './level';
import { Loading, ProblemAlert } from './problem';

export function WhyDialog(props: { id: string; of: { rule?: string; step?: string; fact?: string }; onClose: () => void }) {
  const { t, of, language } = useTexts();
  const { step, parties, party } = useProcess();
  const why = useWhy(props.id, props.of, true);
  return (
    <Dialog title={t('whyTitle')} onClose={props.onClose}>
      {why.isPending && <Loading />}
      {why.error && <ProblemAlert error={why.error} />}
      {why.data?.reasons.map((reason) => (
        <article key={`${reason.rule}-${reason.number}`} className="flora-why">
          <h3 className="kern-title">
            {t('rule')} {reason.number} <LevelBadge level={reason.level} />
          </h3>
          <p className="kern-body">{of(reason.sentence)}</p>
          {reason.missing.map((missing) => (
            <p key={missing.step} className="kern-body">
              {t('missing', { step: step(missing.step), by: parties(missing.by) })}
            </p>
          ))}
          {reason.facts.length > 0 && (
            <>
              <h4 className="kern-label">{t('facts')}</h4>
              <ul className="kern-list kern-list--bullet">
                {reason.facts.map((fact) => (
                  <li key={fact.fact} className="kern-body">
                    {step(fact.step)}: {formatInstant(fact.at, language)} ({fact.by ? party(fact.by) : t('byClock')})
                  </li>
                ))}
              </ul>
            </>
          )}
          <h4 className="kern-label">{t('basis')}</h4>
          <p className="kern-body">{of(reason.basis) || t('basisNone')}</p>
        </article>
      ))}
    </Dialog>
  );
}
