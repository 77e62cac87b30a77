import { join } from 'node:path';
import { generateKeyFile, openSigner, type Signer } from '@nyxera/federation-key-custody';
import { createPki, type IssuedCertificate, type Pki, temporaryDirectory } from '@nyxera/federation-testing';
import type { TlsSettings } from '../../src/config.ts';
import {
  createDelivery,
  type Delivery,
  type DeliveryClock,
  type DeliveryDependencies,
} from '../../src/deliver.ts';
import { createGatewayClient, type GatewayClient } from '../../src/gateway-client.ts';
import { createSpool, type Spool } from '../../src/spool/spool.ts';
import { openState, type State } from '../../src/state/open-state.ts';
import { type ScriptedGateway, type ScriptedOptions, startScriptedGateway } from './scripted-gateway.ts';

/** Clocks that jump to the next timer as soon as nothing is in flight: hours of backoff pass in milliseconds. */
export interface JumpingClock extends DeliveryClock {
  /** Every wait that was jumped over, in order. */
  readonly jumps: number[];
}

export function jumpingClock(startMs: number, busy: () => number): JumpingClock {
  let nowMs = startMs;
  const jumps: number[] = [];
  return {
    jumps,
    now: () => nowMs,
    wait: async (ms, signal) => {
      for (let quiet = 0; quiet < 10; ) {
        if (signal.aborted) return;
        await new Promise((resolve) => setImmediate(resolve));
        quiet = busy() > 0 ? 0 : quiet + 1;
      }
      nowMs += ms;
      jumps.push(ms);
    },
  };
}

export interface LogLine {
  readonly level: 'info' | 'warn';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface Suite {
  readonly pki: Pki;
  readonly directory: string;
  readonly client: IssuedCertificate;
  readonly signer: Signer;
  remove(): Promise<void>;
}

/** What a whole test file shares: a CA, a client certificate, a signing key. */
export async function createSuite(): Promise<Suite> {
  const directory = temporaryDirectory('agent');
  const pki = await createPki(join(directory.path, 'pki'));
  const client = await pki.issue({ name: 'client', client: true });
  const keyPath = join(directory.path, 'telemetry.key');
  await generateKeyFile(keyPath);
  const opened = await openSigner(keyPath);
  if (!opened.ok) throw new Error(opened.detail);
  const signer = opened.value;
  return {
    pki,
    directory: directory.path,
    client,
    signer,
    remove: async () => {
      await signer.close();
      directory.remove();
    },
  };
}

export function tlsSettings(suite: Suite, change: Partial<TlsSettings> = {}): TlsSettings {
  return {
    certFile: suite.client.certPath,
    keyFile: suite.client.keyPath,
    caFile: suite.pki.caCertPath,
    minVersion: 'TLSv1.3',
    serverPins: [],
    ...change,
  };
}

export interface ClientChange {
  readonly tls?: Partial<TlsSettings>;
  readonly requestTimeoutMs?: number;
  readonly concurrency?: number;
}

export async function connectClient(
  suite: Suite,
  url: string,
  change: ClientChange = {},
): Promise<GatewayClient> {
  const made = await createGatewayClient({
    gatewayUrl: url,
    serviceIdentity: 'spectrastrike-agent',
    tls: tlsSettings(suite, change.tls),
    concurrency: change.concurrency ?? 8,
    requestTimeoutMs: change.requestTimeoutMs ?? 20_000,
  });
  if (!made.ok) throw new Error(made.detail);
  return made.value;
}

export interface Harness {
  readonly gateway: ScriptedGateway;
  readonly state: State;
  readonly spool: Spool;
  readonly delivery: Delivery;
  readonly clock: JumpingClock;
  readonly log: LogLine[];
  readonly dataDir: string;
  /** A new delivery over the same files, as a restarted process would have. */
  restart(change?: Partial<DeliveryDependencies>): Delivery;
  close(): Promise<void>;
}

export interface HarnessOptions extends ScriptedOptions, ClientChange {
  readonly random?: () => number;
  readonly url?: string;
  /** Default false: most tests are about what happens to one event in a request of its own. */
  readonly batches?: boolean;
}

export const START_MS = Date.UTC(2026, 0, 1);

export async function createHarness(suite: Suite, options: HarnessOptions = {}): Promise<Harness> {
  const gateway = await startScriptedGateway(suite.pki, options);
  const data = temporaryDirectory('spool');
  const state = openState(data.path);
  let busy = 0;
  const clock = jumpingClock(START_MS, () => busy);
  const spool = createSpool(state, { now: clock.now });
  const real = await connectClient(suite, options.url ?? gateway.url, options);
  const counted = async <T>(work: () => Promise<T>): Promise<T> => {
    busy += 1;
    try {
      return await work();
    } finally {
      busy -= 1;
    }
  };
  const client: GatewayClient = {
    ...real,
    post: (path, body, headers, postOptions) => counted(() => real.post(path, body, headers, postOptions)),
  };
  const signer: Signer = {
    ...bind(suite.signer),
    sign: (message) => counted(() => suite.signer.sign(message)),
  };
  const log: LogLine[] = [];
  const make = (change: Partial<DeliveryDependencies> = {}): Delivery =>
    createDelivery({
      spool,
      client,
      signer,
      clock,
      random: options.random ?? (() => 0.5),
      config: {
        concurrency: options.concurrency ?? 8,
        maxBackoffMs: 300_000,
        laneProbeMs: 60_000,
        batches: options.batches ?? false,
      },
      logger: {
        info: (message, fields) => log.push({ level: 'info', message, fields }),
        warn: (message, fields) => log.push({ level: 'warn', message, fields }),
      },
      ...change,
    });
  return {
    gateway,
    state,
    spool,
    delivery: make(),
    clock,
    log,
    dataDir: data.path,
    restart: make,
    close: async () => {
      real.close();
      await gateway.close();
      state.close();
      data.remove();
    },
  };
}

function bind(signer: Signer): Signer {
  return {
    sign: (message) => signer.sign(message),
    publicKey: () => signer.publicKey(),
    kid: () => signer.kid(),
    capabilities: signer.capabilities,
    health: () => signer.health(),
    close: () => signer.close(),
  };
}
