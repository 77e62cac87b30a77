import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { escaped } from '../../components/escape-text.ts';
import { localTime } from '../../components/format-time.ts';
import type { Adjustment } from './adjustment-table.tsx';
import { placeLife, type Stretch, type TimeWindow, ticksOf, windowOf } from './life.ts';
import styles from './life-lines.module.css';

/** More lines than these are a grey block; the table has them all. */
const MOST = 40;
const TICKS = 5;

/** Unix milliseconds, again and again. */
function useNow(every: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}

/**
 * Life spans over time: solid while an adjustment is sent, hatched while it still binds agents that fetched it before it was
 * shortened or withdrawn. By target, so that what masks what stands together. The table says the same in words.
 */
export function LifeLines({ rows }: { readonly rows: readonly Adjustment[] }) {
  const now = useNow(10_000);
  const navigate = useNavigate();
  const shown = rows.slice(0, MOST);
  const window = windowOf(shown, now);
  const sorted = [...shown].sort(byTarget);
  const open = (row: Adjustment) =>
    void navigate({
      to: '/feedback/adjustments/$tenant/$number',
      params: { tenant: row.tenant_id, number: String(row.adjustment_id) },
    });
  return (
    <div className={styles.lines} role="img" aria-label={said(shown)}>
      <NowLine window={window} now={now} />
      <Axis window={window} now={now} />
      {sorted.map((row, index) => (
        <div key={`${row.tenant_id}/${row.adjustment_id}`} className={styles.line}>
          <span className={styles.target} title={escaped(row.target_urn)}>
            {sorted[index - 1]?.target_urn === row.target_urn ? '' : escaped(row.target_urn)}
          </span>
          <span className={styles.action}>{escaped(row.action)}</span>
          <div className={styles.track}>
            {/* biome-ignore lint/a11y/noStaticElementInteractions: a short cut for pointers; the table's rows are for keys */}
            {/* biome-ignore lint/a11y/useKeyWithClickEvents: as above */}
            <div className={styles.hit} onClick={() => open(row)} title={titleOf(row)}>
              <Bars row={row} window={window} />
            </div>
          </div>
        </div>
      ))}
      {rows.length > MOST && (
        <p className={styles.more}>
          The {MOST} newest of {rows.length.toLocaleString()} that are loaded.
        </p>
      )}
    </div>
  );
}

function Bars({ row, window }: { readonly row: Adjustment; readonly window: TimeWindow }) {
  const life = placeLife(row, window);
  return (
    <>
      {life.lingers !== null && (
        <span className={styles.lingers} data-action={row.action} style={placed(life.lingers)} />
      )}
      <span
        className={styles.bar}
        data-action={row.action}
        data-state={row.state}
        style={placed(life.sent)}
      />
      {row.withdrawn_at !== null && (
        <span className={styles.cross} style={{ left: percent(life.sent.end) }}>
          ✕
        </span>
      )}
    </>
  );
}

function Axis({ window, now }: { readonly window: TimeWindow; readonly now: number }) {
  return (
    <div className={styles.axis}>
      <div className={styles.track}>
        {ticksOf(window, TICKS).map((tick) => (
          <span
            key={tick}
            className={styles.tick}
            data-edge={edgeOf(partOf(tick, window))}
            style={{ left: percent(partOf(tick, window)) }}
          >
            {shortTime(tick, now, window)}
          </span>
        ))}
      </div>
    </div>
  );
}

function NowLine({ window, now }: { readonly window: TimeWindow; readonly now: number }) {
  return (
    <div className={styles.overlay}>
      <div className={styles.track}>
        {ticksOf(window, TICKS).map((tick) => (
          <span key={tick} className={styles.grid} style={{ left: percent(partOf(tick, window)) }} />
        ))}
        <span className={styles.now} style={{ left: percent(partOf(now, window)) }}>
          <span className={styles.nowWord}>now</span>
        </span>
      </div>
    </div>
  );
}

function partOf(moment: number, window: TimeWindow): number {
  return (moment - window.from) / (window.to - window.from);
}

/** At the ends a label is not centred: half of it would be cut off. */
function edgeOf(part: number): 'begin' | 'end' | undefined {
  if (part > 0.94) return 'end';
  return part < 0.06 ? 'begin' : undefined;
}

function percent(part: number): string {
  return `${(part * 100).toFixed(3)}%`;
}

function placed(stretch: Stretch) {
  return { left: percent(stretch.begin), width: percent(stretch.end - stretch.begin) };
}

/** The day only where more than one is shown. */
function shortTime(tick: number, now: number, window: TimeWindow): string {
  const [day = '', time = ''] = localTime(new Date(tick)).split(' ');
  const isToday = localTime(new Date(now)).startsWith(day);
  if (window.to - window.from > 3 * 86_400_000) return day;
  return isToday ? time.slice(0, 5) : `${day.slice(5)} ${time.slice(0, 5)}`;
}

function byTarget(left: Adjustment, right: Adjustment): number {
  if (left.target_urn !== right.target_urn) return left.target_urn < right.target_urn ? -1 : 1;
  return Date.parse(left.issued_at) - Date.parse(right.issued_at);
}

function titleOf(row: Adjustment): string {
  const ended = row.withdrawn_at === null ? 'expires' : 'withdrawn';
  const until = localTime(new Date(row.withdrawn_at ?? row.expires_at));
  return `${escaped(row.action)} · issued ${localTime(new Date(row.issued_at))} · ${ended} ${until}`;
}

function said(rows: readonly Adjustment[]): string {
  const alive = rows.filter((row) => row.state === 'living' || row.state === 'masked').length;
  return `Life spans of ${rows.length} adjustments, ${alive} of them alive now. The table below has their times.`;
}
