import { type JsonObject, normalisePayload, type TelemetryPayload } from '@nyxera/federation-protocol';
import type { Asset } from './asset.ts';
import { mitreAttributes, resolveTechniques } from './attack/resolve-techniques.ts';
import { boundDescription } from './bound.ts';
import type { BuiltFinding } from './build-finding.ts';
import { checkPayload, mostBytes, tooLarge } from './check-payload.ts';
import { type Execution, executionAttributes, executionOf } from './execution.ts';
import { Identities } from './identity.ts';
import { member, object, present, text } from './json/members.ts';
import { MAX_ASSET_REF } from './limits.ts';
import { MAPPING_VERSION } from './mapping-version.ts';
import { newEvent } from './new-event.ts';
import { Redactor } from './redact/redactor.ts';
import type { BuildContext, Fault, Observation } from './types.ts';

/** Written by the spool with the intent (PROTOCOL.md section 11); an event cannot bring its own. */
const NOT_ITS_OWN: ReadonlySet<string> = new Set(['intent_id', 'intent_hash', 'write_ahead']);

/** Redacted in a way of their own, by `identity.ts`. */
const ASSET_MEMBERS = ['asset_ref', 'target_urn'] as const;

/** Members of the payload whose charset has no room for a marker, and which say what the event is. */
const NAMES = ['event_id', 'event_type', 'source_system'] as const;

type Built =
  | { readonly ok: true; readonly built: BuiltFinding }
  | { readonly ok: false; readonly fault: Fault };

/**
 * A canonical event: checked as the gateway will check it, then redacted, then completed with what only the
 * agent knows. What it says about its own execution is kept. It is never trimmed: its producer can be told.
 */
export function buildCanonical(observation: Observation, given: JsonObject, context: BuildContext): Built {
  const { where } = observation;
  const draft = withAttestation(given, context);
  const fault = checkPayload(draft, where) ?? checkNames(draft, where, context) ?? tooLarge(draft, where);
  if (fault !== null) {
    return { ok: false, fault };
  }
  const built = complete(observation, draft, context);
  const { payload } = built.event;
  const refused = checkPayload(payload, where) ?? tooLarge(payload, where, built.weight);
  return refused === null ? { ok: true, built } : { ok: false, fault: refused };
}

/** The schema asks for the hash, which an event without measurement of its own gets from the agent. */
function withAttestation(given: JsonObject, context: BuildContext): JsonObject {
  const attributes = member(given, 'attributes') === undefined ? {} : object(given, 'attributes');
  if (attributes === undefined || member(attributes, 'attestation_measurement_hash') !== undefined) {
    return given;
  }
  const { attestationMeasurementHash } = context.measurements;
  return {
    ...given,
    attributes: { ...attributes, attestation_measurement_hash: attestationMeasurementHash },
  };
}

function checkNames(draft: JsonObject, where: string, context: BuildContext): Fault | null {
  for (const name of NAMES) {
    const value = text(draft, name) ?? '';
    if (new Redactor(context.redaction ?? null).text(value) !== value) {
      return { where: `${where}, ${name}`, expected: 'a name that does not look like a secret' };
    }
  }
  for (const name of ASSET_MEMBERS) {
    const value = member(object(draft, 'attributes'), name);
    if (
      value !== undefined &&
      (typeof value !== 'string' || value === '' || [...value].length > MAX_ASSET_REF)
    ) {
      const expected = `a string of 1..${MAX_ASSET_REF} characters, or nothing`;
      return { where: `${where}, attributes/${name}`, expected };
    }
  }
  return null;
}

function complete(observation: Observation, draft: JsonObject, context: BuildContext): BuiltFinding {
  const normal = normalisePayload(draft as unknown as TelemetryPayload);
  const given = object(draft, 'attributes') ?? {};
  const eventId = text(draft, 'event_id') ?? '';
  const redactor = new Redactor(context.redaction ?? null);
  const asset = cleanAsset(observation, given, eventId, redactor);
  const attributes = redactor.object(withoutReserved(given));
  const description = text(draft, 'description');
  const cleanDescription =
    description === undefined ? undefined : boundDescription(redactor.text(description));
  const execution = ownExecution(
    observation,
    eventId,
    asset,
    attributes,
    object(observation.canonical, 'attributes'),
    context,
  );
  const mitre = resolveTechniques(
    normal.techniques.map((id) => ({ id, basis: 'report', reason: 'named by the event' })),
    normal.tactics,
  );
  const redactions = redactor.counts();
  const payload = present({
    event_id: eventId,
    event_type: observation.eventType,
    source_system: observation.sourceSystem,
    severity: normal.severity,
    observed_at: observation.observedAt,
    mitre_techniques: [...mitre.techniques],
    mitre_tactics: [...mitre.tactics],
    description: cleanDescription,
    attributes: {
      ...attributes,
      ...executionAttributes(execution),
      ...mitreAttributes(mitre),
      ...present({
        asset_ref: 'asset_ref' in given ? asset.assetRef : undefined,
        target_urn: 'target_urn' in given ? asset.targetUrn : undefined,
      }),
      schema_version: stated(attributes, 'schema_version') ?? context.schemaVersion,
      mapping_version: context.mappingVersion ?? MAPPING_VERSION,
      redactions,
    },
  });
  return { redactions, weight: mostBytes(payload), event: newEvent(payload, execution, context, asset) };
}

/** Told apart by the event's own id, so that it is the same event in whatever file it comes. */
function cleanAsset(observation: Observation, given: JsonObject, eventId: string, redactor: Redactor): Asset {
  const identities = new Identities();
  const assetRef = identities.clean(observation.assetRef, redactor, eventId);
  const same = !('target_urn' in given) || observation.targetUrn === observation.assetRef;
  return {
    assetRef,
    targetUrn: same ? assetRef : identities.clean(observation.targetUrn, redactor, eventId),
  };
}

function withoutReserved(given: JsonObject): JsonObject {
  const assets: readonly string[] = ASSET_MEMBERS;
  return Object.fromEntries(
    Object.entries(given).filter(([name]) => !NOT_ITS_OWN.has(name) && !assets.includes(name)),
  );
}

/** @param attributes redacted @param original as the event was written: whose measurement is it? */
function ownExecution(
  observation: Observation,
  eventId: string,
  asset: Asset,
  attributes: JsonObject,
  original: JsonObject | undefined,
  context: BuildContext,
): Execution {
  const measured = member(original, 'attestation_measurement_hash') !== undefined;
  return executionOf(
    {
      id: eventId,
      type: observation.eventType,
      timestamp: stated(attributes, 'fingerprint_timestamp') ?? observation.observedAt,
      target: asset.assetRef,
      status: stated(attributes, 'status') ?? 'reported',
    },
    context,
    {
      manifestHash: stated(attributes, 'manifest_hash'),
      toolHash: stated(attributes, 'tool_sha256'),
      policyDecisionHash: stated(attributes, 'policy_decision_hash'),
      attestationMeasurementHash: measured ? stated(attributes, 'attestation_measurement_hash') : undefined,
      attestationSynthetic: member(original, 'attestation_synthetic') === true,
    },
  );
}

/** A string that is not blank: section 11 asks for no less. */
function stated(attributes: JsonObject, name: string): string | undefined {
  const value = text(attributes, name);
  return value === undefined || value.trim() === '' ? undefined : value;
}
