import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, renameSync, writeFileSync } from 'node:fs';
import { connect } from 'node:tls';
import type { IssuedCertificate } from '@nyxera/federation-testing';
import { type FaultKind, FaultMissed, until } from '../fault-kind.ts';
import type { Random } from '../random.ts';
import { amidTraffic, LONG_PAUSE_MS, type Traffic } from '../traffic.ts';
import type { World } from '../world.ts';

const WORKERS = 2;
const DAY_MS = 86_400_000;
/** Requests that must be answered after a change, so that the senders have met it in both workers. */
const ENOUGH = 20;

/**
 * Certificates and keys are exchanged while requests are under way: the server's, by its files alone; the client's, by
 * the next pin; and one pair that must not be taken. No request may be refused or lost by any of it, and what is refused
 * must leave what is loaded as it was.
 */
export const certificateSwap: FaultKind = {
  name: 'certificate-swap',
  world: () => ({ environment: { VV_TG_WORKERS: String(WORKERS) } }),
  strike: (world, random, label) => {
    const exchange = async (traffic: Traffic): Promise<string> => {
      await traffic.untilUnderWay();
      const how = await swapServer(world, random, traffic);
      await swapClient(world, traffic);
      const code = await offerBadPair(world, random, traffic);
      if (traffic.refused > 0) {
        throw new Error(`${traffic.refused} requests were refused or lost while certificates were exchanged`);
      }
      return `server ${how}, client by its next pin, ${code} refused`;
    };
    return amidTraffic(world, label, random.between(4, 8), exchange, LONG_PAUSE_MS);
  },
};

async function swapServer(world: World, random: Random, traffic: Traffic): Promise<string> {
  const { certificates } = world;
  const next = await certificates.issueServer();
  const halves = random.between(0, 1) === 0;
  const place = world.gateway.logged;
  replace(certificates.serverFiles.cert, next.certPem);
  // Long enough that the gateway has looked at half a pair.
  if (halves) await new Promise((resolve) => setTimeout(resolve, random.between(150, 600)));
  replace(certificates.serverFiles.key, next.keyPem);
  await logged(world, place, '"reload.loaded"');
  if (world.gateway.logSince(place).includes('"reload.refused"'))
    throw new Error('half a pair was called a fault');
  certificates.server = next;
  await mustPresent(world, next);
  await goOn(traffic);
  return halves ? 'in two halves' : 'at once';
}

async function swapClient(world: World, traffic: Traffic): Promise<void> {
  const { certificates, gateway, client } = world;
  const [old, next] = [certificates.client, await certificates.issueClient()];
  const place = gateway.logged;
  await gateway.command(
    'identity',
    'pin',
    certificates.identity,
    next.sha256,
    '--next',
    '--reason',
    'a fault',
  );
  // Each worker has its own cache of trust.
  await until(
    () => gateway.logSince(place).split('"trust.loaded"').length > WORKERS,
    () => new Error('the next pin did not reach every worker'),
  );
  const idle = await client.useCertificate(next);
  certificates.client = next;
  await goOn(traffic);
  if (idle.count() === 0) throw new FaultMissed('no connection of the old certificate is left');
  await gateway.command('identity', 'unpin', certificates.identity, old.sha256, '--reason', 'a fault');
  await until(
    () => idle.count() === 0,
    () => new Error('connections of a pin that was withdrawn are still open'),
  );
  idle.close();
}

type BadPair = (
  good: IssuedCertificate,
  world: World,
) => Promise<{ cert: string; key: string; mode?: number }>;

const pkcs8 = { format: 'pem', type: 'pkcs8' } as const;
const BAD: readonly [readonly [string, BadPair], ...(readonly [string, BadPair])[]] = [
  [
    'key_mismatch',
    async (good, world) => ({ cert: good.certPem, key: (await world.certificates.issueServer()).keyPem }),
  ],
  [
    'key_encrypted',
    async (good) => {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const key = privateKey.export({ ...pkcs8, cipher: 'aes-256-cbc', passphrase: 'nobody types it' });
      return { cert: good.certPem, key: key.toString() };
    },
  ],
  ['key_public', async (good) => ({ cert: good.certPem, key: good.certPem })],
  [
    'key_weak',
    async (good) => {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
      return { cert: good.certPem, key: privateKey.export(pkcs8).toString() };
    },
  ],
  ['key_permissions', async (good) => ({ cert: good.certPem, key: good.keyPem, mode: 0o644 })],
  ['certificate_invalid', async (good) => ({ cert: 'no certificate\n', key: good.keyPem })],
  [
    'certificate_expired',
    async (_good, world) => {
      const over = await world.certificates.issueServer({ notAfter: new Date(Date.now() - DAY_MS) });
      return { cert: over.certPem, key: over.keyPem };
    },
  ],
];

async function offerBadPair(world: World, random: Random, traffic: Traffic): Promise<string> {
  const { gateway, certificates } = world;
  const { serverFiles, server } = certificates;
  const [code, make] = random.pick(BAD);
  const { cert, key, mode } = await make(server, world);
  let place = gateway.logged;
  replace(serverFiles.key, key, mode);
  replace(serverFiles.cert, cert);
  await logged(world, place, '"reload.refused"');
  if (!gateway.logSince(place).includes(`"${code}"`)) throw new Error(`the pair was not refused as ${code}`);
  await mustPresent(world, server);
  await goOn(traffic);
  place = gateway.logged;
  replace(serverFiles.key, server.keyPem);
  replace(serverFiles.cert, server.certPem);
  await logged(world, place, '"reload.loaded"');
  return code;
}

/** Another file under the same name, as whoever renews certificates should do it. */
function replace(path: string, content: string, mode = 0o600): void {
  writeFileSync(`${path}.new`, content, { mode });
  chmodSync(`${path}.new`, mode);
  renameSync(`${path}.new`, path);
}

function logged(world: World, place: number, words: string): Promise<void> {
  return until(
    () => world.gateway.logSince(place).includes(words),
    () => new FaultMissed(`the gateway did not say ${words}`),
  );
}

async function goOn(traffic: Traffic): Promise<void> {
  const before = traffic.taken;
  await until(
    () => traffic.taken >= before + ENOUGH,
    () => new Error('no requests are taken any more'),
  );
}

/** Every worker, as far as round robin tells: twice as many handshakes as there are. */
async function mustPresent(world: World, wanted: IssuedCertificate): Promise<void> {
  for (let round = 0; round < 2 * WORKERS; round += 1) {
    const found = await presented(world);
    if (found !== wanted.sha256) throw new Error(`a worker presents ${found} instead of ${wanted.sha256}`);
  }
}

function presented(world: World): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: '127.0.0.1',
      port: world.gatewayPort,
      servername: 'localhost',
      ...world.client.tls,
    });
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      resolve((socket.getPeerX509Certificate()?.fingerprint256 ?? '').replaceAll(':', '').toLowerCase());
      socket.destroy();
    });
  });
}
