import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useAnswer } from '../../api/hooks.ts';
import { Answered } from '../../components/fault-note.tsx';
import { Fact, Facts, Panel } from '../../components/page.tsx';
import { Time } from '../../components/time.tsx';
import { type CheckedEntry, checkEntry } from './check-entry.ts';
import { Checks } from './checks.tsx';
import styles from './event.module.css';
import type { EventDetail, OpenedEvidence } from './open-evidence.ts';

/** What of the log could be read, and what came of checking it here. */
export interface CheckedLog {
  readonly checked: CheckedEntry | null;
  /** Still on its way. */
  readonly isPending: boolean;
  readonly error: Error | null;
}

/** Reads the entry of the event and its proof, and checks both in this browser. */
export function useCheckedLog(detail: EventDetail, opened: OpenedEvidence | null): CheckedLog {
  const { entry } = detail;
  const params = { sequence: String(entry?.sequence ?? 0) };
  const enabled = entry !== null;
  const text = useAnswer('/audit/entries/{sequence}', { params, enabled });
  const proof = useAnswer('/audit/entries/{sequence}/proof', { params, enabled });
  const checked = useMemo(
    () =>
      text.data === undefined || proof.data === undefined
        ? null
        : checkEntry(detail, opened, text.data, proof.data, null),
    [detail, opened, text.data, proof.data],
  );
  const error = text.error ?? proof.error;
  return { checked, error, isPending: enabled && checked === null && error === null };
}

/** The entry of the audit log that says that the event was accepted, and its proof, verified here. */
export function LogEntry({ detail, log }: { readonly detail: EventDetail; readonly log: CheckedLog }) {
  const { entry } = detail;
  const { checked, error } = log;
  return (
    <Panel
      title="Entry in the audit log"
      about="That it was accepted is an entry of a log that cannot be changed unseen; its inclusion is verified in this browser."
    >
      {entry === null ? (
        <p>The log has no entry about this event any more that your session may see.</p>
      ) : (
        <Answered of={{ data: checked ?? undefined, error }}>
          {({ checks, inclusion }) => (
            <>
              <Checks of={checks} />
              <Facts>
                <Fact name="Sequence">
                  <Link to="/audit/$sequence" params={{ sequence: String(entry.sequence) }}>
                    {entry.sequence.toLocaleString()}
                  </Link>
                </Fact>
                <Fact name="Recorded">
                  <Time at={entry.recorded_at} />
                </Fact>
                <Fact name="Signed tree">
                  {inclusion.ok
                    ? `${inclusion.value.checkpoint.size.toLocaleString()} entries, ${cosigned(inclusion.value.witnesses)}`
                    : 'not verified'}
                </Fact>
              </Facts>
              <p className={styles.legend}>
                The key of the log came from this gateway. Compare it with one from elsewhere, or check the
                offline proof file on another machine, to know whose log it is.
              </p>
            </>
          )}
        </Answered>
      )}
    </Panel>
  );
}

function cosigned(witnesses: readonly { readonly ok: boolean | null }[]): string {
  const count = witnesses.filter(({ ok }) => ok === true).length;
  if (count === 0) return 'co-signed by no witness';
  return `co-signed by ${count} ${count === 1 ? 'witness' : 'witnesses'}`;
}
