import { createHash } from 'node:crypto';
import {
  canonicalizeCompat,
  checkSchemaVersion,
  parseStrictJson,
  parseTelemetryEnvelope,
} from '@nyxera/federation-protocol';
import {
  type Adapter,
  type BuildContext,
  buildEvents,
  jsonlAdapter,
  loadMapping,
  type NewEvent,
} from '../../../../apps/spectrastrike-agent/src/intake/index.ts';
import { deadline } from '../deadline.ts';
import type { Failure } from '../failure.ts';
import { HEAP_TOLERANCE, HeldHeap } from '../held-heap.ts';
import { Random } from '../random.ts';
import { corpusMapping, FORMATS, type IntakeFormat, loadCorpus } from './corpus.ts';
import { mutateReport } from './mutate-report.ts';

export interface IntakeRun {
  readonly cases: number;
  readonly events: number;
  readonly faults: number;
  /** Reports by the format that the agent saw in them. */
  readonly detected: ReadonlyMap<string, number>;
  /** Growth of the heap from the second quarter of the run to its end, after collection where that can be asked for; MiB. */
  readonly heapGrowth: number;
  readonly failures: readonly Failure[];
}

type Build = typeof buildEvents;

export interface IntakeOptions {
  readonly seed: string;
  /** For each of the seven formats. */
  readonly casesPerFormat: number;
  readonly only?: number;
  /** Seconds after which no case is begun any more. */
  readonly seconds?: number;
  /** The intake to run; the agent's own if absent, else that of a copy with a planted bug. */
  readonly build?: Build;
  /** The run ends when so many were found; default 20. */
  readonly maxFailures?: number;
  readonly onProgress?: (done: number) => void;
}

const MAX_FAILURES = 20;
const MAX_BODY = 1_048_576;
/** One mutant of at most some 100 KB; beyond this something is quadratic. Milliseconds, generous on a busy machine. */
const MAX_MS = 10_000;

const TENANT = '7f3c2a10-4f5e-4c1d-9b8a-2d6e0c9a1b55';
const CONTEXT: BuildContext = {
  operatorId: 'op-fuzz-1',
  tenantId: TENANT,
  campaignId: 'campaign-fuzz',
  schemaVersion: '1.0',
  recordedAt: '2026-11-23T15:00:00Z',
  measurements: {
    attestationMeasurementHash: createHash('sha256').update('measurement').digest('hex'),
    attestationSynthetic: false,
    manifestHash: 'mh-fuzz',
    toolSha256: null,
    policyDecisionHash: null,
  },
};

/** Mutants of real reports against the agent's intake: events that a gateway takes, or faults, never an exception. */
export function fuzzIntake(options: IntakeOptions): IntakeRun {
  const isInTime = deadline(options.seconds);
  const { seed, maxFailures = MAX_FAILURES } = options;
  const corpus = loadCorpus();
  const plain = options.build ?? buildEvents;
  const mapped = mappingAdapter();
  const failures: Failure[] = [];
  const detected = new Map<string, number>();
  let [events, faults, done] = [0, 0, 0];
  const total = options.casesPerFormat * FORMATS.length;
  const heap = new HeldHeap(total);
  const first = options.only ?? 0;
  const end = options.only === undefined ? total : first + 1;
  for (let number = first; number < end && isInTime() && failures.length < maxFailures; number += 1) {
    const format: IntakeFormat = FORMATS[number % FORMATS.length] ?? 'events';
    const random = new Random(`intake/${seed}/${number}`);
    const { bytes, from } = mutateReport(format, corpus.get(format) ?? [], random);
    // A mapping is chosen by whoever sends the report; it then reads whatever the mutant is by now.
    const build: Build = format === 'jsonl' ? (report, context) => plain(report, context, mapped) : plain;
    const judged = judge(bytes, build);
    if (judged.problem !== null) {
      const small = minimise(bytes, build, judged.problem.kind);
      const { kind, detail } = small.problem;
      const shown = JSON.stringify(small.bytes.toString('latin1').slice(0, 2000));
      failures.push({
        suite: 'intake',
        seed,
        number,
        kind,
        detail: `${detail}\n${format}, from ${from}, ${small.bytes.length} of ${bytes.length} bytes: ${shown}`,
      });
    }
    events += judged.events;
    faults += judged.faults;
    detected.set(judged.format, (detected.get(judged.format) ?? 0) + 1);
    done += 1;
    heap.after(done);
    if (done % 1000 === 0) options.onProgress?.(done);
  }
  const heapGrowth = heap.growth();
  if (heapGrowth > HEAP_TOLERANCE) {
    const detail = `${heapGrowth.toFixed(0)} MiB more after collection`;
    failures.push({ suite: 'intake', seed, number: null, kind: 'memory', detail });
  }
  return { cases: done, events, faults, detected, heapGrowth, failures };
}

