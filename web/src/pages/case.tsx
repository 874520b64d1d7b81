// SPDX-License-Identifier: EUPL-1.2
// One case on one page: who, where it stands, what comes next and why, what deviated, and the whole course with receipts.
import { type ReactNode, useState } from 'react';
import { Link } from 'wouter';
import type { Schemas } from '../api/client';
import { useCase, useGroup } from '../api/queries';
import { PersonName, useFieldText } from '../components/cell';
import { FindingActions } from '../components/finding_actions';
import { LevelBadge } from '../components/level';
import { Loading, ProblemAlert } from '../components/problem';
import { ReceiptLink, RecordDialog } from '../components/record';
import { WhyDialog } from '../components/why';
import { formatDay, formatDue, formatInstant } from '../format';
import { useTexts } from '../i18n';
import { useProcess } from '../process';

export function CasePage({ id }: { id: string }) {
  const found = useCase(id);
  if (found.isPending) return <Loading />;
  if (found.error) return <ProblemAlert error={found.error} retry={() => void found.refetch()} />;
  return <Detail detail={found.data} />;
}

function Detail({ detail }: { detail: Schemas['CaseDetail'] }) {
  const { t, language } = useTexts();
  const { person } = detail;
  const over = ['healed', 'withdrawn', 'closed'];
  return (
    <>
      <p className="kern-preline">{t('case')}</p>
      <h1 className="kern-heading-large">
        <PersonName person={person} />
      </h1>
      <p className="flora-facts kern-body">
        {person?.birth_date && <span>{formatDay(person.birth_date, language)}</span>}
        {person?.nationality && <span>{person.nationality}</span>}
        {person?.file_number && <span>{person.file_number}</span>}
        <span>{t(detail.cancelled ? 'cancelled' : detail.finished ? 'finished' : 'running')}</span>
        <LevelBadge level={detail.level} />
      </p>
      <div className="flora-areas">
        <Section title={t('cues')}>
          <Next detail={detail} />
        </Section>
        <Section title={t('findings')}>
          <Findings detail={detail} findings={detail.findings.filter((f) => !over.includes(f.state))} />
        </Section>
      </div>
      <Section title={t('timeline')}>
        <Timeline detail={detail} />
      </Section>
      <div className="flora-areas">
        <Section title={t('duties')}>
          <Duties detail={detail} />
        </Section>
        {person?.group && <Family token={person.group} self={detail.case} />}
      </div>
      {detail.findings.some((f) => over.includes(f.state)) && (
        <Section title={t('over')}>
          <Findings detail={detail} findings={detail.findings.filter((f) => over.includes(f.state))} />
        </Section>
      )}
      <p className="kern-body kern-body--small flora-quiet">
        {t('pseudonym')}: <code>{detail.case}</code>
      </p>
    </>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="flora-section" aria-label={title}>
      <h2 className="kern-heading-medium">{title}</h2>
      {children}
    </section>
  );
}

function Next({ detail }: { detail: Schemas['CaseDetail'] }) {
  const { t, of } = useTexts();
  const { step, steps, party, parties } = useProcess();
  const [recording, setRecording] = useState<string>();
  const [why, setWhy] = useState<string>();
  const recorded = steps.get(recording ?? '');
  const cues = Object.entries(detail.cues).flatMap(([agency, owed]) => owed.map((s) => ({ agency, step: s })));
  return (
    <>
      <ul className="flora-list">
        {cues.map((cue) => (
          <li key={`${cue.agency}-${cue.step}`}>
            <span className="kern-body">
              <strong>{step(cue.step)}</strong> ({party(cue.agency)})
            </span>
            <button type="button" className="kern-btn kern-btn--tertiary kern-btn--x-small" onClick={() => setWhy(cue.step)}>
              <span className="kern-label">{t('why')}</span>
            </button>
          </li>
        ))}
        {detail.blocked.map((blocked) => (
          <li key={blocked.step}>
            <span className="kern-body">
              {step(blocked.step)}: {t('blocked')},{' '}
              {blocked.missing.map((m) => t('missing', { step: step(m.step), by: parties(m.by) })).join('; ')}
            </span>
          </li>
        ))}
      </ul>
      {cues.length === 0 && detail.blocked.length === 0 && <p className="kern-body flora-quiet">{t('nothing')}</p>}
      <div className="flora-buttons">
        {detail.offers
          .filter((offer) => steps.get(offer.step)?.via === 'form' || offer.cue)
          .map((offer) => (
            <button
              key={offer.step}
              type="button"
              className={`kern-btn ${offer.cue ? 'kern-btn--primary' : 'kern-btn--secondary'}`}
              onClick={() => setRecording(offer.step)}
            >
              <span className="kern-label">{of(steps.get(offer.step)?.title)}</span>
            </button>
          ))}
      </div>
      {recorded && (
        <RecordDialog
          step={recorded}
          subjects={[{ case: detail.case, person: detail.person }]}
          onClose={() => setRecording(undefined)}
        />
      )}
      {why && <WhyDialog id={detail.case} of={{ step: why }} onClose={() => setWhy(undefined)} />}
    </>
  );
}

