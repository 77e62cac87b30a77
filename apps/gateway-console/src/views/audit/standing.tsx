import { useMemo } from 'react';
import { useAnswer } from '../../api/hooks.ts';
import { Refusal } from '../../api/refusal.ts';
import type { Answer } from '../../api/types.ts';
import { EmptyState } from '../../components/empty-state.tsx';
import { Answered } from '../../components/fault-note.tsx';
import { Stat, Stats } from '../../components/stat.tsx';
import { Time } from '../../components/time.tsx';
import { openLog } from '../../verify/index.ts';
import { useTrustedKey } from './use-trusted-key.ts';

/** Up to where the log is signed, and by whom it was witnessed: of the newest checkpoint. */
export function Standing() {
  const answer = useAnswer('/audit/log', { every: 10_000 });
  if (answer.error instanceof Refusal && answer.error.code === 'no_checkpoint') {
    return (
      <EmptyState title="Nothing has been signed over this log">
        Its entries are kept, and nothing proves them yet: an audit key is needed
        (VV_TG_AUDIT_ED25519_KEY_PATH).
      </EmptyState>
    );
  }
  return <Answered of={answer}>{(data) => <Signed answer={data} />}</Answered>;
}

function Signed({ answer }: { readonly answer: Answer<'/audit/log'> }) {
  const trusted = useTrustedKey();
  const opened = useMemo(() => openLog(answer.checkpoint, answer, trusted), [answer, trusted]);
  const waiting = answer.entries - answer.size;
  const cosigned = opened.ok ? opened.value.witnesses.filter(({ ok }) => ok === true) : [];
  const isForged = opened.ok && opened.value.witnesses.some(({ ok }) => ok === false);
  return (
    <Stats>
      <Stat
        label="Entries"
        value={answer.entries.toLocaleString()}
        hint={waiting <= 0 ? 'all are signed' : `${waiting.toLocaleString()} wait for the next checkpoint`}
      />
      <Stat
        label="Newest checkpoint"
        value={answer.size.toLocaleString()}
        hint={
          <>
            entries, signed <Time at={answer.signed_at} />
          </>
        }
      />
      <Stat
        label="Its signature"
        value={opened.ok ? 'verified' : 'does not hold'}
        tone={opened.ok ? 'ok' : 'bad'}
        hint={
          opened.ok
            ? opened.value.keyFromGateway
              ? 'by the key that the gateway names'
              : 'by the key that you trust'
            : `${opened.detail} (${opened.code})`
        }
      />
      <Stat
        label="Witnesses"
        value={isForged ? 'does not hold' : `${cosigned.length} of ${answer.witnesses.length}`}
        tone={isForged ? 'bad' : cosigned.length > 0 ? 'ok' : 'idle'}
        hint={
          answer.witnesses.length === 0
            ? 'no witness key is in the keyring'
            : cosigned.length > 0
              ? `cosigned by ${cosigned.map(({ identity }) => identity).join(', ')}`
              : 'have cosigned this one; see Checkpoints for older ones'
        }
      />
    </Stats>
  );
}
