import { createHash } from 'node:crypto';
import type { SigningKey } from '../gateway/facts.ts';
import { mutateSignature } from '../gateway/steps.ts';
import { mutateBytes, mutateString, mutateTree } from '../json/mutate.ts';
import { type Node, NumberToken, ObjectNode, type Plain, toTree } from '../json/tree.ts';
import { writeCompat } from '../json/write.ts';
import { Random } from '../random.ts';

export const TENANT = '7f3c2a10-4f5e-4c1d-9b8a-2d6e0c9a1b55';
export const OTHER_TENANT = '0badc0de-0000-4000-8000-000000000002';
export const FEEDBACK_KID = 'feedback-fuzz';
export const NOW_SECONDS = 1_795_451_000;

/** What the liar has: the gateway's own key (a gateway with a fault), a key that nobody trusts, an old answer. */
export interface Keys {
  readonly trusted: SigningKey;
  readonly rogue: SigningKey;
}

export interface Response {
  readonly bytes: Buffer;
  readonly requestNonce: string;
  readonly steps: readonly string[];
}

const hex = (text: string): string => createHash('sha256').update(text).digest('hex');

interface Draft {
  tree: Node;
  tenant: string;
  signer: SigningKey;
  requestNonce: string;
  /** `all`: signed over what is sent; `binding`: only the binding is made anew; `none`: signatures of the valid answer. */
  resign: 'all' | 'none';
}

type Step = readonly [name: string, weight: number, apply: (draft: Draft, random: Random) => void];

const member = (draft: Draft, name: string, value: Plain | Node): void => {
  if (draft.tree instanceof ObjectNode) draft.tree.set(name, toTree(value));
};

const item = (draft: Draft, random: Random): ObjectNode | null => {
  const data = draft.tree instanceof ObjectNode ? draft.tree.get('data') : undefined;
  const found = Array.isArray(data) && data.length > 0 ? random.pick(data) : null;
  return found instanceof ObjectNode ? found : null;
};

const STEPS: readonly Step[] = [
  [
    'structure',
    30,
    (draft, random) => {
      draft.tree = mutateTree(draft.tree, random);
    },
  ],
  [
    'unsigned',
    25,
    (draft) => {
      draft.resign = 'none';
    },
  ],
  [
    'item',
    12,
    (draft, random) => {
      const one = item(draft, random);
      if (one !== null) mutateTree(one, random);
    },
  ],
  [
    'item-bounds',
    8,
    (draft, random) => {
      const one = item(draft, random);
      const [name, value] = random.pick<readonly [string, string]>([
        ['ttl_seconds', '59'],
        ['ttl_seconds', '86400'],
        ['ttl_seconds', '86401'],
        ['confidence', '1.0000000001'],
        ['confidence', '-0.0'],
        ['confidence', '1'],
        ['timestamp', String(NOW_SECONDS + 31)],
        ['timestamp', String(NOW_SECONDS - 1800)],
        ['timestamp', String(NOW_SECONDS - 1799)],
      ]);
      one?.set(name, new NumberToken(value));
    },
  ],
  [
    'tenant',
    5,
    (draft, random) => {
      draft.tenant = random.pick([OTHER_TENANT, TENANT.toUpperCase()]);
      item(draft, random)?.set('tenant_id', draft.tenant);
    },
  ],
  [
    'rogue-key',
    5,
    (draft, random) => {
      const { rogue } = keysOf(draft);
      draft.signer = rogue;
      if (random.chance(0.5)) member(draft, 'kid', rogue.thumbprint);
    },
  ],
  ['kid', 3, (draft, random) => member(draft, 'kid', mutateString(FEEDBACK_KID, random))],
  [
    'age',
    4,
    (draft, random) =>
      member(
        draft,
        'signed_at',
        NOW_SECONDS + random.pick([-300, -301, 300, 301, -86_400, 999_999_999 - NOW_SECONDS]),
      ),
  ],
  [
    'other-request',
    4,
    (draft, random) => {
      draft.requestNonce = mutateString(draft.requestNonce, random);
      if (random.chance(0.5)) member(draft, 'request_nonce', draft.requestNonce);
    },
  ],
  [
    'no-binding',
    3,
    (draft, random) => {
      if (!(draft.tree instanceof ObjectNode)) return;
      const gone = random.pick([
        ['binding_signature'],
        ['request_nonce'],
        ['binding_signature', 'request_nonce'],
      ]);
      const kept = draft.tree.entries.filter(([key]) => !gone.includes(key));
      draft.tree = new ObjectNode(kept);
    },
  ],
];

const owners = new WeakMap<Draft, Keys>();
function keysOf(draft: Draft): Keys {
  const keys = owners.get(draft);
  if (keys === undefined) throw new Error('a draft without keys');
  return keys;
}

