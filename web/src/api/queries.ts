// SPDX-License-Identifier: EUPL-1.2
// One hook per address that pages read. Everything under the key 'ledger' is fetched anew when the stream tells of a change.
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { ApiError, api, type Schemas, setCsrf, unwrap } from './client';

export const pageSize = 50;

export function useSession() {
  return useQuery({
    queryKey: ['session'],
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    queryFn: async (): Promise<Schemas['Session'] | null> => {
      try {
        const session = await unwrap(api.GET('/api/v1/session'));
        setCsrf(session.csrf);
        return session;
      } catch (error) {
        if (error instanceof ApiError && error.problem.status === 401) return null;
        throw error;
      }
    },
  });
}

export const useDemoUsers = () =>
  useQuery({
    queryKey: ['demo-users'],
    queryFn: () => unwrap(api.GET('/api/v1/demo/users')),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const usePackage = () =>
  useQuery({ queryKey: ['package'], queryFn: () => unwrap(api.GET('/api/v1/package')), staleTime: Number.POSITIVE_INFINITY });

export const useStatus = () =>
  useQuery({ queryKey: ['status'], queryFn: () => unwrap(api.GET('/api/v1/status')), refetchInterval: 10_000, retry: false });

export const useViewCounts = () => useQuery({ queryKey: ['ledger', 'views'], queryFn: () => unwrap(api.GET('/api/v1/views')) });

export interface ViewQuery {
  sort: string;
  search: string;
  filters: Record<string, string>;
}

export function useView(view: string, query: ViewQuery) {
  return useInfiniteQuery({
    queryKey: ['ledger', 'view', view, query],
    placeholderData: keepPreviousData,
    initialPageParam: '',
    queryFn: ({ pageParam }) => {
      const parameters: Record<string, string | number> = { limit: pageSize };
      if (query.sort) parameters.sort = query.sort;
      if (query.search) parameters.q = query.search;
      if (pageParam) parameters.cursor = pageParam;
      for (const [column, value] of Object.entries(query.filters)) if (value) parameters[`filter.${column}`] = value;
      return unwrap(api.GET('/api/v1/views/{view}', { params: { path: { view }, query: parameters as never } }));
    },
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

export const useCase = (id: string) =>
  useQuery({
    queryKey: ['ledger', 'case', id],
    queryFn: () => unwrap(api.GET('/api/v1/cases/{case}', { params: { path: { case: id } } })),
  });

export const useWhy = (id: string, of: { rule?: string; step?: string; fact?: string }, enabled: boolean) =>
  useQuery({
    queryKey: ['ledger', 'why', id, of],
    enabled,
    queryFn: () => unwrap(api.GET('/api/v1/cases/{case}/why', { params: { path: { case: id }, query: of } })),
  });

export const useGroup = (token: string | null | undefined) =>
  useQuery({
    queryKey: ['ledger', 'group', token],
    enabled: Boolean(token),
    queryFn: () => unwrap(api.GET('/api/v1/groups/{token}', { params: { path: { token: token ?? '' } } })),
  });

export function useInbox(level: string, state: string) {
  return useInfiniteQuery({
    queryKey: ['ledger', 'findings', level, state],
    placeholderData: keepPreviousData,
    initialPageParam: '',
    queryFn: ({ pageParam }) => {
      const query: Record<string, string | number> = { limit: pageSize };
      if (level) query.level = level;
      if (state) query.state = state;
      if (pageParam) query.cursor = pageParam;
      return unwrap(api.GET('/api/v1/findings', { params: { query: query as never } }));
    },
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

export function useNext() {
  return useInfiniteQuery({
    queryKey: ['ledger', 'next'],
    placeholderData: keepPreviousData,
    initialPageParam: '',
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET('/api/v1/next', {
          params: { query: (pageParam ? { limit: pageSize, cursor: pageParam } : { limit: pageSize }) as never },
        }),
      ),
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

export const useSearch = (text: string) =>
  useQuery({
    queryKey: ['ledger', 'search', text],
    enabled: text.length >= 2,
    placeholderData: keepPreviousData,
    queryFn: () => unwrap(api.GET('/api/v1/search', { params: { query: { q: text } as never } })),
  });
