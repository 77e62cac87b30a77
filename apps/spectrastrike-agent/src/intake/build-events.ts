import { createHash } from 'node:crypto';
import { canonicalizeCompat } from '@nyxera/federation-protocol';
import { UNKNOWN_TARGET } from './asset.ts';
import { buildCanonical } from './build-canonical.ts';
import { type BuiltFinding, buildFinding, type ReportFrame } from './build-finding.ts';
import { checkPayload, tooLarge } from './check-payload.ts';
import { detectFormat } from './detect-format.ts';
import { executionOf } from './execution.ts';
import { Identities } from './identity.ts';
import { MAX_FAULTS } from './limits.ts';
import type {
  BuildContext,
  BuiltEvents,
  Fault,
  IntakeItem,
  NewEvent,
  Observation,
  Report,
  ReportFormat,
} from './types.ts';

/**
 * A report -> the events that are spooled. What comes out depends on the report's bytes, the recorded
 * measurements, the identity in the context and MAPPING_VERSION, and on nothing else: not on the clock, not on
 * the file's name. Never throws on any bytes; what was not understood is in `faults`.
 */
export function buildEvents(report: Report, context: BuildContext): BuiltEvents {
  const reportSha256 = createHash('sha256').update(report.bytes).digest('hex');
  const detected = detectFormat(report);
  if (!detected.ok) {
    return {
      format: null,
      reportSha256,
      events: [],
      faults: [named(report, detected.fault)],
      redactions: {},
    };
  }
  const { format } = detected.value;
  const reading = detected.value.read(report, context);
  const frame = frameOf(format, reportSha256, reading.startedAt, context);
  const collected = new Collected(report);
  for (const item of reading.items) {
    collected.take(item, (observation) => build(observation, frame, context));
  }
  return { format, reportSha256, ...collected.result() };
}

type Built =
  | { readonly ok: true; readonly built: BuiltFinding }
  | { readonly ok: false; readonly fault: Fault };

function build(observation: Observation, frame: ReportFrame, context: BuildContext): Built {
  if (observation.canonical !== undefined) {
    return buildCanonical(observation, observation.canonical, context);
  }
  const built = buildFinding(observation, frame, context);
  const { payload } = built.event;
  const fault = checkPayload(payload, observation.where) ?? tooLarge(payload, observation.where);
  return fault === null ? { ok: true, built } : { ok: false, fault };
}

/** A scanner's report is one execution: its findings share the fingerprint, whatever had to be derived for it. */
function frameOf(
  format: ReportFormat,
  reportSha256: string,
  startedAt: string | null,
  context: BuildContext,
): ReportFrame {
  const subject = {
    id: `${format}-${reportSha256.slice(0, 40)}`,
    type: `${format}.report`,
    timestamp: startedAt ?? context.recordedAt,
    target: UNKNOWN_TARGET,
    status: 'reported',
  };
  return { format, reportSha256, execution: executionOf(subject, context), identities: new Identities() };
}

/** Gathers events and faults, and sees to it that one id never stands for two contents. */
class Collected {
  readonly #report: Report;
  readonly #events: NewEvent[] = [];
  readonly #faults: Fault[] = [];
  readonly #redactions = new Map<string, number>();
  readonly #contents = new Map<string, { readonly event: NewEvent; readonly where: string }>();
  #left = 0;

  constructor(report: Report) {
    this.#report = report;
  }

  take(item: IntakeItem, build: (observation: Observation) => Built): void {
    const built = item.ok ? build(item.observation) : item;
    if (!built.ok) {
      this.#refuse(built.fault);
      return;
    }
    if (item.ok && this.#isNew(built.built.event, item.observation.where)) {
      this.#events.push(built.built.event);
      for (const [kind, count] of Object.entries(built.built.redactions)) {
        this.#redactions.set(kind, (this.#redactions.get(kind) ?? 0) + count);
      }
    }
  }

  result(): Pick<BuiltEvents, 'events' | 'faults' | 'redactions'> {
    const faults = this.#faults.map((fault) => named(this.#report, fault));
    if (this.#left > 0) {
      faults.push(
        named(this.#report, { where: 'further on', expected: `${this.#left} more faults are not listed` }),
      );
    }
    const redactions = Object.fromEntries([...this.#redactions].sort(([a], [b]) => (a < b ? -1 : 1)));
    return { events: this.#events, faults, redactions };
  }

  /** A repeated event is kept (the spool knows it); the same id with other content is a fault of the report. */
  #isNew(event: NewEvent, where: string): boolean {
    const known = this.#contents.get(event.eventId);
    if (known === undefined) {
      this.#contents.set(event.eventId, { event, where });
      return true;
    }
    if (canonicalizeCompat(known.event.payload) !== canonicalizeCompat(event.payload)) {
      const expected = `an event_id of its own: ${known.where} uses this one for another content`;
      this.#refuse({ where: `${where}, event_id`, expected });
      return false;
    }
    return true;
  }

  #refuse(fault: Fault): void {
    if (this.#faults.length < MAX_FAULTS) {
      this.#faults.push(fault);
    } else {
      this.#left++;
    }
  }
}

function named(report: Report, fault: Fault): { file: string; where: string; expected: string } {
  return { file: report.name, ...fault };
}
