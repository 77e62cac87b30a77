import {
  CANARY,
  mutateBytes,
  mutateString,
  mutateTree,
  strangeScalar,
  strangeValue,
} from '../json/mutate.ts';
import { NumberToken, ObjectNode } from '../json/tree.ts';
import type { Random } from '../random.ts';
import type { Draft, Shape } from './draft.ts';
import { type Facts, FORBIDDEN_OPERATOR, KEY_NAME, OPERATORS } from './facts.ts';
import { PATHS } from './templates.ts';

/**
 * The mutations, one step each, so that a failing case can be made smaller by leaving steps out. `tree` steps run before
 * the body is written, `bytes` on the written body, `headers` after the signature.
 */
export type Step =
  | {
      readonly phase: 'tree' | 'headers';
      readonly apply: (draft: Draft, random: Random, facts: Facts) => void;
    }
  | { readonly phase: 'bytes'; readonly apply: (body: Buffer, random: Random) => Buffer };

const tree = (apply: (draft: Draft, random: Random) => void): Step => ({ phase: 'tree', apply });
const headers = (apply: (draft: Draft, random: Random, facts: Facts) => void): Step => ({
  phase: 'headers',
  apply,
});

export const SECURITY = [
  'X-Service-Identity',
  'X-Client-Cert-Sha256',
  'X-Telemetry-Timestamp',
  'X-Telemetry-Nonce',
  'X-Telemetry-Signature',
  'Content-Type',
] as const;

const setHeader = (draft: Draft, name: string, change: (value: string) => string): void => {
  draft.headers = draft.headers.map(([key, value]) => [key, key === name ? change(value) : value]);
};

const structure = tree((draft, random) => {
  draft.tree = mutateTree(draft.tree, random);
});

/** Where the schema lets anything stand, so that strange values get past it and reach what comes after. */
const free = tree((draft, random) => {
  const root = draft.tree instanceof ObjectNode ? draft.tree : null;
  const items = root?.get('items');
  const item = Array.isArray(items) && items.length > 0 ? random.pick(items) : root;
  const payload = item instanceof ObjectNode ? item.get('payload') : undefined;
  const attributes = payload instanceof ObjectNode ? payload.get('attributes') : root?.get('graph');
  if (!(attributes instanceof ObjectNode)) return;
  for (let count = 1 + random.below(3); count > 0; count -= 1) {
    const name = random.pick(['banner', 'asset_ref', 'target_urn', 'intent_id', 'nodes', 'score', 'nested']);
    attributes.set(
      random.chance(0.7) ? name : mutateString(name, random),
      random.chance(0.7) ? strangeScalar(random) : strangeValue(random),
    );
  }
});

const scope = tree((draft, random) => {
  const root = draft.tree instanceof ObjectNode ? draft.tree : null;
  const holder = draft.endpoint === 'bundle' ? root?.get('bundle') : root;
  if (!(holder instanceof ObjectNode)) return;
  const operator = random.pick([...Object.keys(OPERATORS), FORBIDDEN_OPERATOR, 'op-nobody', 'OP-FUZZ-1']);
  holder.set('operator_id', operator);
  if (random.chance(0.5)) holder.set('tenant_id', OPERATORS[operator] ?? OPERATORS['op-fuzz-2'] ?? '');
  const metadata = holder.get('signed_metadata');
  if (metadata instanceof ObjectNode && random.chance(0.7)) {
    metadata.set('operator_id', operator);
    metadata.set('tenant_id', holder.get('tenant_id') ?? null);
  }
});

const time = tree((draft, random) => {
  draft.timestamp += random.pick([-3, 3, -18, 18, -45, 45, -3600, 3600, -4_000_000_000, 999_000_000_000]);
  if (draft.tree instanceof ObjectNode && draft.tree.get('timestamp') !== undefined) {
    draft.tree.set('timestamp', new NumberToken(String(draft.timestamp)));
  }
});

const nonce = tree((draft, random) => {
  draft.nonce = random.pick([
    draft.nonce.slice(0, 7),
    draft.nonce.padEnd(128, '.'),
    draft.nonce.padEnd(129, '.'),
    `${draft.nonce}|`,
    `${draft.nonce} x`,
    `${draft.nonce}~+/=`,
    '',
  ]);
  if (draft.tree instanceof ObjectNode && draft.tree.get('nonce') !== undefined) {
    draft.tree.set('nonce', draft.nonce);
  }
});

