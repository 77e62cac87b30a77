import { useState } from 'react';
import { api } from '../../api/client.ts';
import { Refusal } from '../../api/refusal.ts';
import { State } from '../../components/badge.tsx';
import { Panel } from '../../components/page.tsx';
import {
  type Continuation,
  keptNote,
  sizeOfNote,
  type Verdict,
  verifyContinuation,
} from '../../verify/index.ts';
import { FileDrop } from '../verify/file-drop.tsx';
import { useTrustedKey } from './use-trusted-key.ts';
import { VerdictBadge } from './verdict-badge.tsx';

type Outcome =
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'refused'; readonly detail: string }
  | { readonly kind: 'checked'; readonly verdict: Verdict<Continuation> };

/** The strongest question of this page: is the log still the one of which somebody kept a checkpoint elsewhere? */
export function KeptCheckpoint() {
  const trusted = useTrustedKey();
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const compare = async (text: string): Promise<void> => setOutcome(await compareWith(text, trusted));
  return (
    <Panel
      title="Compare with a checkpoint that you kept"
      about="Whoever holds the database and the audit key can make a new log with new checkpoints. They cannot make it continue the one that you kept elsewhere."
    >
      <FileDrop
        label="A kept checkpoint, or a file of “audit checkpoint” or “audit prove”"
        most={32 * 1024 * 1024}
        onText={(text) => void compare(text)}
      />
      <p role="status">
        {outcome?.kind === 'unreadable' && <State tone="warn">There is no checkpoint in this file.</State>}
        {outcome?.kind === 'refused' && <State tone="bad">{outcome.detail}</State>}
        {outcome?.kind === 'checked' && (
          <VerdictBadge
            verdict={outcome.verdict}
            yes={
              outcome.verdict.ok
                ? `The log of ${outcome.verdict.value.to.toLocaleString()} entries continues the one of ${outcome.verdict.value.from.toLocaleString()} that you kept: nothing was changed or removed${outcome.verdict.value.keyFromGateway ? ' (by the key that the gateway names)' : ''}`
                : ''
            }
          />
        )}
      </p>
    </Panel>
  );
}

async function compareWith(text: string, trusted: string | null): Promise<Outcome> {
  const note = keptNote(text);
  const from = note === null ? null : sizeOfNote(note);
  if (note === null || from === null) return { kind: 'unreadable' };
  try {
    const { data } = await api.GET('/audit/consistency', {
      params: { query: { from: String(from) as never } },
    });
    if (data === undefined) return { kind: 'refused', detail: 'The gateway did not answer.' };
    return { kind: 'checked', verdict: verifyContinuation(note, data, trusted) };
  } catch (error) {
    const detail =
      error instanceof Refusal ? `${error.message} (${error.code})` : 'The gateway did not answer.';
    return { kind: 'refused', detail };
  }
}
