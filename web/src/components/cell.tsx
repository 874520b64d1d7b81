// SPDX-License-Identifier: EUPL-1.2
// One value of a row, shown as its column's kind asks.
import type { Schemas } from '../api/client';
import { formatDay, formatDue, formatInstant } from '../format';
import { useTexts } from '../i18n';
import { useProcess } from '../process';
import { LevelBadge } from './level';

type Column = Schemas['Column'];

export function useFieldText() {
  const { t, language } = useTexts();
  const { steps, code } = useProcess();
  return (step: string | undefined, field: string | undefined, value: unknown): string => {
    if (value === null || value === undefined) return '';
    const definition = steps.get(step ?? '')?.data.find((f) => f.id === field);
    if (definition?.type === 'code') return code(definition.list, String(value));
    if (definition?.type === 'date') return formatDay(String(value), language);
    if (definition?.type === 'boolean') return value ? t('yes') : t('no');
    return String(value);
  };
}

export function PersonName({ person }: { person: Schemas['Person'] | null | undefined }) {
  const { t } = useTexts();
  return person ? (
    <>
      {person.family_name}, {person.given_names}
    </>
  ) : (
    <em className="flora-quiet">{t('unknownPerson')}</em>
  );
}

export function Cell({ column, row }: { column: Column; row: Schemas['Row'] }) {
  const { t, language } = useTexts();
  const { step, parties } = useProcess();
  const fieldText = useFieldText();
  const value = row.cells[column.id];
  switch (column.kind) {
    case 'name':
      return <PersonName person={row.person} />;
    case 'birth_date':
      return row.person?.birth_date ? formatDay(row.person.birth_date, language) : null;
    case 'nationality':
      return row.person?.nationality ?? null;
    case 'file_number':
      return row.person?.file_number ?? null;
    case 'group':
      return row.person?.group ?? null;
    case 'level':
      return <LevelBadge level={row.level} />;
    case 'next':
      return row.cues.map((cue) => step(cue)).join(', ');
    case 'status':
      return step(value as string | null);
    case 'field':
      return fieldText(column.step, column.field, value);
    case 'at':
      return value ? formatInstant(String(value), language) : null;
    case 'due':
      return value ? formatDue(String(value), language) : null;
    case 'count':
      return value ? String(value) : null;
    case 'since':
      return value ? t('workdays', { count: (value as { workdays: number }).workdays }) : null;
    case 'missing':
      return ((value ?? []) as Schemas['Missing'][])
        .map((m) => t('missing', { step: step(m.step), by: parties(m.by) }))
        .join('; ');
  }
}
