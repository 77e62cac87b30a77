import { isIP } from 'node:net';
import { join } from 'node:path';
import { formatVerifierKey, importPublicKey, NOTE_ED25519 } from '@nyxera/federation-protocol';
import type { Plan } from './arguments.ts';

/** What was made, as far as the environments name it. Paths are absolute; keys are public. */
export interface Made {
  readonly caPath: string;
  readonly server: { readonly certPath: string; readonly keyPath: string; readonly sha256: string };
  readonly client: { readonly certPath: string; readonly keyPath: string; readonly sha256: string };
  readonly telemetry: MadeKey;
  readonly feedback: MadeKey;
  readonly evidence: MadeKey;
  readonly audit: MadeKey;
}

export interface MadeKey {
  readonly path: string;
  readonly kid: string;
  readonly publicKeyBase64: string;
}

export type Environment = Readonly<Record<string, string>>;

/** Every variable of PROTOCOL.md section 16 that the gateway needs to trust the agent. */
export function gatewayEnvironment(plan: Plan, made: Made): Environment {
  return {
    VV_TG_LISTEN: hostPort(plan.listen, plan.port),
    VV_TG_ADMIN_LISTEN: hostPort('127.0.0.1', plan.adminPort),
    VV_SERVICE_IDENTITY_CERT_PATH: made.server.certPath,
    VV_SERVICE_IDENTITY_KEY_PATH: made.server.keyPath,
    VV_SERVICE_IDENTITY_CA_PATH: made.caPath,
    VV_TG_ALLOWED_SERVICE_IDENTITIES_JSON: JSON.stringify({ [plan.identity]: [made.client.sha256] }),
    VV_TG_SPECTRASTRIKE_ED25519_PUBKEY: made.telemetry.publicKeyBase64,
    VV_FEDERATION_SPECTRASTRIKE_ED25519_PUBKEY: made.evidence.publicKeyBase64,
    VV_TG_OPERATOR_TENANT_MAP: JSON.stringify({ [plan.operator]: plan.tenant }),
    VV_TG_FEEDBACK_ED25519_KEYS_JSON: JSON.stringify({ [made.feedback.kid]: made.feedback.path }),
    VV_TG_FEEDBACK_ACTIVE_KID: made.feedback.kid,
    VV_TG_AUDIT_ED25519_KEY_PATH: made.audit.path,
    VV_TG_AUDIT_LOG_ORIGIN: logOrigin(plan),
    VV_TG_DATA_DIR: join(plan.out, 'gateway-data'),
  };
}

/** Every variable of PROTOCOL.md section 16 that the agent needs to reach and verify the gateway. */
export function agentEnvironment(plan: Plan, made: Made): Environment {
  return {
    VECTORVUE_FEDERATION_URL: `https://${hostPort(plan.hosts[0] ?? 'localhost', plan.port)}`,
    VECTORVUE_FEDERATION_SERVICE_IDENTITY: plan.identity,
    VECTORVUE_FEDERATION_MTLS_CERT_FILE: made.client.certPath,
    VECTORVUE_FEDERATION_MTLS_KEY_FILE: made.client.keyPath,
    VECTORVUE_FEDERATION_MTLS_CA_FILE: made.caPath,
    VECTORVUE_FEDERATION_CLIENT_CERT_SHA256: made.client.sha256,
    VECTORVUE_FEDERATION_SERVER_CERT_SHA256: made.server.sha256,
    VECTORVUE_FEDERATION_SIGNING_KEY_PATH: made.telemetry.path,
    VECTORVUE_FEDERATION_EVIDENCE_KEY_PATH: made.evidence.path,
    VECTORVUE_FEDERATION_OPERATOR_ID: plan.operator,
    VECTORVUE_FEDERATION_TENANT_ID: plan.tenant,
    VECTORVUE_FEEDBACK_VERIFY_KEYS_JSON: JSON.stringify({
      [made.feedback.kid]: made.feedback.publicKeyBase64,
    }),
    VECTORVUE_AUDIT_LOG_KEY: logKey(plan, made),
    SPECTRASTRIKE_DATA_DIR: join(plan.out, 'agent-data'),
  };
}

function logOrigin(plan: Plan): string {
  return `${plan.hosts[0] ?? 'localhost'}/audit`;
}

/** The audit key as those who verify the log are handed it (C2SP verifier key). */
function logKey(plan: Plan, made: Made): string {
  const key = importPublicKey(made.audit.publicKeyBase64);
  if (!key.ok) throw new Error(key.detail);
  return formatVerifierKey({ name: logOrigin(plan), type: NOTE_ED25519, key: key.value });
}

/** A file that a POSIX shell can source. Values are single-quoted: nothing in them is expanded. */
export function environmentFile(title: string, environment: Environment): string {
  const lines = Object.entries(environment).map(([name, value]) => `export ${name}=${quoted(value)}`);
  return `# ${title}. Made by scripts/dev-pki; for development only.\n${lines.join('\n')}\n`;
}

function quoted(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}

function hostPort(host: string, port: number): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}
