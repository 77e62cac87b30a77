/**
 * The world that a browser looks at: the built gateway on a real PostgreSQL, filled by the real agent over mutual TLS, by a
 * peer that misbehaves, and by an officer's commands. Nothing is written into the database from aside.
 */
import { join } from 'node:path';
import type { JsonObject } from '@nyxera/federation-protocol';
import { freePort } from '@nyxera/federation-testing';
import { startPostgres } from '@nyxera/federation-testing/postgres';
import { temporaryDirectory } from '@nyxera/federation-testing/temporary-directory';
import type { QueryResultRow } from 'pg';
import {
  type Finished,
  type RunningGateway,
  runProgram,
  startGateway,
} from '../../../../../scripts/demo/processes.ts';
import { TELEMETRY } from '../../../../../scripts/demo/refusals.ts';
import { askAgent, askGateway, buildWorld, runAgent, type World } from '../../../../../scripts/demo/world.ts';
import { OTHER_IDENTITY, OTHER_OPERATOR, OTHER_TENANT } from './actors.ts';
import { hostileEvents } from './hostile-events.ts';
import { GRAPH_PATH, largeGraph } from './large-graph.ts';
import { openPeer, type Refused, sendRefusedRequests } from './refused-requests.ts';
import { reportFiles, writeHostEvents } from './send-reports.ts';
import { oneTimeLink, sql } from './session-link.ts';
import { type AdmittedKeys, admitOthers, changeTrust } from './trust-changes.ts';

/** On a machine that does much else at once. */
const PATIENCE_MS = 300_000;

export interface WorldOptions {
  /** Host events that the first agent sends besides the reports. */
  readonly events: number;
  readonly say: (text: string) => void;
}

export interface Contents {
  /** Events that the first agent delivered. */
  readonly delivered: number;
  readonly refused: readonly Refused[];
  readonly hostile: readonly { readonly name: string; readonly eventId: string }[];
  readonly revokedKid: string;
}

export interface ConsoleWorld {
  /** `http://127.0.0.1:PORT`, the same after a restart. */
  readonly origin: string;
  readonly databaseUrl: string;
  readonly contents: Contents;
  readonly demo: World;
  /** It was started by another process, which alone can restart its gateway. */
  readonly isKept: boolean;
  /** A link that opens one session, once: what `vectorvue-gateway console` prints. */
  link(role: string, tenants: readonly string[]): Promise<string>;
  /** As the database's superuser: what no role of the gateway may, such as tampering. */
  sql<Row extends QueryResultRow>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  stopGateway(): Promise<void>;
  startGateway(): Promise<void>;
  stop(): Promise<void>;
}

