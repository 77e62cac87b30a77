import { readFileSync } from 'node:fs';
import { isWireErrorCode, type WireErrorCode } from '@nyxera/federation-protocol';
import { envelope, payload, signed, telemetry, text } from './bodies.ts';
import { acceptance, type Case, judgeRefusal, refusal } from './case.ts';
import { type Lab, PATHS, type Prepared } from './lab.ts';

/**
 * The vectors of the protocol package as requests. Their own keys, times and nonces can be nobody's but theirs, so what is
 * sent is the vector with this run's identity, time and nonce in their place: the fault that it is about stays.
 */
export function vectorCases(): readonly Case[] {
  return [...headerCases(), ...bodyCases(), ...jsonCases(), ...batchCases()];
}

interface HeaderVector {
  readonly about: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly code: string | null;
}

function headerCases(): readonly Case[] {
  const { cases } = read<{ readonly cases: readonly HeaderVector[] }>('headers');
  const [whole] = cases;
  const good = new Map((whole?.headers ?? []).map(([name, value]) => [name.toLowerCase(), value]));
  return cases.map(({ about, headers, code }, index) => {
    const id = `vectors.headers.${index + 1}`;
    const make = async (lab: Lab): Promise<Prepared> => {
      const live = await telemetry(lab);
      const ours = new Map(live.headers.map(([name, value]) => [name.toLowerCase(), value]));
      // Of the vector stays what differs from the good one. A key id of its own would name nobody here.
      const kept = headers
        .filter(
          ([name, value]) =>
            name.toLowerCase() !== 'x-telemetry-key-id' || value !== good.get('x-telemetry-key-id'),
        )
        .map(([name, value]): readonly [string, string] => [
          name,
          value === good.get(name.toLowerCase()) ? (ours.get(name.toLowerCase()) ?? value) : value,
        ]);
      return { ...live, headers: [['Content-Type', 'application/json'], ...kept] };
    };
    return code === null
      ? acceptance(id, '2', `headers: ${about}`, 202, make)
      : refusal(id, '2', `headers: ${about}`, wire(code), make);
  });
}

interface BodyVector {
  readonly about: string;
  readonly body: string;
  readonly code: string;
}

/** Members whose values a vector and a run do not share. */
function ours(lab: Lab, body: string, timestamp: number, nonce: string): string {
  return body
    .replaceAll(/"nonce":"[^"]*"/g, `"nonce":${JSON.stringify(nonce)}`)
    .replaceAll(/"timestamp":1772107200\b/g, `"timestamp":${timestamp}`)
    .replaceAll('"operator_id":"op-001"', `"operator_id":${JSON.stringify(lab.who.operatorId)}`)
    .replaceAll(/"tenant_id":"10000000-[^"]*"/g, `"tenant_id":${JSON.stringify(lab.who.tenantId)}`);
}

function bodyCases(): readonly Case[] {
  const { rejected } = read<{ readonly rejected: readonly BodyVector[] }>('requests');
  return rejected.map(({ about, body, code }, index) =>
    refusal(`vectors.telemetry.${index + 1}`, '7', `body: ${about}`, wire(code), (lab) =>
      signed(lab, PATHS.telemetry, (timestamp, nonce) => ours(lab, body, timestamp, nonce)),
    ),
  );
}

function batchCases(): readonly Case[] {
  const { rejected } = read<{ readonly rejected: readonly BodyVector[] }>('batch');
  return rejected.map(
    ({ about, body, code }, index): Case => ({
      id: `vectors.batch.${index + 1}`,
      section: '6',
      about: `batch: ${about}`,
      proves: [wire(code)],
      run: async (lab) => {
        const answer = await lab.send(
          await signed(lab, PATHS.batch, (timestamp, nonce) => ours(lab, body, timestamp, nonce)),
        );
        return answer.status === 404 || answer.status === 405
          ? { result: 'skipped', reason: 'the target has no batches' }
          : judgeRefusal(lab, answer, [wire(code)]);
      },
    }),
  );
}

interface JsonVector {
  readonly about: string;
  /** Base64 of the bytes. */
  readonly input: string;
  readonly code?: string;
  readonly is_compat?: boolean;
  readonly is_jcs?: boolean;
}

/** What is strict JSON goes into the attributes of an event, so that it is judged as part of a whole canonical body. */
function jsonCases(): readonly Case[] {
  const { cases } = read<{ readonly cases: readonly JsonVector[] }>('strict-json');
  return cases.flatMap((vector, index): readonly Case[] => {
    const id = `vectors.json.${index + 1}`;
    const about = `JSON: ${vector.about}`;
    const bytes = Buffer.from(vector.input, 'base64');
    // No bytes at all is the frame's matter, and a value that is as deep as may be does not fit into an event.
    if (bytes.length === 0 || vector.about === 'depth 64') return [];
    if (vector.code !== undefined) {
      return [refusal(id, '10', about, wire(vector.code), (lab) => lab.sign(PATHS.telemetry, bytes))];
    }
    const make = (lab: Lab): Promise<Prepared> =>
      signed(lab, PATHS.telemetry, (timestamp, nonce) => {
        const body = text(envelope(lab, timestamp, nonce, { payload: payload(lab, {}, { vector: null }) }));
        return body.replace('"vector":null', () => `"vector":${bytes.toString('utf8')}`);
      });
    // The rest of the event is the same in both forms, so the value decides which form the whole has.
    return vector.is_compat === true || vector.is_jcs === true
      ? [acceptance(id, '10', about, 202, make)]
      : [refusal(id, '10', about, 'non_canonical_json', make)];
  });
}

function wire(code: string): WireErrorCode {
  if (!isWireErrorCode(code)) throw new Error(`a vector names ${code}, which is no code of the wire`);
  return code;
}

/** Beside the built package, where it is installed as where it is developed. */
function read<Vectors>(name: string): Vectors {
  const file = new URL(`../vectors/${name}.json`, import.meta.resolve('@nyxera/federation-protocol'));
  return JSON.parse(readFileSync(file, 'utf8')) as Vectors;
}
