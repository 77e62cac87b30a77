import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { generateKeyFile } from '@nyxera/federation-key-custody';
import {
  createPki,
  freePort,
  type IssuedCertificate,
  type IssueOptions,
  type Pki,
  type PostgresServer,
  startPostgres,
  temporaryDirectory,
} from '@nyxera/federation-testing';
import { checkHistory, type Violation } from './check-history.ts';
import { type ClientProxy, startClientProxy } from './client-proxy.ts';
import { type ClientSettings, FaultClient } from './fault-client.ts';
import { type Environment, GATEWAY, GatewayProcess } from './gateway-process.ts';
import { type History, newHistory } from './history.ts';
import { isNonceClaimed, readLedger } from './ledger.ts';
import { type PostgresProxy, startPostgresProxy } from './postgres-proxy.ts';

const IDENTITY = 'faults-agent';
const OPERATOR = 'op-faults';
const TENANT = '5eedf417-0000-4000-8000-000000000001';
const FEEDBACK_KID = 'feedback-faults';

export interface World {
  readonly directory: string;
  readonly postgres: PostgresServer;
  /** The database past the proxy, as its superuser. */
  readonly databaseUrl: string;
  readonly databaseProxy: PostgresProxy;
  readonly clientProxy: ClientProxy;
  readonly gatewayPort: number;
  readonly gateway: GatewayProcess;
  readonly client: FaultClient;
  readonly history: History;
  readonly agentEnvironment: Environment;
  readonly certificates: WorldCertificates;
  /** Another gateway on the same database, started now; it ends with the world. */
  startAnother(): Promise<{ readonly port: number; readonly gateway: GatewayProcess }>;
  /** Whether that nonce is claimed, by the database's own word. */
  isClaimed(nonce: string): Promise<boolean>;
  /** Empty where both can be true. Reads the tables anew, and remembers the log for the next time. */
  check(): Promise<readonly Violation[]>;
  close(): Promise<void>;
}

/** What handshakes are made with, and the CA that makes more of it. */
export interface WorldCertificates {
  readonly pki: Pki;
  /** The files that the gateway is configured with; a fault may write others there. */
  readonly serverFiles: { readonly cert: string; readonly key: string };
  readonly identity: string;
  /** What is in use now; a fault that changes it says so. */
  server: IssuedCertificate;
  client: IssuedCertificate;
  issueServer(options?: Partial<IssueOptions>): Promise<IssuedCertificate>;
  issueClient(): Promise<IssuedCertificate>;
}

export interface WorldOptions {
  /** A gateway to run instead of the workspace's own; plant-bug.ts makes them. */
  readonly build?: string;
  /** Laid over the gateway's environment. */
  readonly environment?: Environment;
  /** A server that is running already; it gets a database more, and is not stopped. */
  readonly postgres?: PostgresServer;
}