export async function buildConsoleWorld(options: WorldOptions): Promise<ConsoleWorld> {
  const directory = temporaryDirectory('console-world');
  const postgres = await startPostgres({ fast: true });
  let gateway: RunningGateway | null = null;
  const stop = async (): Promise<void> => {
    await gateway?.stop();
    await postgres.stop();
    directory.remove();
  };
  try {
    const databaseUrl = await postgres.createDatabase();
    const admin = await freePort();
    const origin = `http://127.0.0.1:${admin}`;
    const demo = await buildWorld(directory.path, databaseUrl, {
      VV_TG_LISTEN: `127.0.0.1:${await freePort()}`,
      VV_TG_ADMIN_LISTEN: `127.0.0.1:${admin}`,
      VV_TG_RATE_LIMIT_PER_MINUTE: '0',
      VV_TG_REFUSAL_SAMPLES_PER_MINUTE: '1000',
    });
    gateway = demo.gateway;
    const contents = await fill(demo, options);
    return {
      origin,
      databaseUrl,
      contents,
      demo,
      isKept: false,
      link: (role, tenants) => oneTimeLink(demo, origin, role, tenants),
      sql: (text, values) => sql(databaseUrl, text, values),
      stopGateway: async () => {
        await gateway?.stop();
        gateway = null;
      },
      startGateway: async () => {
        gateway ??= await startGateway(demo.gatewayEnvironment);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function fill(demo: World, { events, say }: WorldOptions): Promise<Contents> {
  say('a second organisation is admitted');
  const keys = await admitOthers(demo);
  say(
    `the agents send ${reportFiles().length} reports and ${events} host events; graphs go up, feedback comes down`,
  );
  const [reports, host] = await Promise.all([
    sendReports(demo, keys),
    sendHostEvents(demo, events),
    sendOther(demo, keys),
  ]);
  say('what must be refused, and what must be stored though it is hostile');
  const refused = await sendRefusedRequests(demo);
  const hostile = await sendAsPeer(demo);
  say('keys are lost and rotated');
  const { revokedKid } = await changeTrust(demo);
  return { delivered: reports + host, refused, hostile, revokedKid };
}

/** Reports that the agent cannot read are part of it: `send` then ends with 2, and delivers all others. */
async function sendReports(demo: World, keys: AdmittedKeys): Promise<number> {
  const args = ['send', ...reportFiles(), '--campaign', 'q4-external', '--wait', '60', '--json'];
  const sent = await runProgram('agent', args, demo.agentEnvironment, PATIENCE_MS);
  const delivered = deliveredOf(sent);
  await closeTheLoop(demo, keys);
  return delivered;
}

/** The same agent on another machine: a spool of its own, so that it sends while the first one does. */
async function sendHostEvents(demo: World, events: number): Promise<number> {
  const file = join(demo.directory, 'host-events.jsonl');
  writeHostEvents(file, events);
  const args = ['send', file, '--format', 'events', '--campaign', 'host-telemetry', '--wait', '60'];
  const environment = {
    ...demo.agentEnvironment,
    SPECTRASTRIKE_DATA_DIR: join(demo.directory, 'sensor-data'),
  };
  const sent = await runProgram('agent', [...args, '--json'], environment, PATIENCE_MS);
  const delivered = deliveredOf(sent);
  if (delivered !== events) throw new Error(`${delivered} of ${events} host events were delivered`);
  return delivered;
}

function deliveredOf(finished: Finished): number {
  const delivered = (finished.json as { delivered?: number } | null)?.delivered ?? 0;
  if (delivered === 0) throw new Error(`nothing was delivered\n${finished.stdout}${finished.stderr}`);
  return delivered;
}

async function sendOther(demo: World, keys: AdmittedKeys): Promise<void> {
  const pki = join(demo.directory, 'pki');
  const sent = await runAgent(demo, ['send', ...reportFiles().slice(0, 6), '--campaign', 'port-of-call'], {
    SPECTRASTRIKE_DATA_DIR: join(demo.directory, 'other-agent-data'),
    VECTORVUE_FEDERATION_SERVICE_IDENTITY: OTHER_IDENTITY,
    VECTORVUE_FEDERATION_OPERATOR_ID: OTHER_OPERATOR,
    VECTORVUE_FEDERATION_TENANT_ID: OTHER_TENANT,
    VECTORVUE_FEDERATION_MTLS_CERT_FILE: join(pki, 'somebody-else.crt'),
    VECTORVUE_FEDERATION_MTLS_KEY_FILE: join(pki, 'somebody-else.key'),
    VECTORVUE_FEDERATION_CLIENT_CERT_SHA256: demo.otherCertificate.sha256,
    VECTORVUE_FEDERATION_SIGNING_KEY_PATH: keys.otherSigningKeyPath,
  });
  deliveredOf(sent);
}

async function closeTheLoop(demo: World, { witnessKeyPath }: AdmittedKeys): Promise<void> {
  const { keys } = await askGateway<{ keys: readonly { verifier_key: string }[] }>(demo, ['audit', 'key']);
  const witnessing = {
    VECTORVUE_AUDIT_LOG_KEY: keys.map(({ verifier_key }) => verifier_key).join(' '),
    VECTORVUE_FEDERATION_WITNESS_KEY_PATH: witnessKeyPath,
  };
  await askAgent(demo, ['graph', 'build']);
  await askAgent(demo, ['graph', 'push']);
  const pulled = await runAgent(demo, ['feedback', 'pull'], witnessing);
  const recorded = (pulled.json as { recorded?: number } | null)?.recorded ?? 0;
  if (recorded === 0) throw new Error(`no feedback was recorded\n${pulled.stdout}${pulled.stderr}`);
}

async function sendAsPeer(demo: World): Promise<Contents['hostile']> {
  const peer = await openPeer(demo);
  const send = async (what: string, path: string, members: JsonObject): Promise<void> => {
    const { status, body } = await peer.send(await peer.sign(path, members));
    if (status !== 202) throw new Error(`${what} was refused: ${status} ${JSON.stringify(body)}`);
  };
  try {
    for (const { name, envelope } of hostileEvents()) await send(name, TELEMETRY, envelope);
    await send('the large graph', GRAPH_PATH, largeGraph());
  } finally {
    await peer.close();
  }
  return hostileEvents().map(({ name, eventId }) => ({ name, eventId }));
}
