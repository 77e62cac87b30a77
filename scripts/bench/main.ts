/**
 * `pnpm bench`: how much of this machine's signature-verification rate the whole path keeps. One run measures
 * everything side by side, because only ratios of one run mean anything on a shared machine.
 *
 * What it is not: the full benchmark (batches, workers, latency percentiles, a filled store). The generator
 * shares the two cores with the gateway, so the gateway's own limit lies above what is shown here.
 */
import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalizeCompat, parseStrictJson } from '@nyxera/federation-protocol';
import { startPostgres } from '@nyxera/federation-testing/postgres';
import { Peer, type SignedRequest } from '../demo/peer.ts';
import { honestEnvelope, TELEMETRY } from '../demo/refusals.ts';
import { buildWorld, IDENTITY } from '../demo/world.ts';

const root = new URL('../..', import.meta.url).pathname;
const ROUNDS = 6;
const REQUESTS_PER_ROUND = 1_000;
const CONNECTIONS = 64;

interface Measurement {
  readonly name: string;
  readonly perSecond: number;
}

/** Calls `work` for about a second and returns the rate. */
function rateOf(name: string, work: () => unknown): Measurement {
  for (let warm = 0; warm < 200; warm += 1) work();
  const started = process.hrtime.bigint();
  let calls = 0;
  while (process.hrtime.bigint() - started < 1_000_000_000n) {
    for (let inner = 0; inner < 50; inner += 1) work();
    calls += 50;
  }
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  return { name, perSecond: calls / seconds };
}

function measurePrimitives(): Measurement[] {
  const body = Buffer.from(canonicalizeCompat(honestEnvelope('bench-0')), 'ascii');
  const keys = generateKeyPairSync('ed25519');
  const signature = sign(null, body, keys.privateKey);
  return [
    rateOf('OpenSSL Ed25519 verify, one core', () => verify(null, body, keys.publicKey, signature)),
    rateOf('OpenSSL Ed25519 sign, one core', () => sign(null, body, keys.privateKey)),
    rateOf('strict parse with canonical check', () => parseStrictJson(body)),
    rateOf('JSON.parse of the same bytes', () => JSON.parse(body.toString('utf8'))),
  ];
}

/** Signs first, then sends on keep-alive connections, so that signing is not measured. */
async function measureGateway(name: string, databaseUrl: string | null): Promise<Measurement> {
  const directory = mkdtempSync(join(tmpdir(), 'nyxera-bench-'));
  const world = await buildWorld(directory, databaseUrl, { VV_TG_RATE_LIMIT_PER_MINUTE: '0' });
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const peer = await Peer.open({
    gateway: world.gateway.listen,
    caPem: world.caPem,
    identity: IDENTITY,
    certificate: world.agentCertificate,
    signingKeyPath: world.telemetryKeyPath,
    agent,
  });
  try {
    let accepted = 0;
    let seconds = 0;
    const refused = new Map<number, number>();
    for (let round = 0; round < ROUNDS; round += 1) {
      // Signed per round: a request must still be fresh when its turn comes.
      const prepared: SignedRequest[] = [];
      for (let index = 0; index < REQUESTS_PER_ROUND; index += 1) {
        prepared.push(await peer.sign(TELEMETRY, honestEnvelope(`bench-${round}-${index}`)));
      }
      const worker = async (): Promise<void> => {
        for (let next = prepared.pop(); next !== undefined; next = prepared.pop()) {
          const { status } = await peer.send(next);
          if (status === 202) accepted += 1;
          else refused.set(status, (refused.get(status) ?? 0) + 1);
        }
      };
      const started = process.hrtime.bigint();
      await Promise.all(Array.from({ length: CONNECTIONS }, worker));
      seconds += Number(process.hrtime.bigint() - started) / 1e9;
    }
    if (refused.size > 0) console.error(`not accepted: ${JSON.stringify([...refused])}`);
    return { name, perSecond: accepted / seconds };
  } finally {
    agent.destroy();
    await peer.close();
    await world.gateway.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function main(): Promise<void> {
  const measured = measurePrimitives();
  measured.push(await measureGateway('single events, embedded database', null));
  const postgres = await startPostgres();
  try {
    measured.push(await measureGateway('single events, PostgreSQL', await postgres.createDatabase()));
  } finally {
    await postgres.stop();
  }
  const reference = measured[0]?.perSecond ?? Number.NaN;
  console.log(
    `\n${cpus().length} cores, Node ${process.versions.node}, ${ROUNDS * REQUESTS_PER_ROUND} requests on ${CONNECTIONS} connections\n`,
  );
  for (const { name, perSecond } of measured) {
    const ratio = (perSecond / reference).toFixed(2);
    console.log(
      `${name.padEnd(40)} ${Math.round(perSecond).toString().padStart(9)}/s   ${ratio.padStart(6)} x verify`,
    );
  }
  const out = join(root, 'local_docs/bench');
  mkdirSync(out, { recursive: true });
  writeFileSync(
    join(out, 'bench.json'),
    `${JSON.stringify({ node: process.versions.node, measured }, null, 2)}\n`,
  );
}

await main();