const form = tree((draft, random) => {
  draft.form = random.pick(['jcs', 'jcs', 'loose']);
});

const stale = tree((draft) => {
  draft.resign = false;
});

const bytes: Step = { phase: 'bytes', apply: mutateBytes };

const headerGone = headers((draft, random) => {
  const name = random.pick(SECURITY);
  draft.headers = draft.headers.filter(([key]) => key !== name);
});

const headerTwice = headers((draft, random) => {
  const name = random.pick([...SECURITY, 'X-Telemetry-Key-Id', 'Idempotency-Key']);
  const value = draft.headers.find(([key]) => key === name)?.[1] ?? KEY_NAME;
  const again: [string, string] = [random.chance(0.5) ? name : name.toLowerCase(), value];
  if (random.chance(0.5)) again[1] = mutateString(value, random);
  draft.headers.splice(random.below(draft.headers.length + 1), 0, again);
});

const headerCase = headers((draft, random) => {
  draft.headers = draft.headers.map(([key, value]) => [random.chance(0.5) ? key.toUpperCase() : key, value]);
});

const headerSpace = headers((draft, random) => {
  const pad = (): string => random.pick(['', ' ', '\t', '  \t']);
  setHeader(draft, random.pick(SECURITY), (value) => `${pad()}${value}${pad()}`);
});

const headerText = headers((draft, random) => {
  setHeader(draft, random.pick(SECURITY), (value) => mutateString(value, random));
});

const signature = headers((draft, random) => {
  setHeader(draft, 'X-Telemetry-Signature', (value) => mutateSignature(value, random));
});

/** 2^252 + 27742317777372353535851937790883648493: the order of the base point of Ed25519. */
const ORDER = (1n << 252n) + 27742317777372353535851937790883648493n;

export function mutateSignature(value: string, random: Random): string {
  const raw = Buffer.from(value, 'base64');
  switch (random.below(10)) {
    case 0: {
      const index = random.below(raw.length || 1);
      raw[index] = (raw[index] ?? 0) ^ (1 << random.below(8));
      return raw.toString('base64');
    }
    case 1: {
      // S + L: the same point, another spelling. A lenient verifier takes it.
      const s = BigInt(`0x${Buffer.from(raw.subarray(32)).reverse().toString('hex') || '0'}`) + ORDER;
      const spelled = Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse();
      return Buffer.concat([raw.subarray(0, 32), spelled.subarray(0, 32)]).toString('base64');
    }
    case 2:
      return raw.toString('base64url');
    case 3:
      return value.replace(/=+$/, '');
    case 4: // other bits where the last character has none
      return value.replace(/.==$/, random.pick(['B==', 'R==', 'h==', 'x==']));
    case 5:
      return Buffer.alloc(64).toString('base64');
    case 6:
      return raw.subarray(0, random.below(64)).toString('base64');
    case 7:
      return Buffer.concat([raw, Buffer.from([0])]).toString('base64');
    case 8:
      return `${value.slice(0, 20)}\t${value.slice(20)}`;
    default:
      return `${value}=`;
  }
}

const identity = headers((draft, random, facts) => {
  if (random.chance(0.5)) {
    setHeader(draft, 'X-Service-Identity', (value) =>
      random.pick([
        'other-agent',
        value.toUpperCase(),
        `${value}.`,
        CANARY,
        'x'.repeat(129),
        '__proto__',
        'constructor',
        'fuzz-agent\u00a0',
      ]),
    );
  } else {
    setHeader(draft, 'X-Client-Cert-Sha256', (value) =>
      random.pick([
        value.toUpperCase(),
        facts.otherSha256,
        value.replace(/(..)(?=.)/g, '$1:'),
        value.slice(1),
        `0x${value}`,
        'f'.repeat(64),
      ]),
    );
  }
});

