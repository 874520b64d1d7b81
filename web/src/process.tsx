// SPDX-License-Identifier: EUPL-1.2
// The package in force as pages use it: names of steps, rules, agencies and codes in the reader's language.
import { createContext, type ReactNode, useContext, useMemo } from 'react';
import type { Schemas } from './api/client';
import { useTexts } from './i18n';

interface Value {
  definition: Schemas['Package'];
  session: Schemas['Session'];
  steps: Map<string, Schemas['Step']>;
  rules: Map<string, Schemas['Rule']>;
  views: Map<string, Schemas['View']>;
}

const Context = createContext<Value | null>(null);

export function ProcessProvider(props: { definition: Schemas['Package']; session: Schemas['Session']; children: ReactNode }) {
  const { definition, session } = props;
  const value = useMemo<Value>(
    () => ({
      definition,
      session,
      steps: new Map(definition.steps.map((s) => [s.id, s])),
      rules: new Map(definition.rules.map((r) => [r.id, r])),
      views: new Map(definition.views.map((v) => [v.id, v])),
    }),
    [definition, session],
  );
  return <Context.Provider value={value}>{props.children}</Context.Provider>;
}

export function useProcess() {
  const value = useContext(Context);
  if (!value) throw new Error('useProcess outside of ProcessProvider');
  const { of } = useTexts();
  const { definition } = value;
  const party = (id: string): string => {
    const agency = definition.agencies.find((a) => a.id === id);
    if (agency) return of(agency.short) || of(agency.title);
    const role = definition.roles.find((r) => r.id === id);
    if (!role) return id;
    const of_agency = definition.agencies.find((a) => a.id === role.agency);
    return `${of_agency ? of(of_agency.short) : ''} ${of(role.title)}`.trim();
  };
  return {
    ...value,
    /** "ID check done" for a step's id. */
    step: (id: string | null | undefined): string => (id ? of(value.steps.get(id)?.title) || id : ''),
    /** "K1" for a rule's id; rules that come with every step (once, closed, late) are named by their step. */
    rule: (id: string): string => value.rules.get(id)?.number ?? id.split(':')[0] ?? id,
    sentence: (id: string): string => of(value.rules.get(id)?.sentence),
    party,
    parties: (ids: readonly string[]): string => ids.map(party).join(', '),
    code: (list: string | undefined, id: string): string =>
      of(definition.codes[list ?? '']?.find((code) => code.id === id)?.title) || id,
  };
}
