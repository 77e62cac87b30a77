import { State, type Tone } from '../../components/badge.tsx';
import { Text } from '../../components/text.tsx';
import type { Adjustment } from './adjustment-table.tsx';

const ACTION_TONES: Readonly<Record<string, Tone>> = { deny: 'bad', tighten: 'warn', observe: 'info' };

/** An action that a later version of the protocol brings is shown as the word that it is. */
export function ActionBadge({ action }: { readonly action: string }) {
  return (
    <State tone={ACTION_TONES[action] ?? 'idle'}>
      <Text value={action} most={32} />
    </State>
  );
}

const STATES = {
  living: ['ok', 'sent'],
  masked: ['idle', 'alive, masked'],
  expired: ['idle', 'expired'],
  withdrawn: ['warn', 'withdrawn'],
} as const;

export function StateBadge({ state }: { readonly state: Adjustment['state'] }) {
  const [tone, word] = STATES[state];
  return <State tone={tone}>{word}</State>;
}

/** Which rule or person. */
export function causeOf(adjustment: Pick<Adjustment, 'cause' | 'rule_id' | 'issued_by'>): string {
  return adjustment.cause === 'analyst'
    ? (adjustment.issued_by ?? 'an analyst')
    : `${adjustment.cause}, rule ${adjustment.rule_id}`;
}

/** What it does to the policy of an agent that has it: PROTOCOL.md section 14, in a sentence. */
export function effectOf(adjustment: Pick<Adjustment, 'action' | 'confidence' | 'effect'>): string {
  if (adjustment.action === 'deny') {
    return 'The policy engine refuses every execution on this target, whatever the policy says.';
  }
  if (adjustment.action === 'tighten') {
    return adjustment.effect === 'refuses'
      ? 'A tighten of confidence 0.8 or more: the policy engine refuses executions on this target.'
      : 'A tighten below confidence 0.8: the policy is told of it and decides as it would without.';
  }
  return 'The policy is told that the target is observed, and decides as it would without. It never turns a no into a yes.';
}