const keyId = headers((draft, random, facts) => {
  const value = random.pick([
    KEY_NAME,
    facts.key.thumbprint,
    'nobody',
    '',
    'x'.repeat(65),
    '../key',
    '__proto__',
    CANARY,
    `${KEY_NAME} `,
  ]);
  draft.headers.push(['X-Telemetry-Key-Id', value]);
});

const mediaType = headers((draft, random) => {
  const value = random.pick([
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'application/json; charset="utf-8"',
    'APPLICATION/JSON',
    'application/json; charset=latin1',
    'application/json; charset=utf-8; x=y',
    'application/json;',
    'application/json, application/json',
    'text/plain',
    'application/problem+json',
    'multipart/form-data; boundary=x',
    '*/*',
  ]);
  setHeader(draft, 'Content-Type', () => value);
});

const extraHeader = headers((draft, random) => {
  draft.headers.push(
    random.pick<[string, string]>([
      ['Idempotency-Key', CANARY],
      ['X-Forwarded-Client-Cert', `Hash=${CANARY}`],
      ['X-HTTP-Method-Override', 'DELETE'],
      ['Content-Encoding', 'gzip'],
      ['Content-Encoding', 'identity'],
      ['Connection', 'close'],
      ['Connection', 'X-Telemetry-Nonce'],
      ['Cookie', `a=${CANARY}`],
      ['Authorization', `Bearer ${CANARY}`],
      ['X-Ünicode', 'x'],
      ['X Space', 'x'],
      ['X-Empty', ''],
      ['Range', 'bytes=0-1'],
      ['If-None-Match', '*'],
      ['X-Telemetry_Nonce', 'underscored'],
    ]),
  );
});

const target = headers((draft, random) => {
  const path = PATHS[draft.endpoint];
  draft.target = random.pick([
    `${path}/`,
    path.toUpperCase(),
    `/${path}`,
    path.replace('/v1/', '//v1/'),
    path.replace('/v1/', '/v1/../v1/'),
    path.replace('internal', '%69nternal'),
    `${path}%00`,
    `${path};x=${CANARY}`,
    `/${CANARY}`,
    '/',
    '*',
    `${path}${'/x'.repeat(2000)}`,
    '/%',
    '/%zz',
    '/__proto__',
  ]);
});

const method = headers((draft, random) => {
  draft.method = random.pick([
    'GET',
    'PUT',
    'DELETE',
    'HEAD',
    'OPTIONS',
    'PATCH',
    'TRACE',
    'PROPFIND',
    'QUERY',
  ]);
});

const shapes: readonly Shape[] = [
  'chunked',
  'chunked',
  'chunked',
  'chunk-extensions',
  'trailers',
  'dribble',
  'dribble',
  'expect',
  'pipelined',
  'pipelined',
  'no-host',
  'many-headers',
  'empty-body',
];
const shape = headers((draft, random) => {
  draft.shape = random.pick(shapes);
});

/** These end the connection, and a handshake costs as much as a hundred requests: they come seldom. */
const endingShapes: readonly Shape[] = [
  'http10',
  'short-length',
  'long-length',
  'two-lengths',
  'length-and-chunked',
  'other-coding',
  'bad-chunk-size',
  'bare-line-feeds',
  'folded-header',
  'space-before-colon',
  'huge-header',
  'oversize',
  'oversize-chunked',
  'bad-version',
  'noise',
];
const endingShape = headers((draft, random) => {
  draft.shape = random.pick(endingShapes);
});

/** Name, step, weight. */
export const STEPS: readonly (readonly [string, Step, number])[] = [
  ['structure', structure, 46],
  ['free', free, 16],
  ['scope', scope, 4],
  ['time', time, 4],
  ['nonce', nonce, 3],
  ['form', form, 5],
  ['stale', stale, 5],
  ['bytes', bytes, 6],
  ['header-gone', headerGone, 2],
  ['header-twice', headerTwice, 2],
  ['header-case', headerCase, 1],
  ['header-space', headerSpace, 1],
  ['header-text', headerText, 4],
  ['signature', signature, 3],
  ['identity', identity, 2],
  ['key-id', keyId, 2],
  ['media-type', mediaType, 1],
  ['extra-header', extraHeader, 2],
  ['target', target, 1],
  ['method', method, 1],
  ['shape', shape, 6],
  ['ending-shape', endingShape, 1],
];
