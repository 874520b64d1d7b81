// SPDX-License-Identifier: EUPL-1.2
// What a person can do with a finding: ask why, acknowledge, justify, close. Justifying and closing need a reason.
import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import type { Schemas } from '../api/client';
import { actOnFindings, newKey } from '../api/writes';
import { useTexts } from '../i18n';
import { Dialog } from './dialog';
import { SelectField } from './field';
import { ProblemAlert } from './problem';
import { WhyDialog } from './why';

type Do = 'acknowledge' | 'justify' | 'close';
const reasons = ['agreed', 'urgent', 'technical', 'error', 'other'] as const;

const possible: Record<Schemas['Finding']['state'], Do[]> = {
  open: ['acknowledge', 'justify'],
  acknowledged: ['justify'],
  healed: ['close'],
  justified: ['close'],
  withdrawn: ['close'],
  closed: [],
};

export function FindingActions({ id, finding }: { id: string; finding: Schemas['Finding'] }) {
  const { t } = useTexts();
  const queries = useQueryClient();
  const [why, setWhy] = useState(false);
  const [asking, setAsking] = useState<Do>();
  const [reason, setReason] = useState('');
  const [error, setError] = useState<unknown>();
  const key = useRef(newKey());
  const label = { acknowledge: t('acknowledge'), justify: t('justify'), close: t('closeFinding') };

  const act = async (what: Do, code?: string) => {
    try {
      const { rule, step, fact } = finding;
      const answer = await actOnFindings(
        [{ case: id, finding: { rule, step, fact }, do: what, ...(code ? { reason: code } : {}) }],
        key.current,
      );
      const refused = answer.results[0]?.error;
      setError(refused ? new Error(refused.detail) : undefined);
      if (!refused) setAsking(undefined);
      key.current = newKey();
      await queries.invalidateQueries({ queryKey: ['ledger'] });
    } catch (problem) {
      setError(problem);
    }
  };

  return (
    <span className="flora-actions">
      <button type="button" className="kern-btn kern-btn--tertiary kern-btn--x-small" onClick={() => setWhy(true)}>
        <span className="kern-label">{t('why')}</span>
      </button>
      {possible[finding.state].map((what) => (
        <button
          key={what}
          type="button"
          className="kern-btn kern-btn--secondary kern-btn--x-small"
          onClick={() => (what === 'acknowledge' ? void act(what) : setAsking(what))}
        >
          <span className="kern-label">{label[what]}</span>
        </button>
      ))}
      {error !== undefined && !asking && <ProblemAlert error={error} />}
      {why && (
        <WhyDialog id={id} of={{ rule: finding.rule, step: finding.step, fact: finding.fact }} onClose={() => setWhy(false)} />
      )}
      {asking && (
        <Dialog title={label[asking]} onClose={() => setAsking(undefined)}>
          {error !== undefined && <ProblemAlert error={error} />}
          <SelectField
            label={t('reason')}
            value={reason}
            onChange={setReason}
            options={reasons.map((value) => ({ value, text: t(`reasons.${value}`) }))}
          />
          <div className="flora-buttons">
            <button
              type="button"
              className="kern-btn kern-btn--primary"
              disabled={!reason}
              onClick={() => void act(asking, reason)}
            >
              <span className="kern-label">{label[asking]}</span>
            </button>
          </div>
        </Dialog>
      )}
    </span>
  );
}
