import type { TrustedLog } from '../config.ts';
import type { State } from '../state/open-state.ts';
import type { AuditClient, Fetched } from './audit-client.ts';
import { recordContact } from './contact-store.ts';
import { type CosignParts, cosign } from './cosign.ts';
import { standingFork } from './fork-store.ts';
import { refuseLog } from './refuse-log.ts';
import { type Taken, takeCheckpoint } from './take-checkpoint.ts';
import type { WitnessOutcome } from './witness-outcome.ts';
import { otherLogsAt, rememberedLog } from './witness-store.ts';

export interface WitnessParts extends CosignParts {
  readonly state: State;
  readonly client: AuditClient;
  /** Base URL, as the lane names it. */
  readonly gateway: string;
  /** null: no log is trusted here. */
  readonly log: TrustedLog | null;
}

/** Processes of one agent that overtake each other this often are no longer a coincidence. */
const MAX_ROUNDS = 5;

/**
 * One contact with the gateway's audit log (PROTOCOL.md section 19): standing fork? -> a log to trust? -> fetch ->
 * open, compare, remember (`take-checkpoint.ts`) -> cosign.
 */
export async function witnessGateway(parts: WitnessParts): Promise<WitnessOutcome> {
  return concluded(parts, await contact(parts, ({ client }) => client.checkpoint()));
}

/** The same with a checkpoint that comes with something else, such as a receipt; `fetch` may be called again. */
export async function witnessWith(
  parts: WitnessParts,
  fetch: () => Promise<Fetched<string>>,
): Promise<WitnessOutcome> {
  return concluded(parts, await contact(parts, fetch));
}

async function contact(
  parts: WitnessParts,
  fetch: (parts: WitnessParts) => Promise<Fetched<string>>,
): Promise<WitnessOutcome> {
  const { state, gateway, log } = parts;
  const origin = log?.origin ?? null;
  const [other] = state.read(() => otherLogsAt(state.db, gateway, origin));
  const before = standing(parts);
  if (before !== null) return before;
  if (other !== undefined) return refuseLog(parts, 'checkpoint_origin_mismatch', renamed(other, origin));
  if (log === null)
    return { kind: 'unwitnessed', code: 'no_key', detail: 'no log is trusted for this gateway' };

  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const remembered = state.read(() => rememberedLog(state.db, log.origin));
    const fetched = await fetch(parts);
    if (!fetched.ok) {
      if (!fetched.absent) return { kind: 'refused', code: fetched.code, detail: fetched.detail };
      if (remembered === null)
        return { kind: 'unwitnessed', code: 'no_log', detail: 'the gateway serves no audit log' };
      return refuseLog(
        parts,
        'audit_log_missing',
        `the gateway no longer serves ${log.origin}, of which ${remembered.size} entries were seen`,
      );
    }
    const taken: Taken = await takeCheckpoint({ ...parts, log }, remembered, fetched.value);
    if (taken.kind === 'overtaken') {
      const now = standing(parts);
      if (now !== null) return now;
      continue;
    }
    if (taken.kind !== 'taken') return taken;
    const { checkpoint, previousSize } = taken;
    const { size, root } = checkpoint;
    const cosigned = await cosign(parts, { origin: log.origin, size, text: checkpoint.note.text });
    return { kind: 'witnessed', origin: log.origin, size, root, previousSize, cosigned };
  }
  return {
    kind: 'refused',
    code: 'state_locked',
    detail: 'other processes of this agent kept overtaking this one',
  };
}

/** The fork that somebody found before and nobody has cleared. */
function standing({ state, gateway, log }: WitnessParts): WitnessOutcome | null {
  const fork = state.read(() => standingFork(state.db, gateway, log?.origin ?? null));
  return fork === null
    ? null
    : { kind: 'forked', code: 'audit_fork_detected', detail: `${fork.code}: ${fork.detail}` };
}

function renamed(other: string, origin: string | null): string {
  const now = origin === null ? 'no log is trusted now' : `now it should be ${origin}`;
  return `this gateway's log was ${other}, and ${now}; if that is meant: witness reset --reason`;
}

function concluded({ state, gateway, now }: WitnessParts, outcome: WitnessOutcome): WitnessOutcome {
  state.transaction(() => recordContact(state.db, gateway, outcome, now()));
  return outcome;
}
