import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { type FaultKind, FaultMissed, until } from '../fault-kind.ts';
import { hasKernelFiles, unsentBytes } from '../kernel.ts';
import { startDeliveries } from '../traffic.ts';
import type { World } from '../world.ts';

const GRAPH_PATH = '/internal/v1/cognitive/execution-graph';
const QUERY_PATH = '/internal/v1/cognitive/feedback/adjustments/query';
/** One adjustment each, of some 500 bytes: an answer to a query is as large as answers get here. */
const GRAPHS = 300;
/** Answers of some 150 KB: together more than the buffers of both ends of a connection hold. */
const QUERIES = 100;

/**
 * One that asks for megabytes and does not read them, while others work; then it reads them, all of them. The kernel
 * says that the gateway's answers are stuck in its own send queue.
 */
export const slowReader: FaultKind = {
  name: 'slow-reader',
  unavailable: () => (hasKernelFiles ? null : 'what is stuck is read from /proc'),
  prepare: async (world) => {
    for (let number = 0; number < GRAPHS; number += 25) {
      const wave = Array.from({ length: 25 }, (_, index) => pushGraph(world, number + index));
      await Promise.all(wave);
    }
    return `${QUERIES} answers of ${GRAPHS} adjustments each, not read`;
  },
  strike: async (world, random, label) => {
    const requests = await Promise.all(Array.from({ length: QUERIES }, () => query(world)));
    const reader = await openReader(world);
    try {
      reader.pause();
      for (const request of requests) reader.write(request);
      const stuck = (): number => unsentBytes(world.gatewayPort, reader.localPort ?? 0) ?? 0;
      // Node reads a little ahead, and a queue that is not empty may be on its way: it must stand still.
      await until(
        async () => {
          const read = reader.bytesRead;
          await sleep(100);
          return stuck() > 0 && reader.bytesRead === read;
        },
        () => new FaultMissed('the gateway could write all that it had to say'),
      );
      const before = reader.bytesRead;
      await startDeliveries(world, random, label, random.between(4, 10));
      if (stuck() === 0 || reader.bytesRead !== before) throw new FaultMissed('something was read meanwhile');
      const statuses = await readAll(reader, QUERIES);
      // On a machine that is busy a query may be put off, like anything else.
      const good = statuses.filter((status) => status === 200 || status === 503);
      if (good.length !== QUERIES) throw new Error(`a slow reader got ${good.length} of ${QUERIES} answers`);
    } finally {
      reader.destroy();
    }
    return 'answers stuck while others were served';
  },
};

/** Until it is taken, signed afresh each time, as a peer does. */
async function pushGraph(world: World, number: number): Promise<void> {
  const { tenantId, operatorId } = world.history;
  const hash = number.toString(16).padStart(64, '0');
  let last = 'no answer';
  const push = async (): Promise<boolean> => {
    const signed = await world.client.signBody((timestamp, nonce) => ({
      operator_id: operatorId,
      tenant_id: tenantId,
      execution_fingerprint: hash,
      timestamp,
      nonce,
      schema_version: 'execution.graph.v1',
      attestation_measurement_hash: hash,
      graph: { target_urn: `urn:target:host:slow-${number}` },
    }));
    const answer = await world.client.post(GRAPH_PATH, signed);
    last = answer?.code ?? String(answer?.status ?? 'no answer');
    return answer?.status === 202;
  };
  await until(push, () => new Error(`a graph was answered ${last}`), 60_000);
}

/** The bytes of one query, as they go out. */
async function query(world: World): Promise<Buffer> {
  const { tenantId, operatorId } = world.history;
  const signed = await world.client.signBody((timestamp, nonce) => ({
    operator_id: operatorId,
    tenant_id: tenantId,
    timestamp,
    nonce,
    limit: 1000,
  }));
  const headers = Object.entries(world.client.headersOf(signed)).map(([name, value]) => `${name}: ${value}`);
  const head = `POST ${QUERY_PATH} HTTP/1.1\r\nHost: localhost\r\n${headers.join('\r\n')}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), signed.body]);
}

function openReader(world: World): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: world.gatewayPort, servername: 'localhost' };
    const socket = connectTls({ ...options, ...world.client.tls }, () => {
      socket.off('error', reject);
      socket.on('error', () => undefined);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}

/** Reads until so many answers are whole, or the connection ends; their statuses. */
async function readAll(reader: TLSSocket, wanted: number): Promise<readonly number[]> {
  const statuses: number[] = [];
  let rest = Buffer.alloc(0);
  for await (const chunk of reader.iterator({ destroyOnReturn: false })) {
    rest = Buffer.concat([rest, chunk as Buffer]);
    for (let end = rest.indexOf('\r\n\r\n'); end >= 0; end = rest.indexOf('\r\n\r\n')) {
      const head = rest.toString('latin1', 0, end);
      const whole = end + 4 + Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN);
      if (!(rest.length >= whole)) break;
      rest = rest.subarray(whole);
      statuses.push(Number(head.split(' ')[1]));
    }
    if (statuses.length === wanted) break;
  }
  return statuses;
}
