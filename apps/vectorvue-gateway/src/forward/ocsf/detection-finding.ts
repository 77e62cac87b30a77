import { LEVELS, type Level } from '../../security/security-events.ts';
import type { ForwardEntry, ForwardFinding, JsonRecord } from '../entry.ts';
import { type Activity, baseEvent, DETECTION_FINDING } from './base.ts';
import { describeCode } from './describe-code.ts';

const CREATE: Activity = { id: 1, name: 'Create' };
const UPDATE: Activity = { id: 2, name: 'Update' };
const CLOSE: Activity = { id: 3, name: 'Close' };

/** https://schema.ocsf.io, status_id of a finding. */
const STATUS = {
  new: { status_id: 1, status: 'New' },
  inProgress: { status_id: 2, status: 'In Progress' },
  suppressed: { status_id: 3, status: 'Suppressed' },
  resolved: { status_id: 4, status: 'Resolved' },
} as const;

/** An accepted event was a finding (PROTOCOL.md section 12): Detection Finding (2004), Create. */
export function toNewFinding(entry: ForwardEntry, finding: ForwardFinding): JsonRecord {
  const level = levelOfSeverity(finding.severity);
  const urgent = level === 'high' || level === 'critical';
  return {
    ...baseEvent(entry, DETECTION_FINDING, CREATE, {
      // Another record than the decision, of the same entry: its id is as stable.
      uid: findingUid(entry),
      level,
      message: `${finding.eventType} reported by ${finding.sourceSystem}`,
    }),
    ...(urgent ? STATUS.new : STATUS.inProgress),
    is_alert: urgent,
    finding_info: {
      uid: finding.findingId,
      title: finding.eventType,
      types: [finding.eventType],
      data_sources: [finding.sourceSystem],
      created_time: entry.recordedAt.getTime(),
      first_seen_time: finding.firstSeen.getTime(),
      related_events: [{ uid: finding.eventId }],
      attacks: finding.techniques.map((technique) => ({
        technique: { uid: technique },
        ...(finding.tactics.length === 0
          ? {}
          : { tactics: finding.tactics.map((tactic) => ({ uid: tactic })) }),
      })),
    },
    resources: resourcesOf(finding),
  };
}

/** The uid of the finding's record; the decision's own is the entry's id. */
export function findingUid(entry: ForwardEntry): string {
  return `${entry.id}:finding`;
}

const STEP: Readonly<Record<string, { readonly activity: Activity; readonly status: JsonRecord }>> = {
  'finding.close': { activity: CLOSE, status: STATUS.resolved },
  'finding.suppress': { activity: UPDATE, status: STATUS.suppressed },
  'finding.reopen': { activity: UPDATE, status: STATUS.inProgress },
};

export function isFindingStep(action: string): boolean {
  return Object.hasOwn(STEP, action);
}

/** Somebody closed, suppressed or reopened a finding. */
export function toChangedFinding(entry: ForwardEntry): JsonRecord {
  const step = STEP[entry.action] ?? { activity: UPDATE, status: STATUS.inProgress };
  const { subject, reason } = readSubject(entry.subject);
  return {
    ...baseEvent(entry, DETECTION_FINDING, step.activity, {
      uid: entry.id,
      level: entry.level,
      message: describeCode(entry.code),
    }),
    ...step.status,
    ...(reason === null ? {} : { comment: reason }),
    finding_info: {
      uid: subject ?? entry.id,
      title: subject ?? 'finding',
      modified_time: entry.recordedAt.getTime(),
    },
  };
}

/** The log itself is not what it was: a finding about us. */
export function toForkFinding(entry: ForwardEntry): JsonRecord {
  return {
    ...baseEvent(entry, DETECTION_FINDING, CREATE, {
      uid: entry.id,
      level: entry.level,
      message: describeCode(entry.code),
    }),
    ...STATUS.new,
    is_alert: true,
    finding_info: {
      uid: entry.id,
      title: 'Audit fork detected',
      created_time: entry.recordedAt.getTime(),
    },
  };
}

function resourcesOf(finding: ForwardFinding): readonly JsonRecord[] {
  const named = finding.assetRef ?? finding.targetUrn;
  return named === null ? [] : [{ uid: named, name: named, type: 'asset' }];
}

/** Severities of events are words of the protocol, and four of them those of levels. */
function levelOfSeverity(severity: string): Level {
  return LEVELS.find((level) => level === severity) ?? 'info';
}

/** Subjects of changes are canonical JSON with the reason (trust-audit.ts); erased or odd ones are no finding's id. */
function readSubject(text: string | null): {
  readonly subject: string | null;
  readonly reason: string | null;
} {
  try {
    const value = JSON.parse(text ?? 'null') as { subject?: unknown; reason?: unknown } | null;
    return {
      subject: typeof value?.subject === 'string' ? value.subject : null,
      reason: typeof value?.reason === 'string' ? value.reason : null,
    };
  } catch {
    return { subject: null, reason: null };
  }
}
