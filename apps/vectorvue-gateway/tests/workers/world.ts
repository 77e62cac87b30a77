import { Agent } from 'node:https';
import { type PostgresServer, startPostgres } from '@nyxera/federation-testing';
import { type Received, send } from '../support/client.ts';
import { createFederation, type Federation } from '../support/federation.ts';
import { type Prepared, telemetry } from '../support/requests.ts';
import { type ServedProcess, serveInProcess, until } from '../support/served-process.ts';

const PATIENCE_MS = 15_000;

/** Real processes, real TLS, a real PostgreSQL that syncs: one for a test file. */
export interface WorkersWorld {
  readonly federation: Federation;
  readonly postgres: PostgresServer;
  /** A gateway on a database of its own, ended with the world where the test did not. */
  serve(changes?: Readonly<Record<string, string>>): Promise<Served>;
  close(): Promise<void>;
}

export interface Served extends ServedProcess {
  readonly databaseUrl: string;
  readonly listen: string;
  readonly adminListen: string;
}

export async function createWorkersWorld(): Promise<WorkersWorld> {
  const federation = await createFederation();
  const postgres = await startPostgres();
  const started: ServedProcess[] = [];
  return {
    federation,
    postgres,
    serve: async (changes = {}) => {
      const databaseUrl = changes.DATABASE_URL ?? (await postgres.createDatabase());
      const served = serveInProcess({ ...federation.environment, DATABASE_URL: databaseUrl, ...changes });
      started.push(served);
      return { ...served, databaseUrl, ...(await served.ready) };
    },
    close: async () => {
      await Promise.all(started.map((served) => served.stop()));
      await postgres.stop();
      federation.remove();
    },
  };
}

/** Traffic that goes on until it is stopped: `connections` clients that keep their connection, one request each at a time. */
export interface Traffic {
  readonly acknowledged: string[];
  /** What was neither 202 nor an answer at all. */
  readonly trouble: string[];
  stop(): Promise<void>;
}

export function startTraffic(federation: Federation, listen: string, connections: number): Traffic {
  const acknowledged: string[] = [];
  const trouble: string[] = [];
  let stopping = false;
  const client = async (number: number): Promise<void> => {
    let agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let round = 0; !stopping; round += 1) {
      const eventId = `evt-traffic-${number}-${round}`;
      const request = telemetry(federation, { payload: payloadOf(eventId) });
      const answer = await sendPatiently(federation, listen, request, agent);
      if (typeof answer === 'string') {
        trouble.push(`${eventId}: ${answer}`);
        agent.destroy();
        agent = new Agent({ keepAlive: true, maxSockets: 1 });
      } else if (answer.status === 202) acknowledged.push(eventId);
      else trouble.push(`${eventId}: ${answer.status} ${answer.text}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    agent.destroy();
  };
  const clients = Promise.all(Array.from({ length: connections }, (_, number) => client(number)));
  return {
    acknowledged,
    trouble,
    stop: async () => {
      stopping = true;
      await clients;
    },
  };
}

/**
 * The answer, or why there was none. Like every client it gives up after a while: a connection that is being handed to
 * a worker in the moment of its death is answered by nobody.
 */
export async function sendPatiently(
  federation: Federation,
  listen: string,
  request: Prepared,
  agent: Agent | false = false,
): Promise<Received | string> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS, 'no answer');
  });
  const answer = send(federation, listen, request, agent === false ? {} : { agent }).catch(
    (fault: { readonly code?: unknown }) => `no answer: ${String(fault.code)}`,
  );
  const first = await Promise.race([answer, patience]);
  clearTimeout(timer);
  return first;
}

function payloadOf(eventId: string): Record<string, unknown> {
  return {
    event_id: eventId,
    event_type: 'PORT_OPEN',
    source_system: 'nmap',
    severity: 'low',
    observed_at: '2026-02-26T12:00:00+00:00',
    mitre_techniques: ['T1046'],
    attributes: { attestation_measurement_hash: 'bb'.repeat(32), schema_version: '1.0' },
  };
}

/** Each over a connection of its own, all at once: round robin gives neighbours to different workers. */
export function sendApart(
  federation: Federation,
  listen: string,
  requests: readonly Prepared[],
): Promise<Received[]> {
  return Promise.all(requests.map((request) => send(federation, listen, request)));
}

export async function metric(adminListen: string, series: string): Promise<number> {
  const text = await (await fetch(`http://${adminListen}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? Number.NaN : Number(line.slice(series.length + 1));
}

export async function untilReady(adminListen: string): Promise<void> {
  await until(async () => (await fetch(`http://${adminListen}/readyz`)).status === 200, '/readyz says 200');
}
