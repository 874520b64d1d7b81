// SPDX-License-Identifier: EUPL-1.2
// Finds persons in the reader's own vault and shows where their cases stand.
import { useDeferredValue, useState } from 'react';
import { Link } from 'wouter';
import { useSearch } from '../api/queries';
import { PersonName } from '../components/cell';
import { TextField } from '../components/field';
import { LevelBadge } from '../components/level';
import { ProblemAlert } from '../components/problem';
import { formatDay } from '../format';
import { useTexts } from '../i18n';
import { useProcess } from '../process';

export function SearchPage() {
  const { t, language } = useTexts();
  const { step } = useProcess();
  const [text, setText] = useState('');
  const found = useSearch(useDeferredValue(text.trim()));
  return (
    <>
      <h1 className="kern-heading-large">{t('search')}</h1>
      <TextField label={t('searchFor')} type="search" filter value={text} onChange={setText} />
      {found.error && <ProblemAlert error={found.error} />}
      <p className="kern-body" aria-live="polite">
        {found.data && t('cases', { count: found.data.results.length })}
      </p>
      <ul className="flora-list">
        {found.data?.results.map((result) => (
          <li key={result.case}>
            <Link href={`/case/${result.case}`} className="kern-link kern-link--no-visited-state">
              <PersonName person={result.person} />
            </Link>
            <span className="kern-body">
              {result.person?.birth_date && formatDay(result.person.birth_date, language)} {result.person?.file_number}
            </span>
            <span className="kern-body">{step(result.status)}</span>
            <LevelBadge level={result.level} />
          </li>
        ))}
      </ul>
    </>
  );
}