function mappingAdapter(): Adapter {
  const loaded = loadMapping(corpusMapping(), () => {
    throw new Error('this mapping names no other file');
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
  return jsonlAdapter(loaded.value);
}

interface Problem {
  readonly kind: string;
  readonly detail: string;
}

interface Judgement {
  readonly problem: Problem | null;
  readonly events: number;
  readonly faults: number;
  readonly format: string;
}

function judge(bytes: Buffer, build: Build): Judgement {
  const started = performance.now();
  try {
    const built = build({ name: 'mutant', bytes }, CONTEXT);
    const [events, faults] = [built.events.length, built.faults.length];
    const format = built.format ?? 'unknown';
    const found = (kind: string, detail: string): Judgement => ({
      problem: { kind, detail },
      events,
      faults,
      format,
    });
    if (performance.now() - started > MAX_MS)
      return found('slow', `${Math.round(performance.now() - started)} ms`);
    if (built.format === null && faults === 0) return found('silent', 'no format, and no fault that says so');
    const ids = new Map<string, string>();
    for (const event of built.events) {
      const wrong = judgeEvent(event);
      if (wrong !== null) return found('event', `${event.eventId}: ${wrong}`);
      const text = canonicalizeCompat(event.payload);
      if ((ids.get(event.eventId) ?? text) !== text)
        return found('identity', `${event.eventId} stands for two contents`);
      ids.set(event.eventId, text);
    }
    const again = build({ name: 'another name', bytes }, CONTEXT);
    const same = again.events.every((event, index) => event.eventId === built.events[index]?.eventId);
    if (again.events.length !== events || !same) return found('chance', 'the same bytes gave other events');
    return { problem: null, events, faults, format };
  } catch (error) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { problem: { kind: 'throws', detail }, events: 0, faults: 0, format: 'thrown' };
  }
}

/** An event must be one that a gateway takes, as it will travel. */
function judgeEvent(event: NewEvent): string | null {
  const text = canonicalizeCompat({
    operator_id: CONTEXT.operatorId,
    campaign_id: event.campaignId,
    tenant_id: TENANT,
    execution_hash: event.executionHash,
    timestamp: 1_795_451_000,
    nonce: 'fuzz-nonce-000000000000',
    signed_metadata: {
      tenant_id: TENANT,
      operator_id: CONTEXT.operatorId,
      campaign_id: event.campaignId,
    },
    payload: event.payload,
  });
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length > MAX_BODY) return `${bytes.length} bytes do not fit into a request`;
  const parsed = parseStrictJson(bytes);
  if (!parsed.ok) return `not strict JSON: ${parsed.detail}`;
  if (!parsed.compat) return 'not canonical after a round trip';
  const envelope = parseTelemetryEnvelope(parsed.value);
  if (!envelope.ok) return `${envelope.code} at ${envelope.path}`;
  const version = checkSchemaVersion(envelope.value.payload.attributes, ['1.0']);
  return version.ok ? null : version.code;
}

/** Cuts pieces out, halves first, as long as the same kind of problem remains; bounded, because each try costs a run. */
function minimise(bytes: Buffer, build: Build, kind: string): { bytes: Buffer; problem: Problem } {
  let current = bytes;
  let problem = judge(bytes, build).problem ?? { kind, detail: 'does not happen again' };
  let tries = 0;
  for (let size = bytes.length >> 1; size >= 1 && tries < 400; size >>= 1) {
    for (let at = 0; at < current.length && tries < 400; tries += 1) {
      const fewer = Buffer.concat([current.subarray(0, at), current.subarray(at + size)]);
      const found = judge(fewer, build).problem;
      if (found?.kind === kind) {
        current = fewer;
        problem = found;
      } else at += size;
    }
  }
  return { bytes: current, problem };
}
