// SPDX-License-Identifier: EUPL-1.2
// Server-sent events: what changed for the reader. Pages are refreshed, new findings and cues are announced.
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { Schemas } from './client';

export type Change = Schemas['StreamEvent'];
export type Connection = 'connecting' | 'live' | 'lost';

/** Keeps one stream open while somebody is signed in. Bursts of changes cause one refresh every 300 ms. */
export function useStream(active: boolean, onChange: (change: Change) => void): Connection {
  const client = useQueryClient();
  const [connection, setConnection] = useState<Connection>('connecting');
  const handler = useRef(onChange);
  handler.current = onChange;

  useEffect(() => {
    if (!active) return;
    const source = new EventSource('/api/v1/stream');
    let timer: ReturnType<typeof setTimeout> | undefined;
    const refresh = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        void client.invalidateQueries({ queryKey: ['ledger'] });
        void client.invalidateQueries({ queryKey: ['status'] });
      }, 300);
    };
    source.addEventListener('open', () => setConnection('live'));
    source.addEventListener('error', () => setConnection(source.readyState === EventSource.CLOSED ? 'lost' : 'connecting'));
    source.addEventListener('hello', () => setConnection('live'));
    source.addEventListener('reset', refresh);
    source.addEventListener('change', (event) => {
      refresh();
      handler.current(JSON.parse((event as MessageEvent<string>).data) as Change);
    });
    return () => {
      source.close();
      clearTimeout(timer);
    };
  }, [active, client]);
  return connection;
}