/** Client -> proxy -> gateway -> proxy -> PostgreSQL: all real, all its own, all gone after `close`. */
export async function buildWorld(options: WorldOptions = {}): Promise<World> {
  if (!existsSync(join(GATEWAY, 'bin/vectorvue-gateway.js'))) {
    throw new Error('the programs are not built: run "pnpm build" first');
  }
  const directory = temporaryDirectory('faults');
  const closing: (() => Promise<void> | void)[] = [directory.remove];
  const close = async (): Promise<void> => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    const postgres = options.postgres ?? (await startPostgres());
    if (options.postgres === undefined) closing.push(() => postgres.stop());
    const databaseUrl = await postgres.createDatabase();
    const databaseProxy = await startPostgresProxy(postgres.port);
    closing.push(() => databaseProxy.close());
    const gatewayPort = await freePort();
    const keys = await makeKeys(directory.path);
    const makeGateway = (port: number, name: string): GatewayProcess =>
      new GatewayProcess(options.build ?? GATEWAY, {
        ...keys.gateway,
        VV_TG_LISTEN: `127.0.0.1:${port}`,
        VV_TG_ADMIN_LISTEN: '127.0.0.1:0',
        VV_TG_RATE_LIMIT_PER_MINUTE: '0',
        VV_TG_DATA_DIR: join(directory.path, name),
        DATABASE_URL: throughProxy(databaseUrl, databaseProxy.port),
        ...options.environment,
      });
    const gateway = makeGateway(gatewayPort, 'gateway');
    await gateway.start();
    closing.push(() => gateway.stop());
    const clientProxy = await startClientProxy(gatewayPort);
    closing.push(() => clientProxy.close());
    const history = newHistory({ tenantId: TENANT, operatorId: OPERATOR, identity: IDENTITY });
    const client = await FaultClient.open(keys.client, history, () => clientProxy.port);
    closing.push(() => client.close());

    let earlier: ReadonlyMap<number, string> = new Map();
    return {
      directory: directory.path,
      postgres,
      databaseUrl,
      databaseProxy,
      clientProxy,
      gatewayPort,
      gateway,
      client,
      history,
      agentEnvironment: {
        ...keys.agent,
        VECTORVUE_FEDERATION_URL: `https://localhost:${clientProxy.port}`,
        SPECTRASTRIKE_DATA_DIR: join(directory.path, 'agent'),
      },
      certificates: keys.certificates,
      startAnother: async () => {
        const port = await freePort();
        const another = makeGateway(port, `gateway-${port}`);
        closing.push(() => another.stop());
        await another.start();
        return { port, gateway: another };
      },
      isClaimed: (nonce) => isNonceClaimed(databaseUrl, nonce),
      check: async () => {
        const ledger = await readLedger(databaseUrl);
        const violations = checkHistory(history, ledger, earlier);
        earlier = new Map(ledger.audit.map((row) => [row.sequence, row.leafHash]));
        return violations;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Keys {
  readonly certificates: WorldCertificates;
  readonly gateway: Environment;
  readonly agent: Environment;
  readonly client: ClientSettings;
}

async function makeCertificates(directory: string): Promise<WorldCertificates> {
  const pki = await createPki(join(directory, 'pki'));
  let issued = 0;
  const issueServer = (options: Partial<IssueOptions> = {}): Promise<IssuedCertificate> => {
    issued += 1;
    const names = { dns: ['localhost'], ips: ['127.0.0.1'], server: true };
    return pki.issue({ name: `server-${issued}`, ...names, ...options });
  };
  const issueClient = (): Promise<IssuedCertificate> => {
    issued += 1;
    return pki.issue({ name: `client-${issued}`, commonName: IDENTITY, client: true });
  };
  const server = await issueServer();
  const serverFiles = { cert: join(directory, 'server.crt'), key: join(directory, 'server.key') };
  copyFileSync(server.certPath, serverFiles.cert);
  copyFileSync(server.keyPath, serverFiles.key);
  const client = await issueClient();
  return { pki, serverFiles, identity: IDENTITY, server, client, issueServer, issueClient };
}

async function makeKeys(directory: string): Promise<Keys> {
  const certificates = await makeCertificates(directory);
  const { pki, server, client: peer, serverFiles } = certificates;
  const telemetryPath = join(directory, 'telemetry.pem');
  const feedbackPath = join(directory, 'feedback.pem');
  const telemetry = await generateKeyFile(telemetryPath);
  const feedback = await generateKeyFile(feedbackPath);
  return {
    certificates,
    gateway: {
      VV_SERVICE_IDENTITY_CERT_PATH: serverFiles.cert,
      VV_SERVICE_IDENTITY_KEY_PATH: serverFiles.key,
      VV_SERVICE_IDENTITY_CA_PATH: pki.caCertPath,
      VV_TG_ALLOWED_SERVICE_IDENTITIES_JSON: JSON.stringify({ [IDENTITY]: peer.sha256 }),
      VV_TG_SPECTRASTRIKE_ED25519_PUBKEY: telemetry.toBase64(),
      VV_TG_OPERATOR_TENANT_MAP: JSON.stringify({ [OPERATOR]: TENANT }),
      VV_TG_FEEDBACK_ED25519_KEYS_JSON: JSON.stringify({ [FEEDBACK_KID]: feedbackPath }),
      VV_TG_FEEDBACK_ACTIVE_KID: FEEDBACK_KID,
    },
    agent: {
      VECTORVUE_FEDERATION_SERVICE_IDENTITY: IDENTITY,
      VECTORVUE_FEDERATION_MTLS_CERT_FILE: peer.certPath,
      VECTORVUE_FEDERATION_MTLS_KEY_FILE: peer.keyPath,
      VECTORVUE_FEDERATION_MTLS_CA_FILE: pki.caCertPath,
      VECTORVUE_FEDERATION_SERVER_CERT_SHA256: server.sha256,
      VECTORVUE_FEDERATION_SIGNING_KEY_PATH: telemetryPath,
      VECTORVUE_FEDERATION_OPERATOR_ID: OPERATOR,
      VECTORVUE_FEDERATION_TENANT_ID: TENANT,
      VECTORVUE_FEEDBACK_VERIFY_KEYS_JSON: JSON.stringify({ [FEEDBACK_KID]: feedback.toBase64() }),
    },
    client: {
      caPath: pki.caCertPath,
      certPath: peer.certPath,
      keyPath: peer.keyPath,
      sha256: peer.sha256,
      signingKeyPath: telemetryPath,
    },
  };
}

function throughProxy(databaseUrl: string, port: number): string {
  const url = new URL(databaseUrl);
  url.port = String(port);
  return url.href;
}
