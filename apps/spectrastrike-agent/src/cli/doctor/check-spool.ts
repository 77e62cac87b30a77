import { statfsSync } from 'node:fs';
import type { SpoolBounds } from '../../config.ts';
import type { FullReason } from '../../spool/admission.ts';
import { createSpool } from '../../spool/spool.ts';
import type { State } from '../../state/open-state.ts';
import { type DeliveryStatus, readDeliveryStatus } from '../../status/delivery-status.ts';
import { counted, duration, instant } from '../format.ts';
import { type Check, fail, ok, warn } from './check.ts';

const LOW_DISK_BYTES = 256 * 1024 * 1024;
/** What waits longer is worth a look although nothing is lost; milliseconds. */
const LONG_WAIT_MS = 3_600_000;
/** Of a bound, at which it is time to do something. */
const NEARLY = 0.8;
/** Whose codes are told, of what is in quarantine. */
const CODES_OF = 1000;

const ADVICE: Readonly<Record<FullReason, string>> = {
  bytes:
    'let it deliver (status says what it waits for), drop what is in quarantine, or raise SPECTRASTRIKE_SPOOL_MAX_BYTES',
  age: 'let it deliver (status says what it waits for), or raise SPECTRASTRIKE_SPOOL_MAX_AGE_HOURS',
  disk: 'make room on the disk of the data directory; SPECTRASTRIKE_MIN_FREE_BYTES is what must stay free',
};

/** What waits, how long already, what its bounds leave, and what stands in its way. */
export function checkSpool(state: State, bounds: SpoolBounds, nowMs: number): readonly Check[] {
  const spool = createSpool(state, { now: () => nowMs, bounds: () => bounds });
  const status = readDeliveryStatus(state, spool, nowMs);
  const codes = new Set(spool.quarantined({ limit: CODES_OF }).map((one) => one.code));
  return [
    depth(status, nowMs),
    boundsCheck(status, bounds, nowMs),
    disk(state.dataDir),
    status.quarantined === 0
      ? ok('quarantine', 'empty')
      : warn(
          'quarantine',
          `${counted(status.quarantined, 'event')}: ${[...codes].join(' ')}`,
          'spectrastrike-agent quarantine list; then retry or drop',
        ),
    ...status.lanes
      .filter((lane) => lane.state === 'paused')
      .map((lane) =>
        warn(
          `lane ${lane.laneId}`,
          `paused by ${lane.pausedCode}`,
          'have the gateway’s operator look at identity, mapping and clock; then spectrastrike-agent send',
        ),
      ),
    ...status.gateways.flatMap(circuit),
  ];
}

function depth({ pending, lanes, bytes, oldestPendingMs }: DeliveryStatus, nowMs: number): Check {
  const found = `${pending} pending in ${counted(lanes.length, 'lane')}, ${bytes} bytes`;
  if (oldestPendingMs === null) return ok('spool', found);
  const ageMs = nowMs - oldestPendingMs;
  const aged = `${found}; the oldest waits for ${duration(ageMs)}`;
  return ageMs > LONG_WAIT_MS
    ? warn('spool', aged, 'status says what is waited for; run or send delivers')
    : ok('spool', aged);
}

function boundsCheck(
  { admission, bytes, oldestPendingMs }: DeliveryStatus,
  { maxBytes, maxAgeMs, minFreeBytes }: SpoolBounds,
  nowMs: number,
): Check {
  const name = 'spool bounds';
  if (!admission.ok) {
    const found = `intake is refused, ${admission.code}: ${admission.detail}`;
    return fail(name, found, ADVICE[admission.reason]);
  }
  const found = [
    maxBytes === null ? 'no bound in bytes' : `${bytes} of ${maxBytes} bytes`,
    maxAgeMs === null ? 'no bound in age' : `${duration(maxAgeMs)} at most`,
    `${minFreeBytes} bytes must stay free`,
  ].join(', ');
  if (maxBytes !== null && bytes > NEARLY * maxBytes) return warn(name, found, ADVICE.bytes);
  if (maxAgeMs !== null && oldestPendingMs !== null && nowMs - oldestPendingMs > NEARLY * maxAgeMs) {
    return warn(name, `${found}; the oldest waits for ${duration(nowMs - oldestPendingMs)}`, ADVICE.age);
  }
  return ok(name, found);
}

function disk(dataDir: string): Check {
  const status = statfsSync(dataDir);
  const free = status.bavail * status.bsize;
  const mebibytes = `${Math.floor(free / 1024 / 1024)} MiB free`;
  return free < LOW_DISK_BYTES
    ? warn('disk', mebibytes, 'make room: a full disk stops the intake')
    : ok('disk', mebibytes);
}

function circuit(gateway: DeliveryStatus['gateways'][number]): readonly Check[] {
  const { url, markedCode, lastCode, nextProbeMs } = gateway;
  if (markedCode !== null) {
    const advice = 'find out who answered there before anything else';
    return [warn('gateway trust', `${url} is marked: ${markedCode}`, advice)];
  }
  if (gateway.circuit === 'closed') return [];
  const found = `${url} is away (${lastCode ?? 'no answer'}); the next attempt is at ${instant(nextProbeMs)}`;
  return [
    warn('gateway circuit', found, 'once it is up again: spectrastrike-agent wake, or send, tries at once'),
  ];
}
