// SPDX-License-Identifier: EUPL-1.2
// What a write causes (preview) or caused: per case the findings with level and recipients, what heals, what comes next.
import type { Schemas } from '../api/client';
import { useTexts } from '../i18n';
import { useProcess } from '../process';
import { PersonName } from './cell';
import { LevelBadge } from './level';

export interface Subject {
  case?: string | undefined;
  person?: Schemas['Person'] | null | undefined;
}

export function Consequences({ answer, subjects }: { answer: Schemas['WriteAnswer']; subjects: Subject[] }) {
  const { t } = useTexts();
  return (
    <ul className="flora-consequences">
      {answer.results.map((result) => (
        <li key={result.n}>
          <h3 className="kern-title kern-title--small">
            <PersonName person={subjects[result.n - 1]?.person} />
          </h3>
          {result.outcome === 'refused' ? (
            <p className="kern-body">
              <LevelBadge level="refuse" /> {t('previewRefused')}: {result.error?.detail ?? result.error?.name}
            </p>
          ) : (
            <Caused result={result} />
          )}
        </li>
      ))}
    </ul>
  );
}

function Caused({ result }: { result: Schemas['WriteResult'] }) {
  const { t } = useTexts();
  const { rule, sentence, step, party, parties } = useProcess();
  const findings = result.findings ?? [];
  const opened = findings.filter((f) => f.change === 'opened' || f.change === 'escalated');
  const healed = findings.filter((f) => f.change === 'healed' || f.change === 'withdrawn');
  const cues = Object.entries(result.cues ?? {}).filter(([, steps]) => steps.length > 0);
  return (
    <>
      {opened.length === 0 && <p className="kern-body">{t('previewNone')}</p>}
      {opened.map((f) => (
        <p key={`${f.rule}-${f.fact}`} className="kern-body">
          <LevelBadge level={f.level} /> <strong>{rule(f.rule)}</strong>{' '}
          {t('previewFinding', { level: '', to: parties(f.to) }).trim()}. {sentence(f.rule)}
        </p>
      ))}
      {healed.map((f) => (
        <p key={`${f.rule}-${f.fact}`} className="kern-body">
          <span className="kern-icon kern-icon--success kern-icon--small" aria-hidden="true" />{' '}
          {t('previewHeals', { rule: rule(f.rule) })}
        </p>
      ))}
      {cues.length > 0 && (
        <p className="kern-body kern-body--small">
          {t('previewCues')} {cues.map(([agency, steps]) => `${party(agency)}: ${steps.map(step).join(', ')}`).join(' · ')}
        </p>
      )}
    </>
  );
}
