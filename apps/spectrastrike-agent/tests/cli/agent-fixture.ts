import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateKeyFile } from '@nyxera/federation-key-custody';
import { createPki, type Pki, temporaryDirectory } from '@nyxera/federation-testing';
import { type StandIn, startStandIn } from './gateway-stand-in.ts';
import { type Ran, runAgent } from './run-agent.ts';
import { runInProcess } from './run-in-process.ts';

export const TENANT = '10000000-0000-0000-0000-00000000000A';
export const OPERATOR = 'op-001';

/** A PKI, a stand-in gateway and an agent that is configured for it, in a directory of their own. */
export interface AgentFixture {
  readonly path: string;
  readonly pki: Pki;
  readonly gateway: StandIn;
  /** Changed by a test where it needs another setting. */
  environment: Record<string, string>;
  run(...args: readonly string[]): Promise<Ran>;
  runWithInput(input: string, ...args: readonly string[]): Promise<Ran>;
  /** Writes a file below the fixture and returns its path. */
  file(name: string, content: string): string;
  close(): Promise<void>;
}

export async function createAgentFixture(): Promise<AgentFixture> {
  const directory = temporaryDirectory('agent-cli');
  const path = directory.path;
  const pki = await createPki(join(path, 'pki'));
  const client = await pki.issue({ name: 'client', client: true });
  const gateway = await startStandIn(pki, 'server');
  mkdirSync(join(path, 'keys'), { mode: 0o700 });
  const signingKey = join(path, 'keys', 'telemetry.key');
  await generateKeyFile(signingKey);
  const fixture: AgentFixture = {
    path,
    pki,
    gateway,
    environment: {
      VECTORVUE_FEDERATION_URL: gateway.url,
      VECTORVUE_FEDERATION_SERVICE_IDENTITY: 'agent-1',
      VECTORVUE_FEDERATION_MTLS_CERT_FILE: client.certPath,
      VECTORVUE_FEDERATION_MTLS_KEY_FILE: client.keyPath,
      VECTORVUE_FEDERATION_MTLS_CA_FILE: pki.caCertPath,
      VECTORVUE_FEDERATION_SERVER_CERT_SHA256: gateway.certificate.sha256,
      VECTORVUE_FEDERATION_SIGNING_KEY_PATH: signingKey,
      VECTORVUE_FEDERATION_OPERATOR_ID: OPERATOR,
      VECTORVUE_FEDERATION_TENANT_ID: TENANT,
      SPECTRASTRIKE_DATA_DIR: join(path, 'data'),
      SPECTRASTRIKE_LOG_LEVEL: 'error',
    },
    run: (...args) => runInProcess(fixture.environment, args),
    runWithInput: (input, ...args) => runAgent(fixture.environment, args, input),
    file: (name, content) => {
      const at = join(path, name);
      writeFileSync(at, content);
      return at;
    },
    close: async () => {
      await gateway.close();
      directory.remove();
    },
  };
  return fixture;
}

/** One canonical event, as a producer writes it. */
export function canonicalEvent(eventId: string, more: Record<string, unknown> = {}): string {
  return JSON.stringify({
    event_id: eventId,
    event_type: 'EXPLOIT_CONFIRMED',
    source_system: 'lab',
    severity: 'high',
    observed_at: '2026-02-26T12:00:00Z',
    mitre_techniques: ['T1190'],
    attributes: { asset_ref: '10.0.0.5', target_urn: 'urn:target:ip:10.0.0.5' },
    ...more,
  });
}
