// SPDX-License-Identifier: EUPL-1.2
// Hints, attention and critical errors that reach the reader: grave ones first, each with its reason and what can be done.
import { useState } from 'react';
import { Link } from 'wouter';
import { useInbox } from '../api/queries';
import { PersonName } from '../components/cell';
import { SelectField } from '../components/field';
import { FindingActions } from '../components/finding_actions';
import { LevelBadge } from '../components/level';
import { Loading, ProblemAlert } from '../components/problem';
import { formatInstant } from '../format';
import { useTexts } from '../i18n';
import { useProcess } from '../process';

const levels = ['critical', 'attention', 'hint'] as const;
const states = ['open', 'acknowledged', 'justified', 'healed', 'withdrawn', 'closed'] as const;

export function InboxPage() {
  const { t, language } = useTexts();
  const { rule, sentence } = useProcess();
  const [level, setLevel] = useState('');
  const [state, setState] = useState('open');
  const list = useInbox(level, state);
  const findings = list.data?.pages.flatMap((page) => page.findings) ?? [];
  const counts = list.data?.pages[0]?.counts;
  return (
    <>
      <h1 className="kern-heading-large">{t('inbox')}</h1>
      {counts && (
        <p className="flora-counts">
          {levels.map((name) => (
            <span key={name}>
              <LevelBadge level={name} /> {counts[name]}
            </span>
          ))}
        </p>
      )}
      <div className="flora-tools">
        <SelectField
          label={t('column.level')}
          value={level}
          onChange={setLevel}
          empty={t('all')}
          filter
          options={levels.map((value) => ({ value, text: t(`level.${value}`) }))}
        />
        <SelectField
          label={t('column.status')}
          value={state}
          onChange={setState}
          empty={t('all')}
          filter
          options={states.map((value) => ({ value, text: t(`state.${value}`) }))}
        />
      </div>
      {list.isPending && <Loading />}
      {list.error && <ProblemAlert error={list.error} retry={() => void list.refetch()} />}
      {list.data && findings.length === 0 && <p className="kern-body flora-quiet">{t('nothing')}</p>}
      {findings.length > 0 && (
        <ul className="flora-list flora-list--findings">
          {findings.map(({ case: id, person, finding }) => (
            <li key={`${id}-${finding.rule}-${finding.step}-${finding.fact}`}>
              <span>
                <LevelBadge level={finding.level} /> <strong>{rule(finding.rule)}</strong>
              </span>
              <span className="kern-body">
                <Link href={`/case/${id}`} className="kern-link kern-link--no-visited-state">
                  <PersonName person={person} />
                </Link>
                <br />
                {sentence(finding.rule)}
              </span>
              <span className="kern-body kern-body--small">
                {t(`state.${finding.state}`)}, {formatInstant(finding.opened, language)}
              </span>
              <FindingActions id={id} finding={finding} />
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
