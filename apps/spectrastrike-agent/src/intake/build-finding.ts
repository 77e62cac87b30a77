import { createHash } from 'node:crypto';
import { canonicalizeCompat, type JsonObject } from '@nyxera/federation-protocol';
import { mitreAttributes, resolveTechniques } from './attack/resolve-techniques.ts';
import { boundDescription, boundDetails, cutText } from './bound.ts';
import { mostBytes, oversize } from './check-payload.ts';
import { type Execution, executionAttributes } from './execution.ts';
import { type Identities, withoutNul } from './identity.ts';
import { MAPPING_VERSION } from './mapping-version.ts';
import { newEvent } from './new-event.ts';
import { Redactor } from './redact/redactor.ts';
import type { BuildContext, NewEvent, Observation, ReportFormat } from './types.ts';

export interface BuiltFinding {
  readonly event: NewEvent;
  readonly redactions: Readonly<Record<string, number>>;
  /** Bytes of the payload's canonical form, at most. */
  readonly weight: number;
}

/** What all findings of one report share. */
export interface ReportFrame {
  readonly format: ReportFormat;
  /** Hex SHA-256 of the report's bytes. */
  readonly reportSha256: string;
  readonly execution: Execution;
  readonly identities: Identities;
}

/** A scanner's finding -> an event. Redacted first and bounded after, so that a cut never hides half a secret. */
export function buildFinding(
  observation: Observation,
  frame: ReportFrame,
  context: BuildContext,
): BuiltFinding {
  const { format, reportSha256, execution } = frame;
  const redactor = new Redactor(context.redaction ?? null);
  const version = context.mappingVersion ?? MAPPING_VERSION;
  const details = boundDetails(redactor.object(observation.details));
  const description = boundDescription(withoutNul(redactor.text(observation.description ?? '')));
  const { ordinal, ownKey } = observation;
  const eventId =
    ownKey === undefined ? findingId(format, reportSha256, ordinal, version) : ownId(format, ownKey, version);
  // Told apart by its own id where it is the same event in whatever report it comes.
  const tag = ownKey === undefined ? undefined : eventId;
  const assetRef = frame.identities.clean(observation.assetRef, redactor, tag);
  const targetUrn = frame.identities.clean(observation.targetUrn, redactor, tag);
  const source = redactor.text(observation.sourceSystem);
  const mitre = resolveTechniques(observation.techniques, observation.tactics);
  const redactions = redactor.counts();
  const attributes = (specifics: JsonObject, cut: readonly string[]): JsonObject => ({
    ...executionAttributes(execution),
    ...mitreAttributes(mitre),
    asset_ref: assetRef,
    target_urn: targetUrn,
    status: cutText(observation.status, 64),
    schema_version: context.schemaVersion,
    mapping_version: version,
    report_format: format,
    // The same record in another report is the same event, so the report is no part of it.
    ...(ownKey === undefined ? { report_ordinal: ordinal, report_sha256: reportSha256 } : {}),
    observed_at_basis: observation.observedAtBasis,
    ...observation.assumed,
    severity_basis: observation.severityBasis,
    redactions,
    ...(cut.length === 0 ? {} : { cut: [...cut] }),
    [format]: specifics,
  });
  const payload: JsonObject = {
    event_id: eventId,
    event_type: observation.eventType,
    source_system: source === observation.sourceSystem ? source : format,
    severity: observation.severity,
    observed_at: observation.observedAt,
    mitre_techniques: [...mitre.techniques],
    mitre_tactics: [...mitre.tactics],
    ...(description === '' ? {} : { description }),
    attributes: attributes(details.value, details.cut),
  };
  const most = mostBytes(payload);
  const size = oversize(payload, most);
  const fitting =
    size === null
      ? payload
      : { ...payload, attributes: attributes({ '[cut]': `the details: ${size} bytes` }, [format]) };
  const weight = fitting === payload ? most : mostBytes(fitting);
  return { redactions, weight, event: newEvent(fitting, execution, context, { assetRef, targetUrn }) };
}

/** Same bytes, same place, same mapping: same id. Another mapping: another id, never a conflict (section 4). */
function findingId(format: ReportFormat, reportSha256: string, ordinal: number, version: string): string {
  return idOf(format, { format, mapping_version: version, ordinal, report_sha256: reportSha256 });
}

/** Same record, same mapping: same id, in whatever report. */
function ownId(format: ReportFormat, key: string, version: string): string {
  return idOf(format, { format, key, mapping_version: version });
}

function idOf(format: ReportFormat, source: JsonObject): string {
  return `${format}-${createHash('sha256').update(canonicalizeCompat(source)).digest('hex').slice(0, 40)}`;
}
