import type { JsonObject } from '@nyxera/federation-protocol';
import { object, text } from '../json/members.ts';
import { readJsonReport } from '../read-json-report.ts';
import type { Adapter, IntakeItem, Reading, ReportSource } from '../types.ts';

/**
 * Canonical events: each record is a `payload` of PROTOCOL.md section 7, as JSON lines, an array, or one object.
 * An event keeps its own `event_id`, times and attributes, and is an execution of its own unless it says
 * otherwise (`attributes.fingerprint_timestamp`), so that the same event is the same in whatever file it comes.
 */
export const eventsAdapter: Adapter = {
  format: 'events',
  detect: ({ kind, members }) =>
    kind === 'json' && (members.has('event_id') || (members.has('event_type') && members.has('severity'))),
  read,
};

function read(source: ReportSource): Reading {
  return readJsonReport(source, {
    what: 'a canonical event',
    start: 'none',
    take: ({ value, ordinal, where }) => take(value, ordinal, where),
  });
}

/** The payload itself is checked against the protocol's schema by `build-canonical.ts`, with a path. */
function take(payload: JsonObject, ordinal: number, where: string): IntakeItem {
  const attributes = object(payload, 'attributes');
  const assetRef = text(attributes, 'asset_ref') ?? text(attributes, 'target_urn') ?? 'unknown';
  return {
    ok: true,
    observation: {
      ordinal,
      where,
      eventType: text(payload, 'event_type') ?? '',
      sourceSystem: text(payload, 'source_system') ?? '',
      severity: 'info',
      severityBasis: 'the event',
      observedAt: text(payload, 'observed_at') ?? '',
      observedAtBasis: 'report',
      techniques: [],
      assetRef,
      // Section 8: what a finding is about is its target_urn, else its asset_ref, verbatim.
      targetUrn: text(attributes, 'target_urn') ?? assetRef,
      status: text(attributes, 'status') ?? 'reported',
      details: {},
      canonical: payload,
    },
  };
}
