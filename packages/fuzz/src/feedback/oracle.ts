import { readStrict } from '../json/read.ts';
import { type Node, NumberToken, ObjectNode } from '../json/tree.ts';
import { FEEDBACK_KID, type Keys, NOW_SECONDS, signedText, TENANT } from './make-response.ts';

/** How many items an agent has to apply of these bytes, and with which identity; null: none, and the whole is refused. */
export function applicable(
  bytes: Buffer,
  requestNonce: string,
  keys: Keys,
  seen: ReadonlySet<string>,
): { readonly items: readonly string[]; readonly nonce: string } | null {
  const tree = readStrict(bytes)?.tree;
  if (!(tree instanceof ObjectNode)) return null;
  const text = signedText(tree, TENANT);
  const nonce = tree.get('nonce');
  const at = tree.get('signed_at');
  if (text === null || typeof nonce !== 'string' || !(at instanceof NumberToken)) return null;
  if (!/^(0|[1-9][0-9]{0,11})$/.test(at.token) || nonce.includes('|')) return null;
  if (tree.get('signature_algorithm') !== 'Ed25519') return null;
  if (tree.get('schema_version') !== 'feedback.response.v1' || tree.get('kid') !== FEEDBACK_KID) return null;
  // Ed25519 is deterministic: the only signature that an honest key holder makes is this one.
  if (tree.get('signature') !== keys.trusted.sign(Buffer.from(text, 'utf8'))) return null;
  const binding = `feedback.binding.v1|${requestNonce}|${String(tree.get('signature'))}`;
  if (tree.get('request_nonce') !== requestNonce) return null;
  if (tree.get('binding_signature') !== keys.trusted.sign(Buffer.from(binding, 'utf8'))) return null;
  const signedAt = Number(at.token);
  if (Math.abs(NOW_SECONDS - signedAt) > 300 || seen.has(nonce)) return null;
  const data = tree.get('data') as Node[];
  return { items: data.filter((item) => isApplicable(item, signedAt)).map(identity), nonce };
}

/** What tells adjustments apart where they are stored: target, action, execution and second. */
function identity(item: Node): string {
  const member = (name: string): string => {
    const value = (item as ObjectNode).get(name);
    return value instanceof NumberToken ? value.token : String(value);
  };
  return [member('target_urn'), member('action'), member('execution_fingerprint'), member('timestamp')].join(
    ' ',
  );
}

const TEXT_LIMITS = { target_urn: 512, action: 32, rationale: 2048, control: 64 };
const MEMBERS =
  'action,attestation_measurement_hash,confidence,control,execution_fingerprint,rationale,schema_version,target_urn,tenant_id,timestamp,ttl_seconds';

function isApplicable(item: Node, signedAt: number): boolean {
  if (!(item instanceof ObjectNode)) return false;
  const names = item.entries.map(([name]) => name).sort();
  if (names.join() !== MEMBERS) return false;
  const texts = Object.entries(TEXT_LIMITS).every(([name, max]) => {
    const value = item.get(name);
    const length = typeof value === 'string' ? Array.from(value).length : 0;
    return typeof value === 'string' && length >= 1 && length <= max && !value.includes('\u0000');
  });
  const hashes = ['execution_fingerprint', 'attestation_measurement_hash'].every((name) => {
    const value = item.get(name);
    return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
  });
  const confidence = item.get('confidence');
  const share = confidence instanceof NumberToken ? Number(confidence.token) : -1;
  const ttl = integer(item.get('ttl_seconds'));
  const timestamp = integer(item.get('timestamp'));
  if (!texts || !hashes || share < 0 || share > 1 || ttl === null || timestamp === null) return false;
  if (item.get('tenant_id') !== TENANT || item.get('schema_version') !== 'feedback.adjustment.v1')
    return false;
  const inBounds = ttl >= 60 && ttl <= 86_400 && timestamp >= 0 && timestamp <= 999_999_999_999;
  return inBounds && timestamp <= signedAt + 30 && timestamp + ttl > NOW_SECONDS;
}

function integer(node: Node | undefined): number | null {
  return node instanceof NumberToken && /^-?[0-9]+$/.test(node.token) ? Number(node.token) : null;
}
