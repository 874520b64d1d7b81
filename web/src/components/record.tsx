// SPDX-License-Identifier: EUPL-1.2
// Recording a step for one case or many: fill in, see what it will cause and at whom, confirm, take the receipt.
import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import type { Schemas } from '../api/client';
import { type NewFact, newKey, previewFacts, recordFacts } from '../api/writes';
import { berlinInstant } from '../format';
import { useTexts } from '../i18n';
import { Consequences, type Subject } from './consequences';
import { Dialog } from './dialog';
import { DataField, dataOf, TextField } from './field';
import { Loading, ProblemAlert } from './problem';

type Stage =
  | { at: 'form' }
  | { at: 'working' }
  | { at: 'preview'; facts: NewFact[]; answer: Schemas['WriteAnswer'] }
  | { at: 'done'; answer: Schemas['WriteAnswer'] };

export function RecordDialog(props: { step: Schemas['Step']; subjects: Subject[]; onClose: (recorded: boolean) => void }) {
  const { t, of } = useTexts();
  const { step, subjects } = props;
  const queries = useQueryClient();
  const [values, setValues] = useState<Record<string, string>>({});
  const [at, setAt] = useState('');
  const [checked, setChecked] = useState(false);
  const [stage, setStage] = useState<Stage>({ at: 'form' });
  const [error, setError] = useState<unknown>();
  const key = useRef(newKey());
  const lacking = step.data.filter((field) => field.required && !values[field.id]);

  const preview = async () => {
    setChecked(true);
    if (lacking.length > 0) return;
    const data = dataOf(step.data, values);
    const facts = subjects.map(
      (s): NewFact => ({
        ...(s.case ? { case: s.case } : { new_case: true }),
        step: step.id,
        data,
        ...(at ? { at: berlinInstant(at) } : {}),
      }),
    );
    setStage({ at: 'working' });
    setError(undefined);
    try {
      setStage({ at: 'preview', facts, answer: await previewFacts(facts) });
    } catch (problem) {
      setError(problem);
      setStage({ at: 'form' });
    }
  };
  const confirm = async (facts: NewFact[], shown: Stage) => {
    setStage({ at: 'working' });
    setError(undefined);
    try {
      const answer = await recordFacts(facts, key.current);
      setStage({ at: 'done', answer });
      await queries.invalidateQueries({ queryKey: ['ledger'] });
    } catch (problem) {
      setError(problem);
      setStage(shown);
    }
  };

  return (
    <Dialog title={t('recordStep', { step: of(step.title) })} onClose={() => props.onClose(stage.at === 'done')}>
      {error !== undefined && <ProblemAlert error={error} />}
      {stage.at === 'working' && <Loading />}
      {stage.at === 'form' && (
        <form
          className="flora-form"
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            void preview();
          }}
        >
          <p className="kern-body">{t('selected', { count: subjects.length })}</p>
          {step.data.map((field) => (
            <DataField
              key={field.id}
              field={field}
              value={values[field.id] ?? ''}
              onChange={(value) => setValues((old) => ({ ...old, [field.id]: value }))}
              error={checked && lacking.includes(field) ? t('required') : undefined}
            />
          ))}
          <TextField label={t('at')} hint={t('atHelp')} type="datetime-local" optional value={at} onChange={setAt} />
          <div className="flora-buttons">
            <button type="submit" className="kern-btn kern-btn--primary">
              <span className="kern-label">{t('preview')}</span>
            </button>
          </div>
        </form>
      )}
      {stage.at === 'preview' && (
        <>
          <h3 className="kern-heading-small">{t('previewTitle')}</h3>
          <Consequences answer={stage.answer} subjects={subjects} />
          <div className="flora-buttons">
            <button type="button" className="kern-btn kern-btn--secondary" onClick={() => setStage({ at: 'form' })}>
              <span className="kern-label">{t('back')}</span>
            </button>
            <button
              type="button"
              className="kern-btn kern-btn--primary"
              disabled={stage.answer.accepted === 0}
              onClick={() => void confirm(stage.facts, stage)}
            >
              <span className="kern-label">{t('confirm_count', { count: stage.answer.accepted })}</span>
            </button>
          </div>
        </>
      )}
      {stage.at === 'done' && <Done answer={stage.answer} subjects={subjects} onClose={() => props.onClose(true)} />}
    </Dialog>
  );
}

function Done(props: { answer: Schemas['WriteAnswer']; subjects: Subject[]; onClose: () => void }) {
  const { t } = useTexts();
  const { answer, subjects } = props;
  return (
    <>
      <div className="kern-alert kern-alert--success" role="status">
        <div className="kern-alert__header">
          <span className="kern-icon kern-icon--success" aria-hidden="true" />
          <span className="kern-title">{t('done', { count: answer.accepted })}</span>
        </div>
        {answer.refused > 0 && (
          <div className="kern-alert__body">
            <p className="kern-body">{t('refused', { count: answer.refused })}</p>
          </div>
        )}
      </div>
      <Consequences answer={answer} subjects={subjects} />
      {answer.acknowledgement && <ReceiptLink id={answer.acknowledgement.receipt} help />}
      <div className="flora-buttons">
        <button type="button" className="kern-btn kern-btn--primary" onClick={props.onClose}>
          <span className="kern-label">{t('close')}</span>
        </button>
      </div>
    </>
  );
}

export function ReceiptLink({ id, help }: { id: string; help?: boolean }) {
  const { t } = useTexts();
  return (
    <>
      <a
        className="kern-link kern-link--no-visited-state"
        href={`/api/v1/receipts/${id}`}
        download={`${id.slice(0, 12)}.receipt`}
      >
        <span className="kern-icon kern-icon--download kern-icon--small" aria-hidden="true" />
        {help ? t('receiptDownload') : t('receipt')}
      </a>
      {help && <p className="kern-body kern-body--small">{t('receiptHelp')}</p>}
    </>
  );
}
