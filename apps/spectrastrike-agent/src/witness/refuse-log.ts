import { appendSecurityEntry } from '../security-log.ts';
import type { State } from '../state/open-state.ts';
import type { WitnessOutcome } from './witness-outcome.ts';

export type RefusedLog = Extract<WitnessOutcome, { kind: 'refused' }>;

/** Refuses what no honest log answers: a security event each time, and nothing else is changed. */
export function refuseLog(
  parts: { readonly state: State; readonly gateway: string; readonly now: () => number },
  code: string,
  detail: string,
): RefusedLog {
  const { state, gateway, now } = parts;
  state.transaction(() =>
    appendSecurityEntry(state.db, {
      atMs: now(),
      class: 'audit',
      code,
      detail,
      tenantId: null,
      ref: gateway,
    }),
  );
  return { kind: 'refused', code, detail };
}
