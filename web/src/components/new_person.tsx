// SPDX-License-Identifier: EUPL-1.2
// Takes a person from the reader's own system into the reader's own vault; the ledger only ever sees the pseudonym.
import { useRef, useState } from 'react';
import type { Schemas } from '../api/client';
import { keepPersons, newKey } from '../api/writes';
import { useTexts } from '../i18n';
import { useProcess } from '../process';
import type { Subject } from './consequences';
import { Dialog } from './dialog';
import { TextField } from './field';
import { ProblemAlert } from './problem';

type Draft = Schemas['PersonsRequest']['persons'][number];

export function NewPersonDialog({ onClose }: { onClose: (subject?: Subject) => void }) {
  const { t } = useTexts();
  const { definition, session } = useProcess();
  const [draft, setDraft] = useState<Record<string, string>>({});
  const [checked, setChecked] = useState(false);
  const [error, setError] = useState<unknown>();
  const key = useRef(newKey());
  const text = (name: keyof Draft, label: string, options: { type?: string; optional?: boolean } = {}) => (
    <TextField
      label={label}
      value={draft[name] ?? ''}
      onChange={(value) => setDraft((old) => ({ ...old, [name]: value }))}
      error={checked && !options.optional && !draft[name] ? t('required') : undefined}
      {...options}
    />
  );
  const keep = async () => {
    setChecked(true);
    if (!draft.family_name || !draft.given_names) return;
    const person = Object.fromEntries(Object.entries(draft).filter(([, value]) => value !== '')) as unknown as Draft;
    try {
      const others = definition.agencies.map((a) => a.id).filter((id) => id !== session.agency);
      const answer = await keepPersons([person], others, key.current);
      onClose({ case: answer.persons[0]?.case, person: { ...person } as Schemas['Person'] });
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <Dialog title={t('newPerson')} onClose={() => onClose()}>
      {error !== undefined && <ProblemAlert error={error} />}
      <form
        className="flora-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void keep();
        }}
      >
        {text('family_name', t('familyName'))}
        {text('given_names', t('givenNames'))}
        {text('birth_date', t('birthDate'), { type: 'date', optional: true })}
        {text('nationality', t('nationality'), { optional: true })}
        {text('file_number', t('fileNumber'), { optional: true })}
        {text('group', t('group'), { optional: true })}
        <div className="flora-buttons">
          <button type="submit" className="kern-btn kern-btn--primary">
            <span className="kern-label">{t('record')}</span>
          </button>
        </div>
      </form>
    </Dialog>
  );
}
