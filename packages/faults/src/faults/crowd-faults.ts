import { execFileSync } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext } from 'node:tls';
import { type FaultKind, FaultMissed, until } from '../fault-kind.ts';
import { hasKernelFiles, openSockets } from '../kernel.ts';
import { startDeliveries } from '../traffic.ts';
import type { World } from '../world.ts';

/** Left for everything else that this process holds open. */
const RESERVED = 500;
/** Seconds; so that nobody is sent away for being idle while the others are still on their way. */
const PATIENT = '3600';
/** Of the crowd, at most that share vanishes in one fault, and at least half of that. */
const LEAVING_SHARE = 0.1;

/** How many connections this process may hold: as wanted, or what its limit of open files leaves. */
export function crowdSize(wanted: number): number {
  const limit = execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim();
  return limit === 'unlimited' ? wanted : Math.max(1, Math.min(wanted, Number(limit) - RESERVED));
}

interface Crowd {
  /** Sockets that the gateway had before anybody came. */
  readonly before: number;
  readonly sockets: Set<Socket>;
}

interface CrowdOptions {
  readonly name: string;
  readonly wanted: number;
  readonly what: string;
  /** A setting of the gateway that would end the idle, in seconds. */
  readonly patience: string;
  /** At a time, so that the listener's backlog is not what is measured. */
  readonly wave: number;
  readonly join: (world: World) => Promise<Socket>;
}

/**
 * So many connections that are silent, and traffic among them. They stay from fault to fault; in each, some vanish
 * while events are delivered, and in the next others come for them.
 */
function crowdKind({ name, wanted, what, patience, wave, join }: CrowdOptions): FaultKind {
  const crowds = new WeakMap<World, Crowd>();
  return {
    name,
    unavailable: () => (hasKernelFiles ? null : 'how many connections the gateway holds is read from /proc'),
    world: () => ({ environment: { [patience]: PATIENT } }),
    prepare: async (world) => {
      crowds.set(world, { before: openSockets(world.gateway.pid ?? -1), sockets: new Set() });
      return `${crowdSize(wanted)} ${what} (${wanted} wanted, bounded by the limit of open files)`;
    },
    strike: async (world, random, label) => {
      const crowd = crowds.get(world);
      if (crowd === undefined) throw new Error('the crowd was not prepared');
      const { sockets } = crowd;
      const size = crowdSize(wanted);
      while (sockets.size < size) {
        const wanting = Array.from({ length: Math.min(wave, size - sockets.size) }, () => join(world));
        for (const socket of await Promise.all(wanting)) {
          sockets.add(socket);
          socket.once('close', () => sockets.delete(socket));
        }
      }
      await startDeliveries(world, random, `${label}-among`, random.between(2, 6));
      const held = openSockets(world.gateway.pid ?? -1);
      // Both ends must have them: ours none that was closed, and the gateway's kernel none that was not accepted.
      if (sockets.size < size || held < crowd.before + size) {
        throw new FaultMissed(`${sockets.size} of ${size} are open, the gateway holds ${held} sockets`);
      }
      const most = Math.ceil(size * LEAVING_SHARE);
      const leaving = [...sockets].slice(0, random.between(Math.ceil(most / 2), most));
      const deliveries = startDeliveries(world, random, `${label}-leaving`, random.between(2, 6));
      for (const socket of leaving) socket.destroy();
      await deliveries;
      await until(
        () => openSockets(world.gateway.pid ?? -1) <= held - leaving.length / 2,
        () => new Error('the gateway does not let go of connections that are closed'),
      );
      return 'all held while events were taken, some gone';
    },
    cleanUp: async (world) => {
      const sockets = crowds.get(world)?.sockets ?? new Set();
      const held = openSockets(world.gateway.pid ?? -1);
      const leaving = sockets.size;
      for (const socket of sockets) socket.destroy();
      // Who comes next in this world counts sockets too.
      await until(
        () => openSockets(world.gateway.pid ?? -1) <= held - leaving,
        () => new Error('the gateway does not let go of the crowd'),
      );
    },
  };
}

/** Idle TCP connections, which never begin their handshake: what a stranger can open. */
export function crowd(wanted: number): FaultKind {
  return crowdKind({
    name: 'many-connections',
    wanted,
    what: 'connections',
    patience: 'VV_TG_HANDSHAKE_TIMEOUT_SECONDS',
    wave: 200,
    join: (world) =>
      new Promise((resolve, reject) => {
        const socket = connect(world.gatewayPort, '127.0.0.1', () => resolve(socket));
        // Later errors are the gateway's right: it may end a connection that never shakes hands.
        socket.on('error', reject);
      }),
  });
}

/** Connections that have shaken hands under a client certificate. */
export function handshakenCrowd(wanted: number): FaultKind {
  return crowdKind({
    name: 'many-handshakes',
    wanted,
    what: 'connections with mutual TLS',
    patience: 'VV_TG_KEEP_ALIVE_SECONDS',
    wave: 25,
    join: shakeHands,
  });
}

/** In TLS 1.3 the client is done before the server has judged its certificate, so that an answer must show it. */
function shakeHands(world: World): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const to = { host: '127.0.0.1', port: world.gatewayPort, servername: 'localhost' };
    const socket = connectTls({ ...to, secureContext: contextOf(world) }, () => {
      socket.write('GET /internal/v1/telemetry HTTP/1.1\r\nHost: localhost\r\n\r\n');
    });
    socket.once('data', (answer: Buffer) => {
      if (answer.toString('latin1').startsWith('HTTP/1.1 405 ')) resolve(socket);
      else reject(new Error(`one of the crowd was answered ${answer.toString('latin1', 0, 40)}`));
    });
    socket.once('close', () => reject(new Error('one of the crowd was refused')));
    socket.on('error', () => undefined);
  });
}

const contexts = new WeakMap<World, ReturnType<typeof createSecureContext>>();

/** One for all: reading certificate and key costs more than a handshake. */
function contextOf(world: World): ReturnType<typeof createSecureContext> {
  const known = contexts.get(world) ?? createSecureContext({ ...world.client.tls });
  contexts.set(world, known);
  return known;
}
