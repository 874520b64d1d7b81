// SPDX-License-Identifier: EUPL-1.2
// A labelled control with hint and error tied to it, and the control that a step's data field asks for.
import { type ReactNode, useId } from 'react';
import type { Schemas } from '../api/client';
import { useTexts } from '../i18n';
import { useProcess } from '../process';

interface Frame {
  label: string;
  optional?: boolean | undefined;
  /** A filter or search: neither required nor worth calling optional. */
  filter?: boolean | undefined;
  hint?: string | undefined;
  error?: string | undefined;
  children: (props: { id: string; 'aria-describedby'?: string; 'aria-invalid'?: true; 'aria-required'?: true }) => ReactNode;
}

export function FormField({ label, optional, filter, hint, error, children }: Frame) {
  const { t } = useTexts();
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  return (
    <div className={`kern-form-input ${error ? 'kern-form-input--error' : ''}`}>
      <label className="kern-label" htmlFor={id}>
        {label} {optional && <span className="kern-label__optional">{t('optional')}</span>}
      </label>
      {hint && (
        <div id={`${id}-hint`} className="kern-hint">
          {hint}
        </div>
      )}
      {children({
        id,
        ...(described ? { 'aria-describedby': described } : {}),
        ...(error ? { 'aria-invalid': true as const } : {}),
        ...(optional || filter ? {} : { 'aria-required': true as const }),
      })}
      {error && (
        <p id={`${id}-error`} className="kern-error">
          <span className="kern-icon kern-icon--danger kern-icon--small" aria-hidden="true" />
          <span className="kern-body">{error}</span>
        </p>
      )}
    </div>
  );
}

export function TextField(props: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  type?: string;
  optional?: boolean;
  filter?: boolean;
  hint?: string;
  error?: string | undefined;
}) {
  const { label, value, onChange, type = 'text', ...frame } = props;
  return (
    <FormField label={label} {...frame}>
      {(aria) => (
        <input
          {...aria}
          type={type}
          className={`kern-form-input__input ${props.error ? 'kern-form-input__input--error' : ''}`}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </FormField>
  );
}

export function SelectField(props: {
  label: string;
  value: string;
  options: { value: string; text: string }[];
  onChange: (value: string) => void;
  optional?: boolean;
  filter?: boolean;
  empty?: string;
  error?: string | undefined;
}) {
  const { t } = useTexts();
  const { label, value, options, onChange, empty, ...frame } = props;
  return (
    <FormField label={label} {...frame}>
      {(aria) => (
        <div className="kern-form-input__select-wrapper">
          <select
            {...aria}
            className={`kern-form-input__select ${props.error ? 'kern-form-input__select--error' : ''}`}
            value={value}
            onChange={(event) => onChange(event.target.value)}
          >
            <option value="">{empty ?? t('choose')}</option>
            {options.map((option) => (
              <option key={option.value} value={option.value}>
                {option.text}
              </option>
            ))}
          </select>
        </div>
      )}
    </FormField>
  );
}

/** The control for one data field of a step. Values are kept as the text of their control; `dataOf` turns them into JSON. */
export function DataField(props: {
  field: Schemas['Field'];
  value: string;
  onChange: (value: string) => void;
  error?: string | undefined;
}) {
  const { t, of } = useTexts();
  const { definition } = useProcess();
  const { field, value, onChange, error } = props;
  const common = { label: of(field.title), value, onChange, optional: !field.required, error };
  switch (field.type) {
    case 'code':
      return (
        <SelectField
          {...common}
          options={(definition.codes[field.list ?? ''] ?? []).map((c) => ({ value: c.id, text: of(c.title) }))}
        />
      );
    case 'boolean':
      return (
        <SelectField
          {...common}
          options={[
            { value: 'true', text: t('yes') },
            { value: 'false', text: t('no') },
          ]}
        />
      );
    case 'date':
      return <TextField {...common} type="date" />;
    case 'time':
      return <TextField {...common} type="time" />;
    case 'integer':
      return <TextField {...common} type="number" />;
    case 'token':
      return <TextField {...common} />;
  }
}

export function dataOf(fields: readonly Schemas['Field'][], values: Record<string, string>): Record<string, unknown> {
  const data: Record<string, unknown> = {};
  for (const field of fields) {
    const value = values[field.id]?.trim();
    if (!value) continue;
    data[field.id] = field.type === 'integer' ? Number(value) : field.type === 'boolean' ? value === 'true' : value;
  }
  return data;
}