function Findings({ detail, findings }: { detail: Schemas['CaseDetail']; findings: Schemas['CaseFinding'][] }) {
  const { t, language } = useTexts();
  const { rule, sentence, parties } = useProcess();
  if (findings.length === 0) return <p className="kern-body flora-quiet">{t('nothing')}</p>;
  return (
    <ul className="flora-list flora-list--findings">
      {findings.map((finding) => (
        <li key={`${finding.rule}-${finding.step}-${finding.fact}`}>
          <span>
            <LevelBadge level={finding.level} /> <strong>{rule(finding.rule)}</strong>
          </span>
          <span className="kern-body">
            {sentence(finding.rule)}
            <br />
            <small>
              {parties(finding.to)} · {t(`state.${finding.state}`)}
              {finding.stage && ` · ${t(`stage.${finding.stage}`)}`} · {formatInstant(finding.opened, language)}
            </small>
          </span>
          <FindingActions id={detail.case} finding={finding} />
        </li>
      ))}
    </ul>
  );
}

function Timeline({ detail }: { detail: Schemas['CaseDetail'] }) {
  const { t, of, language } = useTexts();
  const { step, steps, party } = useProcess();
  const fieldText = useFieldText();
  const data = (fact: Schemas['Fact']) =>
    Object.entries(fact.data).map(([field, value]) => {
      const title = of(steps.get(fact.step)?.data.find((f) => f.id === field)?.title);
      return `${title}: ${fieldText(fact.step, field, value)}`;
    });
  return (
    <div className="kern-table-responsive">
      <table className="kern-table kern-table--small flora-table">
        <caption className="flora-hidden">{t('timeline')}</caption>
        <thead className="kern-table__header">
          <tr className="kern-table__row">
            {[t('happened'), t('column.status'), t('by'), t('entered'), t('receipt')].map((title) => (
              <th key={title} scope="col" className="kern-table__header">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="kern-table__body">
          {detail.facts.map((fact) => (
            <tr key={fact.fact} className={`kern-table__row ${fact.struck ? 'flora-struck' : ''}`}>
              <td className="kern-table__cell" data-title={t('happened')}>
                {formatInstant(fact.at, language)}
              </td>
              <td className="kern-table__cell" data-title={t('column.status')}>
                <strong>{step(fact.step)}</strong>
                {data(fact).map((line) => (
                  <span key={line} className="flora-line">
                    {line}
                  </span>
                ))}
              </td>
              <td className="kern-table__cell" data-title={t('by')}>
                {fact.by ? party(fact.by) : t('byClock')}
              </td>
              <td className="kern-table__cell" data-title={t('entered')}>
                {formatInstant(fact.entered, language)}
              </td>
              <td className="kern-table__cell" data-title={t('receipt')}>
                {fact.receipt && <ReceiptLink id={fact.receipt} />}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Duties({ detail }: { detail: Schemas['CaseDetail'] }) {
  const { t, language } = useTexts();
  const { step, parties, rule } = useProcess();
  if (detail.duties.length === 0) return <p className="kern-body flora-quiet">{t('nothing')}</p>;
  return (
    <ul className="flora-list">
      {detail.duties.map((duty) => (
        <li key={`${duty.rule}-${duty.step}`}>
          <span className="kern-body">
            {duty.by.length > 0 && `${parties(duty.by)} ${t('owes')} `}
            <strong>{step(duty.step)}</strong> ({rule(duty.rule)}){duty.by.length === 0 && ` ${t('byClock')}`}
          </span>
          <span className={`kern-body ${duty.overdue ? 'flora-overdue' : ''}`}>
            {duty.due ? `${t(duty.overdue ? 'overdue' : 'due')} ${formatDue(duty.due, language)}` : t('noDue')}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Family({ token, self }: { token: string; self: string }) {
  const { t } = useTexts();
  const { step } = useProcess();
  const group = useGroup(token);
  const others = group.data?.cases.filter((c) => c.case !== self) ?? [];
  return (
    <Section title={t('family')}>
      <ul className="flora-list">
        {others.map((other) => (
          <li key={other.case}>
            <Link href={`/case/${other.case}`} className="kern-link kern-link--no-visited-state">
              <PersonName person={other.person} />
            </Link>
            <span className="kern-body">{step(other.status)}</span>
            <LevelBadge level={other.level} />
          </li>
        ))}
      </ul>
    </Section>
  );
}
