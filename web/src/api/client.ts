// SPDX-License-Identifier: EUPL-1.2
// The typed client of the node's API. Types come from the OpenAPI document (npm run api); nothing is written by hand here.
import createClient from 'openapi-fetch';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];
export type Problem = Schemas['Problem'];

/** A request that failed: what the node said (RFC 9457), or that it could not be reached. */
export class ApiError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.problem = problem;
  }
}

const unreachable: Problem = {
  type: 'about:blank',
  title: 'unreachable',
  status: 0,
  code: 0,
  name: 'unreachable',
  safe: '',
  todo: '',
  trace: '',
};

let csrf = '';
/** The token that writes of this session carry. */
export function setCsrf(token: string) {
  csrf = token;
}

export const api = createClient<paths>({ baseUrl: '', credentials: 'same-origin' });
api.use({
  onRequest({ request }) {
    if (request.method !== 'GET' && csrf) request.headers.set('X-CSRF-Token', csrf);
    return request;
  },
});

/** The data of an answer, or an ApiError. */
export async function unwrap<T>(answer: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  let result: Awaited<typeof answer>;
  try {
    result = await answer;
  } catch {
    throw new ApiError(unreachable);
  }
  if (result.error !== undefined || !result.response.ok) {
    const problem = result.error as Problem | undefined;
    throw new ApiError(problem?.name ? problem : { ...unreachable, status: result.response.status });
  }
  return result.data as T;
}
