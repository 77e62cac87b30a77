import { UNKNOWN_TARGET } from './asset.ts';
import { buildCanonical } from './build-canonical.ts';
import { type BuiltFinding, buildFinding, type ReportFrame } from './build-finding.ts';
import { checkPayload, tooLarge } from './check-payload.ts';
import { executionOf } from './execution.ts';
import { Identities } from './identity.ts';
import type { Survey } from './survey.ts';
import type { BuildContext, Fault, NewEvent, Observation, ReportSource } from './types.ts';

/** What became of one record. */
export type ReadItem =
  | {
      readonly kind: 'event';
      readonly event: NewEvent;
      /** Where in the report it stands. */
      readonly where: string;
      readonly redactions: Readonly<Record<string, number>>;
      /** Bytes of its canonical form, at most. */
      readonly weight: number;
    }
  | { readonly kind: 'fault'; readonly fault: Fault }
  | { readonly kind: 'skipped'; readonly reason: string };

/** The second pass: a surveyed report -> its events, one at a time; nothing that was handed out is kept. */
export function* readEvents(
  source: ReportSource,
  survey: Survey,
  context: BuildContext,
): Generator<ReadItem> {
  const frame = frameOf(survey, context);
  for (const item of survey.adapter.read(source, context).items) {
    if (item.ok === null) {
      yield { kind: 'skipped', reason: item.skipped };
      continue;
    }
    const built = item.ok ? build(item.observation, frame, context) : item;
    if (!built.ok) {
      yield { kind: 'fault', fault: built.fault };
      continue;
    }
    const { event, redactions, weight } = built.built;
    const where = item.ok ? item.observation.where : '';
    yield { kind: 'event', event, redactions, where, weight };
  }
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
  const fault =
    checkPayload(payload, observation.where) ?? tooLarge(payload, observation.where, built.weight);
  return fault === null ? { ok: true, built } : { ok: false, fault };
}

/** A scanner's report is one execution: its findings share the fingerprint, whatever had to be derived for it. */
function frameOf({ format, reportSha256, startedAt }: Survey, context: BuildContext): ReportFrame {
  const subject = {
    id: `${format}-${reportSha256.slice(0, 40)}`,
    type: `${format}.report`,
    timestamp: startedAt ?? context.recordedAt,
    target: UNKNOWN_TARGET,
    status: 'reported',
  };
  return { format, reportSha256, execution: executionOf(subject, context), identities: new Identities() };
}
