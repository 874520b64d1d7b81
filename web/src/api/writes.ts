// SPDX-License-Identifier: EUPL-1.2
// What officers send. Each intended change has one idempotency key, also when it is sent again.
import { api, type Schemas, unwrap } from './client';

export type NewFact = Schemas['FactsRequest']['facts'][number];
export type Act = Schemas['ActsRequest']['acts'][number];

export const newKey = () => crypto.randomUUID();

export const previewFacts = (facts: NewFact[]) =>
  unwrap(
    api.POST('/api/v1/facts', { params: { query: { preview: true }, header: { 'Idempotency-Key': newKey() } }, body: { facts } }),
  );

export const recordFacts = (facts: NewFact[], key: string) =>
  unwrap(api.POST('/api/v1/facts', { params: { header: { 'Idempotency-Key': key } }, body: { facts } }));

export const actOnFindings = (acts: Act[], key: string) =>
  unwrap(api.POST('/api/v1/findings/acts', { params: { header: { 'Idempotency-Key': key } }, body: { acts } }));

export const keepPersons = (persons: Schemas['PersonsRequest']['persons'], share: string[], key: string) =>
  unwrap(api.POST('/api/v1/persons', { params: { header: { 'Idempotency-Key': key } as never }, body: { persons, share } }));

export const signIn = (user: string) => unwrap(api.POST('/api/v1/session', { body: { user } }));
export const signOut = () => unwrap(api.DELETE('/api/v1/session') as never);
