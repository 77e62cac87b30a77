import { join } from 'node:path';
import { mergeEnvironmentFile } from '../config/environment-file.ts';
import { readDataDir, readOperatorId, readServiceIdentity, readTenantId } from '../config/lane-settings.ts';
import { type Environment, Settings } from '../config/settings.ts';
import { CliFault } from './cli-fault.ts';
import { EXIT_CONFIG } from './exit-codes.ts';

/** What `init` needs; unlike the loaders of config.ts it may name files that do not exist yet. */
export interface InitSettings {
  readonly dataDir: string;
  readonly identity: string;
  readonly operatorId: string;
  /** Verbatim. */
  readonly tenantId: string;
  /** A path, or a signer URI that is only opened. */
  readonly signingKey: string;
  /** As `signingKey`; null where the telemetry key signs evidence too. */
  readonly evidenceKey: string | null;
  /** As `signingKey`, with which checkpoints of the gateway's log are cosigned. */
  readonly witnessKey: string;
  readonly certFile: string;
  readonly certConfigured: boolean;
  readonly keyFile: string;
}

/** Values of the command line win over the environment, the environment over the file. */
export interface InitOverrides {
  readonly identity: string | null;
  readonly operatorId: string | null;
  readonly tenantId: string | null;
}

export const CERT_NAMES = ['VECTORVUE_FEDERATION_MTLS_CERT_FILE', 'VECTORVUE_MTLS_CLIENT_CERT_FILE'] as const;
export const KEY_NAMES = ['VECTORVUE_FEDERATION_MTLS_KEY_FILE', 'VECTORVUE_MTLS_CLIENT_KEY_FILE'] as const;

export function readInitSettings(environment: Environment, overrides: InitOverrides): InitSettings {
  const merged = mergeEnvironmentFile(environment);
  const settings = new Settings({
    ...merged.environment,
    ...given('VECTORVUE_FEDERATION_SERVICE_IDENTITY', overrides.identity),
    ...given('VECTORVUE_FEDERATION_OPERATOR_ID', overrides.operatorId),
    ...given('VECTORVUE_FEDERATION_TENANT_ID', overrides.tenantId),
  });
  settings.faults.push(...merged.faults);
  const dataDir = readDataDir(settings);
  const identity = readServiceIdentity(settings);
  const operatorId = readOperatorId(settings);
  const tenantId = readTenantId(settings);
  const cert = settings.find(...CERT_NAMES);
  const key = settings.find(...KEY_NAMES);
  if (cert !== null && key === null) {
    settings.fault(KEY_NAMES[0], 'is not set, but a certificate is: name the private key that belongs to it');
  }
  if (settings.faults.length > 0 || identity === null || operatorId === null || tenantId === null) {
    throw new CliFault(
      EXIT_CONFIG,
      'init needs to know who it is (variables, or --identity, --operator and --tenant):',
      settings.faults,
    );
  }
  return {
    dataDir,
    identity,
    operatorId,
    tenantId,
    signingKey:
      settings.find('VECTORVUE_FEDERATION_SIGNING_KEY_PATH')?.value ?? join(dataDir, 'telemetry.key'),
    evidenceKey: settings.find('VECTORVUE_FEDERATION_EVIDENCE_KEY_PATH')?.value ?? null,
    witnessKey: settings.find('VECTORVUE_FEDERATION_WITNESS_KEY_PATH')?.value ?? join(dataDir, 'witness.key'),
    certFile: cert?.value ?? join(dataDir, 'client.crt'),
    certConfigured: cert !== null,
    keyFile: key?.value ?? join(dataDir, 'client.key'),
  };
}

function given(name: string, value: string | null): Environment {
  return value === null ? {} : { [name]: value };
}

/** Who this agent is, as far as it has been told; nothing has to be set. For comparing with a peer file. */
export function readExpectedPeer(environment: Environment): {
  readonly operatorId: string | null;
  readonly tenantId: string | null;
} {
  const settings = new Settings(mergeEnvironmentFile(environment).environment);
  return {
    operatorId: settings.find('VECTORVUE_FEDERATION_OPERATOR_ID')?.value ?? null,
    tenantId: settings.find('VECTORVUE_FEDERATION_TENANT_ID')?.value ?? null,
  };
}
