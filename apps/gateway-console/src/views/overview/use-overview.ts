import { useState } from 'react';
import { useAnswer } from '../../api/hooks.ts';
import type { Answer } from '../../api/types.ts';
import { type Live, useLive } from '../../shell/use-live.ts';

export type Overview = Answer<'/overview'>;

const EVENTS = ['overview', 'unavailable'] as const;
/** Milliseconds between questions while nothing comes by itself. They also find out that the session has ended. */
const ASK_EVERY = 5000;

/**
 * The overview as it is pushed; asked for at first, and again while the line is broken. `live` says which of the two: a
 * gateway that has a line and no database is not live either.
 */
export function useOverview(tenant: string | undefined) {
  const path =
    tenant === undefined ? '/overview/live' : `/overview/live?tenant=${encodeURIComponent(tenant)}`;
  const [pushed, setPushed] = useState<{ readonly path: string; readonly overview: Overview } | null>(null);
  const [awaySince, setAwaySince] = useState<Date | null>(null);
  const line = useLive(path, {
    events: EVENTS,
    onEvent: (data, event) => {
      if (event === 'overview') {
        // Ours: the gateway writes both by one schema.
        setPushed({ path, overview: data as Overview });
        setAwaySince(null);
      } else {
        setAwaySince((since) => since ?? new Date());
      }
    },
  });
  const live: Live = awaySince === null || line.state !== 'live' ? line : { state: 'lost', since: awaySince };
  const asked = useAnswer('/overview', {
    query: { tenant },
    ...(live.state === 'lost' ? { every: ASK_EVERY } : {}),
  });
  const latest = pushed?.path === path ? pushed.overview : undefined;
  const isNewer = latest !== undefined && (asked.data === undefined || latest.at >= asked.data.at);
  return { live, data: isNewer ? latest : asked.data, error: live.state === 'live' ? null : asked.error };
}
