import { Tooltip } from '@base-ui/react/tooltip';
import { createContext, useContext } from 'react';
import { escaped } from './escape-text.ts';
import { farFrom, localTime, readTime, utcTime } from './format-time.ts';
import styles from './time.module.css';

/** One bubble for all times of a page: a table of thousands has no thousand of them. */
const bubble = Tooltip.createHandle<{ readonly at: Date }>();

/** In a row of a table a time is no stop of the Tab key: the row is. */
export const TimeStops = createContext(true);

export interface TimeProps {
  /** RFC 3339; null where there is none. */
  readonly at: string | null;
  /** Shown for null. */
  readonly none?: string;
  /** Also how long ago, or until when. */
  readonly relative?: boolean;
}

/** In the reader's zone; UTC on hover and on focus. */
export function Time({ at, none = '–', relative = false }: TimeProps) {
  const stops = useContext(TimeStops);
  if (at === null) return <span className={styles.none}>{none}</span>;
  const date = readTime(at);
  if (date === null) return <span>{escaped(at)}</span>;
  return (
    <Tooltip.Trigger
      handle={bubble}
      payload={{ at: date }}
      delay={150}
      render={<time dateTime={date.toISOString()} tabIndex={stops ? 0 : -1} className={styles.time} />}
    >
      <span className={styles.part}>{localTime(date)}</span>
      {relative && <span className={styles.relative}> · {farFrom(date, new Date())}</span>}
    </Tooltip.Trigger>
  );
}

/** Shown once, by the layout. */
export function TimeBubble() {
  return (
    <Tooltip.Root handle={bubble}>
      {({ payload }) => (
        <Tooltip.Portal>
          <Tooltip.Positioner sideOffset={6} className={styles.positioner}>
            <Tooltip.Popup className={styles.bubble}>
              {payload !== undefined && (
                <>
                  {utcTime(payload.at)}
                  <br />
                  {farFrom(payload.at, new Date())}
                </>
              )}
            </Tooltip.Popup>
          </Tooltip.Positioner>
        </Tooltip.Portal>
      )}
    </Tooltip.Root>
  );
}
