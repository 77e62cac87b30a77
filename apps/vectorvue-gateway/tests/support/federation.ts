import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { join } from 'node:path';
import { generateKeyFile } from '@nyxera/federation-key-custody';
import {
  type Ed25519PublicKey,
  encodeBase64,
  importPublicKey,
  requestSignatureInput,
} from '@nyxera/federation-protocol';
import { createPki, type IssuedCertificate, type Pki, temporaryDirectory } from '@nyxera/federation-testing';

export const TENANT = '10000000-0000-4000-8000-00000000000a';
export const OTHER_TENANT = '20000000-0000-4000-8000-00000000000b';
export const OPERATOR = 'op-001';
export const OTHER_OPERATOR = 'op-002';
export const IDENTITY = 'spectrastrike-test';
export const HASH = 'ab'.repeat(32);

/** An Ed25519 key that tests sign with. */
export interface TestKey {
  readonly publicKey: Ed25519PublicKey;
  sign(message: Uint8Array): Uint8Array;
}

/** Everything that one federation needs besides a gateway: certificates, keys, and the environment of both. */
export interface Federation {
  readonly directory: string;
  readonly pki: Pki;
  readonly server: IssuedCertificate;
  readonly client: IssuedCertificate;
  /** Of the same CA, pinned to nobody. */
  readonly unpinned: IssuedCertificate;
  readonly telemetry: TestKey;
  readonly evidence: TestKey;
  readonly feedbackKeyPath: string;
  readonly feedback: Ed25519PublicKey;
  /** PROTOCOL.md section 16, ready to serve on free ports from an embedded database. */
  readonly environment: Readonly<Record<string, string>>;
  remove(): void;
}

export function createTestKey(): TestKey {
  const pair = generateKeyPairSync('ed25519');
  return { publicKey: publicKeyOf(pair.publicKey), sign: (message) => sign(null, message, pair.privateKey) };
}

function publicKeyOf(key: KeyObject): Ed25519PublicKey {
  const imported = importPublicKey(key.export({ format: 'der', type: 'spki' }).subarray(-32));
  if (!imported.ok) throw new Error(imported.detail);
  return imported.value;
}

export async function createFederation(): Promise<Federation> {
  const directory = temporaryDirectory('gateway-test-');
  const pki = await createPki(join(directory.path, 'pki'));
  const server = await pki.issue({ name: 'server', dns: ['localhost'], ips: ['127.0.0.1'], server: true });
  const client = await pki.issue({ name: 'client', client: true });
  const unpinned = await pki.issue({ name: 'unpinned', client: true });
  const telemetry = createTestKey();
  const evidence = createTestKey();
  const feedbackKeyPath = join(directory.path, 'feedback.key');
  const feedback = await generateKeyFile(feedbackKeyPath);
  return {
    directory: directory.path,
    pki,
    server,
    client,
    unpinned,
    telemetry,
    evidence,
    feedbackKeyPath,
    feedback,
    environment: {
      VV_TG_LISTEN: '127.0.0.1:0',
      VV_TG_ADMIN_LISTEN: '127.0.0.1:0',
      VV_SERVICE_IDENTITY_CERT_PATH: server.certPath,
      VV_SERVICE_IDENTITY_KEY_PATH: server.keyPath,
      VV_SERVICE_IDENTITY_CA_PATH: pki.caCertPath,
      VV_TG_ALLOWED_SERVICE_IDENTITIES_JSON: JSON.stringify({ [IDENTITY]: client.sha256 }),
      VV_TG_SPECTRASTRIKE_ED25519_PUBKEY: telemetry.publicKey.toBase64(),
      VV_FEDERATION_SPECTRASTRIKE_ED25519_PUBKEY: evidence.publicKey.toBase64(),
      VV_TG_OPERATOR_TENANT_MAP: JSON.stringify({ [OPERATOR]: TENANT, [OTHER_OPERATOR]: OTHER_TENANT }),
      VV_TG_FEEDBACK_ED25519_KEYS_JSON: JSON.stringify({ default: feedbackKeyPath }),
      VV_TG_DATA_DIR: join(directory.path, 'data'),
      VV_TG_RATE_LIMIT_PER_MINUTE: '0',
    },
    remove: () => directory.remove(),
  };
}

/** A compat-form body: sorted keys, ASCII. Good for what tests write; not a canonicalizer. */
export function compat(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(compat).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${compat(member)}`).join(',')}}`;
}

export function bundleSignature(
  key: TestKey,
  bundle: {
    operator_id: string;
    campaign_id: string;
    execution_hash: string;
    timestamp: number;
    nonce: string;
  },
): string {
  // Written out, because the protocol package rightly refuses a separator inside a member, and a forger does not.
  const { operator_id: operator, campaign_id: campaign, execution_hash: hash, timestamp, nonce } = bundle;
  const input = Buffer.from([operator, campaign, hash, String(timestamp), nonce].join('|'));
  return encodeBase64(key.sign(input));
}

export function requestSignature(key: TestKey, timestamp: number, nonce: string, body: Uint8Array): string {
  return encodeBase64(key.sign(requestSignatureInput(timestamp, nonce, body)));
}