/** A signed answer, honest but for the steps of this case. `only`: indexes of steps to keep. */
export function makeResponse(seed: string, number: number, keys: Keys, only?: readonly number[]): Response {
  const label = `feedback/${seed}/${number}`;
  const random = new Random(label);
  const count = random.chance(0.03) ? 0 : random.pick([1, 1, 1, 2, 2, 3]);
  const names = Array.from({ length: count }, () => random.below(STEPS.length * 10));
  const requestNonce = hex(`${label}/request`).slice(0, 24);
  const draft: Draft = {
    tree: honest(label, requestNonce, random),
    tenant: TENANT,
    signer: keys.trusted,
    requestNonce,
    resign: 'all',
  };
  owners.set(draft, keys);
  sign(draft);
  const applied: string[] = [];
  names.forEach((draw, index) => {
    if (only !== undefined && !only.includes(index)) return;
    const [name, , apply] = weighted(draw / (STEPS.length * 10));
    apply(draft, new Random(`${label}/${name}/${index}`));
    applied.push(name);
  });
  if (draft.resign === 'all') sign(draft);
  const late = new Random(`${label}/late`);
  if (count > 0 && only === undefined && late.chance(0.12) && draft.tree instanceof ObjectNode) {
    const name = late.pick(['signature', 'binding_signature']);
    const old = draft.tree.get(name);
    if (typeof old === 'string') draft.tree.set(name, mutateSignature(old, late));
    applied.push(`late ${name}`);
  }
  let bytes: Buffer = Buffer.from(writeCompat(draft.tree), 'utf8');
  if (count > 0 && only === undefined && late.chance(0.12)) {
    bytes = mutateBytes(bytes, late);
    applied.push('bytes');
  }
  return { bytes, requestNonce, steps: applied };
}

const TOTAL = STEPS.reduce((sum, [, weight]) => sum + weight, 0);

function weighted(share: number): Step {
  let at = share * TOTAL;
  for (const step of STEPS) {
    at -= step[1];
    if (at < 0) return step;
  }
  throw new Error('weights do not add up');
}

function honest(label: string, requestNonce: string, random: Random): Node {
  const data = Array.from({ length: random.below(4) }, (_, index) => {
    const one = toTree({
      tenant_id: TENANT,
      execution_fingerprint: hex('execution'),
      target_urn: `urn:target:host:h${random.below(20)}`,
      action: random.pick(['deny', 'tighten', 'observe', 'frobnicate']),
      confidence: 0,
      rationale: `rule ${index}: Grüße | \u{1f600}`,
      control: 'execution',
      ttl_seconds: 1800,
      timestamp: NOW_SECONDS - 5,
      schema_version: 'feedback.adjustment.v1',
      attestation_measurement_hash: hex('measurement'),
    }) as ObjectNode;
    one.set('confidence', new NumberToken(random.pick(['0.55', '0.82', '1.0', '0.0'])));
    return one;
  });
  return toTree({
    request_id: '01a2093c-b816-779b-a1d2-d2f88dc3458b',
    status: 'accepted',
    data: data as unknown as Plain,
    errors: [],
    signature: '',
    kid: FEEDBACK_KID,
    signature_algorithm: 'Ed25519',
    signed_at: NOW_SECONDS,
    nonce: hex(`${label}/nonce`).slice(0, 24),
    schema_version: 'feedback.response.v1',
    request_nonce: requestNonce,
    binding_signature: '',
  });
}

/** The signed text of section 8, from what the members say now; null where they cannot be signed. */
export function signedText(tree: Node, tenant: string): string | null {
  if (!(tree instanceof ObjectNode)) return null;
  const [nonce, version, kid] = ['nonce', 'schema_version', 'kid'].map((name) => tree.get(name));
  const at = tree.get('signed_at');
  const data = tree.get('data');
  if (!(at instanceof NumberToken) || !Array.isArray(data)) return null;
  if (typeof nonce !== 'string' || typeof version !== 'string' || typeof kid !== 'string') return null;
  return `${tenant}|${at.token}|${nonce}|${version}|${kid}|${writeCompat(data)}`;
}

function sign(draft: Draft): void {
  const text = signedText(draft.tree, draft.tenant);
  if (text === null || !(draft.tree instanceof ObjectNode)) return;
  const signature = draft.signer.sign(Buffer.from(text, 'utf8'));
  if (draft.tree.get('signature') !== undefined) draft.tree.set('signature', signature);
  const binding = draft.signer.sign(
    Buffer.from(`feedback.binding.v1|${draft.requestNonce}|${signature}`, 'utf8'),
  );
  if (draft.tree.get('binding_signature') !== undefined) draft.tree.set('binding_signature', binding);
}
