import { join } from 'node:path';
import { generateKeyFile } from '@nyxera/federation-key-custody';
import { createPki } from '@nyxera/federation-testing/pki';
import type { Environment } from './config.ts';
import { IDENTITY, OPERATOR, TENANT } from './source-events.ts';

interface Files {
  readonly certPath: string;
  readonly keyPath: string;
  readonly sha256: string;
}

/** Keys and certificates made for this run; everything lies in one directory that goes away with it. */
export interface World {
  readonly directory: string;
  readonly caPath: string;
  readonly server: Files;
  readonly agent: Files;
  readonly signingKeyPath: string;
  /** Of a gateway; no rate limit, because the limit is not what is measured. */
  gatewayEnvironment(name: string, databaseUrl: string | null): Environment;
  agentEnvironment(name: string, port: number): Environment;
}

export async function buildWorld(directory: string): Promise<World> {
  const pki = await createPki(join(directory, 'pki'));
  const server = await pki.issue({ name: 'localhost', dns: ['localhost'], ips: ['127.0.0.1'], server: true });
  const agent = await pki.issue({ name: IDENTITY, client: true });
  const signingKeyPath = join(directory, 'telemetry.pem');
  const feedbackKeyPath = join(directory, 'feedback.pem');
  const telemetryKey = await generateKeyFile(signingKeyPath);
  const feedbackKey = await generateKeyFile(feedbackKeyPath);
  return {
    directory,
    caPath: pki.caCertPath,
    server,
    agent,
    signingKeyPath,
    gatewayEnvironment: (name, databaseUrl) => ({
      VV_TG_LISTEN: '127.0.0.1:0',
      VV_TG_ADMIN_LISTEN: '127.0.0.1:0',
      VV_SERVICE_IDENTITY_CERT_PATH: server.certPath,
      VV_SERVICE_IDENTITY_KEY_PATH: server.keyPath,
      VV_SERVICE_IDENTITY_CA_PATH: pki.caCertPath,
      VV_TG_ALLOWED_SERVICE_IDENTITIES_JSON: JSON.stringify({ [IDENTITY]: agent.sha256 }),
      VV_TG_SPECTRASTRIKE_ED25519_PUBKEY: telemetryKey.toBase64(),
      VV_TG_OPERATOR_TENANT_MAP: JSON.stringify({ [OPERATOR]: TENANT }),
      VV_TG_FEEDBACK_ED25519_KEYS_JSON: JSON.stringify({ 'feedback-bench': feedbackKeyPath }),
      VV_TG_FEEDBACK_ACTIVE_KID: 'feedback-bench',
      VV_TG_RATE_LIMIT_PER_MINUTE: '0',
      VV_TG_DATA_DIR: join(directory, `gateway-${name}`),
      ...(databaseUrl === null ? {} : { DATABASE_URL: databaseUrl }),
    }),
    agentEnvironment: (name, port) => ({
      VECTORVUE_FEDERATION_URL: `https://localhost:${port}`,
      VECTORVUE_FEDERATION_SERVICE_IDENTITY: IDENTITY,
      VECTORVUE_FEDERATION_MTLS_CERT_FILE: agent.certPath,
      VECTORVUE_FEDERATION_MTLS_KEY_FILE: agent.keyPath,
      VECTORVUE_FEDERATION_MTLS_CA_FILE: pki.caCertPath,
      VECTORVUE_FEDERATION_CLIENT_CERT_SHA256: agent.sha256,
      VECTORVUE_FEDERATION_SERVER_CERT_SHA256: server.sha256,
      VECTORVUE_FEDERATION_SIGNING_KEY_PATH: signingKeyPath,
      VECTORVUE_FEDERATION_OPERATOR_ID: OPERATOR,
      VECTORVUE_FEDERATION_TENANT_ID: TENANT,
      VECTORVUE_FEEDBACK_VERIFY_KEYS_JSON: JSON.stringify({ 'feedback-bench': feedbackKey.toBase64() }),
      SPECTRASTRIKE_DATA_DIR: join(directory, `agent-${name}`),
    }),
  };
}
