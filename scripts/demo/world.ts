/**
 * Everything the demonstration needs around the two programs: a public-key infrastructure of its own, keys
 * made for this run, a folder that disappears afterwards, and the environment of each end as PROTOCOL.md
 * section 16 names it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateKeyFile } from '@nyxera/federation-key-custody';
import { prepareEmbedded } from '@nyxera/federation-testing';
import { createPki } from '@nyxera/federation-testing/pki';
import type { Certificate } from './peer.ts';
import {
  type Environment,
  type Finished,
  type RunningGateway,
  runProgram,
  startGateway,
} from './processes.ts';

export const IDENTITY = 'spectrastrike-agent-01';
export const OPERATOR = 'op-red-01';
export const TENANT = '7f3c2a10-4f5e-4c1d-9b8a-2d6e0c9a1b55';
export const FOREIGN_TENANT = '0badc0de-0000-4000-8000-000000000002';
const FEEDBACK_KID = 'feedback-demo-1';

export interface World {
  readonly gateway: RunningGateway;
  readonly gatewayEnvironment: Environment;
  readonly agentEnvironment: Environment;
  readonly caPem: string;
  readonly agentCertificate: Certificate;
  /** Issued by the same CA, but pinned to nobody. */
  readonly otherCertificate: Certificate;
  readonly serverCertificate: Certificate;
  readonly telemetryKeyPath: string;
  /** A key that no agent trusts, for the gateway that lies. */
  readonly rogueFeedbackKeyPath: string;
  readonly directory: string;
}

/** Makes keys and certificates, starts the gateway, and returns what the steps need. */
export async function buildWorld(
  directory: string,
  databaseUrl: string | null,
  overrides: Environment = {},
): Promise<World> {
  const pki = await createPki(join(directory, 'pki'));
  const server = await pki.issue({ name: 'localhost', dns: ['localhost'], ips: ['127.0.0.1'], server: true });
  const agent = await pki.issue({ name: IDENTITY, client: true });
  const other = await pki.issue({ name: 'somebody-else', client: true });
  const telemetryKeyPath = join(directory, 'telemetry.pem');
  const feedbackKeyPath = join(directory, 'feedback.pem');
  const rogueFeedbackKeyPath = join(directory, 'rogue-feedback.pem');
  const telemetryKey = await generateKeyFile(telemetryKeyPath);
  const feedbackKey = await generateKeyFile(feedbackKeyPath);
  await generateKeyFile(rogueFeedbackKeyPath);
  const auditKeyPath = join(directory, 'audit.pem');
  await generateKeyFile(auditKeyPath);

  const gatewayEnvironment: Environment = {
    VV_TG_LISTEN: '127.0.0.1:0',
    VV_TG_ADMIN_LISTEN: '127.0.0.1:0',
    VV_SERVICE_IDENTITY_CERT_PATH: server.certPath,
    VV_SERVICE_IDENTITY_KEY_PATH: server.keyPath,
    VV_SERVICE_IDENTITY_CA_PATH: pki.caCertPath,
    VV_TG_ALLOWED_SERVICE_IDENTITIES_JSON: JSON.stringify({ [IDENTITY]: agent.sha256 }),
    VV_TG_SPECTRASTRIKE_ED25519_PUBKEY: telemetryKey.toBase64(),
    VV_TG_OPERATOR_TENANT_MAP: JSON.stringify({ [OPERATOR]: TENANT }),
    VV_TG_FEEDBACK_ED25519_KEYS_JSON: JSON.stringify({ [FEEDBACK_KID]: feedbackKeyPath }),
    VV_TG_FEEDBACK_ACTIVE_KID: FEEDBACK_KID,
    VV_TG_AUDIT_ED25519_KEY_PATH: auditKeyPath,
    VV_TG_AUDIT_LOG_ORIGIN: 'demo.vectorvue.example/audit',
    VV_TG_RATE_LIMIT_PER_MINUTE: '6000',
    VV_TG_DATA_DIR: join(directory, 'gateway-data'),
    ...(databaseUrl === null ? {} : { DATABASE_URL: databaseUrl }),
    ...overrides,
  };
  if (databaseUrl === null) await prepareEmbedded(join(directory, 'gateway-data'));
  const gateway = await startGateway(gatewayEnvironment);
  const agentEnvironment: Environment = {
    VECTORVUE_FEDERATION_URL: `https://localhost:${portOf(gateway.listen)}`,
    VECTORVUE_FEDERATION_SERVICE_IDENTITY: IDENTITY,
    VECTORVUE_FEDERATION_MTLS_CERT_FILE: agent.certPath,
    VECTORVUE_FEDERATION_MTLS_KEY_FILE: agent.keyPath,
    VECTORVUE_FEDERATION_MTLS_CA_FILE: pki.caCertPath,
    VECTORVUE_FEDERATION_CLIENT_CERT_SHA256: agent.sha256,
    VECTORVUE_FEDERATION_SERVER_CERT_SHA256: server.sha256,
    VECTORVUE_FEDERATION_SIGNING_KEY_PATH: telemetryKeyPath,
    VECTORVUE_FEDERATION_OPERATOR_ID: OPERATOR,
    VECTORVUE_FEDERATION_TENANT_ID: TENANT,
    VECTORVUE_FEEDBACK_VERIFY_KEYS_JSON: JSON.stringify({ [FEEDBACK_KID]: feedbackKey.toBase64() }),
    SPECTRASTRIKE_DATA_DIR: join(directory, 'agent-data'),
  };
  return {
    gateway,
    gatewayEnvironment,
    agentEnvironment,
    caPem: readFileSync(pki.caCertPath, 'utf8'),
    agentCertificate: agent,
    otherCertificate: other,
    serverCertificate: server,
    telemetryKeyPath,
    rogueFeedbackKeyPath,
    directory,
  };
}

export function portOf(address: string): string {
  return address.slice(address.lastIndexOf(':') + 1);
}

/** One gateway command with `--json`; throws with everything it printed if it did not succeed. */
export async function askGateway<Value>(world: World, args: readonly string[], exitCode = 0): Promise<Value> {
  const finished = await runProgram('gateway', [...args, '--json'], world.gatewayEnvironment);
  return expectJson<Value>(`vectorvue-gateway ${args.join(' ')}`, finished, exitCode);
}

/** One agent command with `--json`, under the agent's environment with `overrides` laid over it. */
export async function runAgent(
  world: World,
  args: readonly string[],
  overrides: Environment = {},
): Promise<Finished> {
  return await runProgram('agent', [...args, '--json'], { ...world.agentEnvironment, ...overrides });
}

export async function askAgent<Value>(world: World, args: readonly string[], exitCode = 0): Promise<Value> {
  return expectJson<Value>(`spectrastrike-agent ${args.join(' ')}`, await runAgent(world, args), exitCode);
}

function expectJson<Value>(command: string, finished: Finished, exitCode = 0): Value {
  if (finished.exitCode !== exitCode || finished.json === null) {
    throw new Error(`${command} ended with ${finished.exitCode}\n${finished.stdout}\n${finished.stderr}`);
  }
  return finished.json as Value;
}
