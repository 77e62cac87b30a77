import { createHash } from 'node:crypto';
import { type Node, NumberToken, ObjectNode } from '../json/tree.ts';
import { writeCompat, writeJcs, writeLoose } from '../json/write.ts';
import { Random } from '../random.ts';
import type { Draft, Form, Wire } from './draft.ts';
import { type Facts, IDENTITY, requestMessage } from './facts.ts';
import { STEPS, type Step } from './steps.ts';
import { type Endpoint, PATHS, validBody } from './templates.ts';

export interface Case {
  readonly wire: Wire;
  readonly steps: readonly string[];
}

/** `only`: indexes of the steps to apply; all of them if absent. Everything else is as in the whole case. */
export interface CaseOptions {
  readonly seed: string;
  readonly number: number;
  readonly facts: Facts;
  readonly endpoints: readonly Endpoint[];
  readonly nowSeconds: number;
  readonly only?: readonly number[];
  /** Distinguishes a repetition, whose nonce would otherwise be a replay. */
  readonly attempt?: number;
}

const TOTAL_WEIGHT = STEPS.reduce((sum, [, , weight]) => sum + weight, 0);

export function makeCase(options: CaseOptions): Case {
  const { seed, number, facts } = options;
  const label = `gateway/${seed}/${number}`;
  const random = new Random(label);
  const chosen = chooseSteps(random);
  // The index is part of a step's own randomness, so that leaving one out does not change another.
  const kept = chosen
    .map(([name, step], index) => ({ name, step, index }))
    .filter(({ index }) => options.only?.includes(index) ?? true);
  const draft = validDraft(random, options);
  const honest =
    draft.endpoint === 'bundle' ? Buffer.alloc(0) : Buffer.from(writeCompat(draft.tree), 'latin1');
  if (draft.endpoint === 'bundle') signBundle(draft.tree, facts);

  const run = (phase: Step['phase'], body: Buffer): Buffer => {
    let current = body;
    for (const { name, step, index } of kept) {
      if (step.phase !== phase) continue;
      const own = new Random(`${label}/${name}/${index}`);
      if (step.phase === 'bytes') current = step.apply(current, own);
      else step.apply(draft, own, facts);
    }
    return current;
  };
  run('tree', honest);
  if (draft.endpoint === 'bundle' && draft.resign && draft.tree instanceof ObjectNode) {
    signBundle(draft.tree, facts);
  }
  const body = run('bytes', Buffer.from(render(draft.tree, draft.form, random), 'utf8'));
  const timestamp = String(draft.timestamp);
  const message = requestMessage(timestamp, draft.nonce, draft.resign ? body : honest);
  draft.headers.push(
    ['X-Telemetry-Timestamp', timestamp],
    ['X-Telemetry-Nonce', draft.nonce],
    ['X-Telemetry-Signature', facts.key.sign(message)],
  );
  run('headers', body);
  const { endpoint, method, target, headers, shape } = draft;
  return { wire: { endpoint, method, target, headers, body, shape }, steps: kept.map(({ name }) => name) };
}

function chooseSteps(random: Random): (readonly [string, Step])[] {
  // One in twenty stays as it is: a gateway that refuses everything must not look safe.
  const count = random.chance(0.05) ? 0 : random.pick([1, 1, 1, 2, 2, 3, 4]);
  return Array.from({ length: count }, () => {
    let at = random.below(TOTAL_WEIGHT);
    const found = STEPS.find(([, , weight]) => {
      at -= weight;
      return at < 0;
    });
    if (found === undefined) throw new Error('weights do not add up');
    return [found[0], found[1]] as const;
  });
}

function validDraft(random: Random, options: CaseOptions): Draft {
  const { seed, number, facts, nowSeconds: timestamp } = options;
  const endpoint = random.pick(options.endpoints);
  const unique = `${facts.salt}/${seed}/${number}/${options.attempt ?? 0}`;
  const digest = createHash('sha256').update(unique).digest();
  const id = `fz-${number}-${digest.toString('hex').slice(0, 12)}`;
  const nonce = digest.subarray(0, 18).toString('base64url');
  return {
    endpoint,
    id,
    method: 'POST',
    target: PATHS[endpoint],
    timestamp,
    nonce,
    headers: [
      ['Host', 'localhost'],
      ['Content-Type', 'application/json'],
      ['X-Service-Identity', IDENTITY],
      ['X-Client-Cert-Sha256', facts.certificateSha256],
    ],
    tree: validBody(endpoint, id, timestamp, nonce, random),
    form: 'compat',
    shape: 'length',
    resign: true,
  };
}

function render(tree: Node, form: Form, random: Random): string {
  if (form === 'compat') return writeCompat(tree);
  return form === 'jcs' ? writeJcs(tree) : writeLoose(tree, random);
}

/** Signs what the members say now; a bundle whose members are not even text keeps its old signature. */
function signBundle(tree: Node, facts: Facts): void {
  const bundle = tree instanceof ObjectNode ? tree.get('bundle') : undefined;
  if (!(bundle instanceof ObjectNode)) return;
  const message = bundleMessage(bundle);
  if (message !== null && bundle.get('signature') !== undefined)
    bundle.set('signature', facts.key.sign(message));
}

/** PROTOCOL.md section 9; null where a member has the wrong type. */
export function bundleMessage(bundle: ObjectNode): Buffer | null {
  const parts = ['operator_id', 'campaign_id', 'execution_hash', 'timestamp', 'nonce'].map((name) => {
    const value = bundle.get(name);
    return value instanceof NumberToken ? value.token : value;
  });
  return parts.every((part) => typeof part === 'string') ? Buffer.from(parts.join('|'), 'utf8') : null;
}
