import { type ErrorCode, importPublicKey, type JsonValue, verifyKeySet } from '../../dist/index.js';
import { NEVER_ACCEPT, publicBytes, signBase64, testPrivateKey } from './test-keys.ts';

const ISSUER = 'spectrastrike-agent-01';
const NOW = 1_772_107_202;
const LOADED = 41;
const TRUSTED = testPrivateKey(3);
const NEXT = testPrivateKey(4);
const STRANGER = testPrivateKey(5);

const encode = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString('base64url');
const jwk = (key: typeof TRUSTED, kid: string, more: object = {}): object => ({
  kty: 'OKP',
  crv: 'Ed25519',
  x: encode(publicBytes(key)),
  kid,
  use: 'sig',
  purpose: ['telemetry'],
  state: 'active',
  ...more,
});

const HEADER = { alg: 'EdDSA', kid: 'old', typ: 'nyxera-keys+jwt' };
const KEYS = [jwk(TRUSTED, 'old'), jwk(NEXT, 'next', { nbf: NOW, exp: NOW + 86_400 })];
const PAYLOAD = { iss: ISSUER, iat: NOW - 2, version: LOADED + 1, keys: KEYS };

interface Change {
  readonly header?: object;
  readonly payload?: object;
  readonly key?: typeof TRUSTED;
  /** What becomes of the finished text. */
  readonly spell?: (jws: string) => string;
}

const CASES: readonly (readonly [about: string, change: Change])[] = [
  ['good', {}],
  ['signed by a key that is not trusted', { key: STRANGER }],
  ['names a key that is not trusted', { header: { ...HEADER, kid: 'next' }, key: NEXT }],
  ['algorithm none', { header: { ...HEADER, alg: 'none' } }],
  ['another type', { header: { ...HEADER, typ: 'JWT' } }],
  ['a header with more members', { header: { ...HEADER, crit: ['b64'], b64: false } }],
  [
    'one character of the payload is another',
    { spell: (jws) => jws.replace(/\.(.)/, (_, c) => `.${c === 'e' ? 'f' : 'e'}`) },
  ],
  ['four parts', { spell: (jws) => `${jws}.AAAA` }],
  ['the issuer is another identity', { payload: { ...PAYLOAD, iss: 'spectrastrike-agent-02' } }],
  ['issued 31 seconds ago', { payload: { ...PAYLOAD, iat: NOW - 31 } }],
  ['the version that is loaded', { payload: { ...PAYLOAD, version: LOADED } }],
  ['an older version', { payload: { ...PAYLOAD, version: LOADED - 1 } }],
  ['no version', { payload: { ...PAYLOAD, version: undefined } }],
  ['a member that the schema does not know', { payload: { ...PAYLOAD, aud: 'gateway' } }],
  [
    'a key of small order',
    {
      payload: {
        ...PAYLOAD,
        keys: [KEYS[0], { ...jwk(NEXT, 'next'), x: encode(Uint8Array.from([1, ...new Array(31).fill(0)])) }],
      },
    },
  ],
  [
    'a private key',
    { payload: { ...PAYLOAD, keys: [KEYS[0], { ...jwk(NEXT, 'next'), d: encode(new Uint8Array(32)) }] } },
  ],
  ['a kid that stands in it twice', { payload: { ...PAYLOAD, keys: [KEYS[0], jwk(NEXT, 'old')] } }],
  [
    'an unknown purpose',
    { payload: { ...PAYLOAD, keys: [KEYS[0], jwk(NEXT, 'next', { purpose: ['root'] })] } },
  ],
  ['without the key that signed it', { payload: { ...PAYLOAD, keys: [KEYS[1]] } }],
  [
    'revokes the key that signed it',
    { payload: { ...PAYLOAD, keys: [jwk(TRUSTED, 'old', { state: 'revoked' })] } },
  ],
];

export function keySetVectors(): object {
  return {
    about: `PROTOCOL.md section 19: key sets of the issuer, read at the time given by one that trusts these keys, has loaded the version given and allows a skew of 30 seconds. ${NEVER_ACCEPT}`,
    issuer: ISSUER,
    now: NOW,
    skew_seconds: 30,
    loaded_version: LOADED,
    keys: { old: Buffer.from(publicBytes(TRUSTED)).toString('base64') },
    sets: CASES.map(([about, change]) => {
      const jws = make(change);
      return { about, jws, ...verdict(jws) };
    }),
  };
}

function make({ header = HEADER, payload = PAYLOAD, key = TRUSTED, spell = (jws) => jws }: Change): string {
  const input = `${encode(JSON.stringify(header))}.${encode(JSON.stringify(payload))}`;
  const signature = Buffer.from(signBase64(key, Buffer.from(input)), 'base64');
  return spell(`${input}.${encode(signature)}`);
}

function verdict(jws: JsonValue): { code: ErrorCode | null; path?: string } {
  const key = importPublicKey(publicBytes(TRUSTED));
  if (!key.ok) throw new Error('a vector that cannot be made');
  const result = verifyKeySet(jws, {
    issuer: ISSUER,
    keys: (kid) => (kid === 'old' ? key.value : null),
    now: NOW,
    skewSeconds: 30,
    loadedVersion: LOADED,
  });
  if (result.ok) return { code: null };
  return { code: result.code, ...(result.path === undefined ? {} : { path: result.path }) };
}
