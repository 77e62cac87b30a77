import { execFileSync } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { type FaultKind, startDeliveries } from '../fault-kind.ts';
import type { World } from '../world.ts';

const WANTED = 10_000;
/** Left for everything else that this process holds open. */
const RESERVED = 500;
/** Opened at a time, so that the listener's backlog is not what is measured. */
const WAVE = 200;

/** How many connections this process may hold: 10,000, or what its limit of open files leaves. */
export function crowdSize(wanted: number = WANTED): number {
  const limit = execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim();
  return limit === 'unlimited' ? wanted : Math.max(1, Math.min(wanted, Number(limit) - RESERVED));
}

/** `size` idle TCP connections to the gateway, which never begin their handshake, and traffic among them. */
export function crowd(wanted: number): FaultKind {
  return {
    name: 'many-connections',
    prepare: async () =>
      `${crowdSize(wanted)} connections (${wanted} wanted, bounded by the limit of open files)`,
    strike: async (world, random, label) => {
      const sockets: Socket[] = [];
      try {
        for (let left = crowdSize(wanted); left > 0; left -= WAVE) {
          const wave = Array.from({ length: Math.min(WAVE, left) }, () => idle(world.gatewayPort));
          sockets.push(...(await Promise.all(wave)));
        }
        await startDeliveries(world, random, label, random.between(2, 6));
      } finally {
        for (const socket of sockets) socket.destroy();
      }
    },
  };
}

function idle(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    // Later errors are the gateway's right: it may end a connection that never shakes hands.
    socket.on('error', reject);
  });
}

/** One that sends requests and does not read the answers while others work; then it reads them, all of them. */
export const slowReader: FaultKind = {
  name: 'slow-reader',
  strike: async (world, random, label) => {
    const eventId = `${label}-slow`;
    const signed = await world.client.sign(eventId, 'high');
    const reader = await openReader(world);
    try {
      const head = Object.entries(world.client.headersOf(signed)).map(([name, value]) => `${name}: ${value}`);
      reader.pause();
      reader.write(`POST /internal/v1/telemetry HTTP/1.1\r\nHost: localhost\r\n${head.join('\r\n')}\r\n\r\n`);
      // The body arrives in pieces as well.
      const half = signed.body.length >> 1;
      reader.write(signed.body.subarray(0, half));
      await sleep(random.between(5, 60));
      reader.write(signed.body.subarray(half));
      // The bytes are the client's: it knows them as sent, whatever becomes of the answer.
      world.history.attempts.push(world.client.note(signed));
      await startDeliveries(world, random, label, random.between(2, 6));
      await sleep(random.between(50, 300));
      reader.resume();
      await new Promise<void>((resolve, reject) => {
        reader.once('data', () => resolve());
        reader.once('close', () => reject(new Error('a slow reader was never answered')));
      });
    } finally {
      reader.destroy();
    }
    await world.client.deliver(eventId, 'high');
  },
};

function openReader(world: World): Promise<Socket> {
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
