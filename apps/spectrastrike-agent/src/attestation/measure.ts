import { createHash } from 'node:crypto';
import { canonicalizeCompat, type JsonObject } from '@nyxera/federation-protocol';
import { hashFile, hashInstallation, type InstallationRoot } from './hash-files.ts';

/** What is measured; everything is injected, so that the same installation gives the same answer anywhere. */
export interface MeasurementSubject {
  readonly roots: readonly InstallationRoot[];
  readonly runtime: { readonly node: string; readonly platform: string; readonly arch: string };
  /** Effective settings without a secret in them. */
  readonly configuration: JsonObject;
  /** The scanner binary that made the report (`--tool`), or null where none was named. */
  readonly toolPath: string | null;
  /** The living adjustments of the tenant, as `policy-state.ts` describes them. */
  readonly policy: JsonObject;
}

/** One measurement: the manifest that was hashed, and the hashes that travel (PROTOCOL.md section 11). */
export interface Measurement {
  /** Compat form of everything that was measured; its SHA-256 is `attestationMeasurementHash`. */
  readonly manifestJson: string;
  /** 64 lower-case hex. */
  readonly attestationMeasurementHash: string;
  /** False: measured. True: the section 11 default of a run in which the files could not be read. */
  readonly attestationSynthetic: boolean;
  /** `mh-` + hex SHA-256 over files, runtime and configuration; null where they could not be measured. */
  readonly manifestHash: string | null;
  /** `sha256:` + hex of the tool binary; null where none was named. */
  readonly toolSha256: string | null;
  /** `ph-` + hex SHA-256 over the policy state. */
  readonly policyDecisionHash: string | null;
}

/**
 * Measures the installation. Nothing in the manifest depends on the time, on this machine's paths or on the
 * order in which directories list their entries: the same installation gives the same hash.
 * Throws what the file system throws for files of the agent or a tool that cannot be read; the caller decides
 * whether that is a clear error (a tool that was asked for) or a synthetic run.
 */
export async function measure(subject: MeasurementSubject): Promise<Measurement> {
  const files = Object.fromEntries(await hashInstallation(subject.roots));
  if (Object.keys(files).length === 0) throw new Error('no file of the agent was found to measure');
  const toolSha256 = subject.toolPath === null ? null : `sha256:${await hashFile(subject.toolPath)}`;
  const installation: JsonObject = {
    configuration: subject.configuration,
    files,
    runtime: { ...subject.runtime },
  };
  const manifest: JsonObject = { installation, policy: subject.policy, tool_sha256: toolSha256, v: 1 };
  const manifestJson = canonicalizeCompat(manifest);
  return {
    manifestJson,
    attestationMeasurementHash: sha256(manifestJson),
    attestationSynthetic: false,
    manifestHash: `mh-${sha256(canonicalizeCompat(installation))}`,
    toolSha256,
    policyDecisionHash: `ph-${sha256(canonicalizeCompat(subject.policy))}`,
  };
}

/**
 * What a run carries whose files could not be read: the deployed peers' default of section 11 with the run in
 * the place of the event, marked. Manifest and policy are left to intake's per-event defaults.
 */
export function syntheticMeasurement(run: {
  readonly runId: string;
  readonly startedAt: string;
  readonly target: string;
  readonly actor: string;
  readonly reason: string;
}): Measurement {
  const text = [run.runId, run.startedAt, run.target, run.actor, 'attestation'].join('|');
  return {
    manifestJson: canonicalizeCompat({ synthetic: true, reason: run.reason, v: 1 }),
    attestationMeasurementHash: sha256(text),
    attestationSynthetic: true,
    manifestHash: null,
    toolSha256: null,
    policyDecisionHash: null,
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
