import type { Live } from '../shell/use-live.ts';
import { State } from './badge.tsx';
import { localTime } from './format-time.ts';

/** Whether what is shown is of now; and since when it is not. */
export function LiveBadge({ live }: { readonly live: Live }) {
  return (
    <span role="status">
      {live.state === 'live' && <State tone="ok">Live</State>}
      {live.state === 'connecting' && <State tone="idle">Connecting…</State>}
      {live.state === 'lost' && (
        <State tone="warn">
          Not live{live.since !== null && ` since ${localTime(live.since).slice(11)}`}; trying again
        </State>
      )}
    </span>
  );
}
