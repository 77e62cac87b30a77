import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { API_BASE } from '../api/csrf.ts';
import { sessionQuery } from '../api/session.ts';

export interface Live {
  readonly state: 'connecting' | 'live' | 'lost';
  /** The last time that something came; null: nothing has. */
  readonly since: Date | null;
}

export interface LiveOptions {
  /** Names of the server-sent events that are wanted; `message` is the one without a name. */
  readonly events?: readonly string[];
  /** Takes the data, read as JSON. */
  readonly onEvent: (data: unknown, event: string) => void;
  /** Milliseconds without any event after which it counts as lost. The server sends something more often than that. */
  readonly silence?: number;
}

/** Delays before it is tried again, in milliseconds; the last one goes on. */
const PATIENCE = [1000, 2000, 5000, 10_000] as const;

/**
 * Server-sent events: `const live = useLive('/overview/live', { onEvent })`. It connects again by itself,
 * also where EventSource gives up (an answer other than 200, a proxy that ends it) and where a dead line stays silent.
 */
export function useLive(
  path: string,
  { events = ['message'], onEvent, silence = 20_000 }: LiveOptions,
): Live {
  const [live, setLive] = useState<Live>({ state: 'connecting', since: null });
  const handler = useRef(onEvent);
  handler.current = onEvent;
  const names = events.join(' ');
  const cache = useQueryClient();
  useEffect(() => {
    let source: EventSource | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let tries = 0;
    const watch = (after: number, work: () => void): void => {
      clearTimeout(timer);
      timer = setTimeout(work, after);
    };
    const lose = (): void => {
      source?.close();
      // EventSource does not tell a session that has ended from a gateway that is away: this does, to the whole page.
      cache.fetchQuery({ ...sessionQuery, staleTime: 0 }).catch(() => {});
      setLive(({ since }) => ({ state: 'lost', since }));
      watch(PATIENCE[Math.min(tries++, PATIENCE.length - 1)] ?? 10_000, connect);
    };
    const take = (event: MessageEvent<string>): void => {
      tries = 0;
      watch(silence, lose);
      setLive({ state: 'live', since: new Date() });
      handler.current(JSON.parse(event.data), event.type);
    };
    const connect = (): void => {
      source = new EventSource(`${API_BASE}${path}`);
      source.onerror = lose;
      for (const name of names.split(' ')) source.addEventListener(name, take as EventListener);
      watch(silence, lose);
    };
    connect();
    return () => {
      clearTimeout(timer);
      source?.close();
    };
  }, [path, names, silence, cache]);
  return live;
}
