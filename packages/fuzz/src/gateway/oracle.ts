import { readStrict } from '../json/read.ts';
import { type Node, NumberToken, ObjectNode } from '../json/tree.ts';
import { writeCompat, writeJcs } from '../json/write.ts';
import type { Wire } from './draft.ts';
import {
  type Facts,
  FORBIDDEN_OPERATOR,
  IDENTITY,
  KEY_NAME,
  OPERATORS,
  requestMessage,
  SKEW_SECONDS,
} from './facts.ts';
import { bundleMessage } from './make-case.ts';
import {
  batchModel,
  bundleModel,
  graphModel,
  isFinding,
  itemModel,
  queryModel,
  telemetryModel,
} from './models.ts';
import { PATHS } from './templates.ts';

/**
 * What PROTOCOL.md says about these bytes, by a small model of its own: its own parser, writer and schemas. It knows
 * nothing of how a request was made, only what goes out.
 */
export interface Expectation {
  /** `accepted`, a code of section 17, `http` (refused by the HTTP layer), or `closed` (no answer). Any one will do. */
  readonly outcomes: readonly string[];
  /** For telemetry: `operator/event_id` as it would be stored. */
  readonly eventKey: string | null;
  readonly finding: boolean;
  /** For a batch: of each item, in order. */
  readonly items?: readonly ItemExpectation[];
  /** The nonce that a verified signature claims, so that a repetition of it is a replay. */
  readonly claims: boolean;
}

export type ItemExpectation = Pick<Expectation, 'outcomes' | 'eventKey' | 'finding'>;

const only = (...outcomes: string[]): Expectation => ({
  outcomes,
  eventKey: null,
  finding: false,
  claims: false,
});

const MAX_BODY = 1_048_576;
/** The HTTP layer takes 16 KiB of header lines, and what it counts is its own affair: near it, either will do. */
const NEARLY_TOO_MANY_HEADER_BYTES = 16_000;

export function expect(sent: Wire, facts: Facts, nowSeconds: number): Expectation {
  const wire = { ...sent, headers: sent.headers.flatMap(asLines) };
  const judged = judge(wire, facts, nowSeconds);
  if (wire.shape === 'short-length') {
    // What is left over is no request. Where it is seen before the answer is out, the gateway cuts the connection, or says 400.
    return { ...judged, outcomes: [...judged.outcomes, 'closed', 'http'] };
  }
  if (!isIrregular(wire)) {
    const isLarge = headerBytes(wire) > NEARLY_TOO_MANY_HEADER_BYTES;
    return isLarge ? { ...judged, outcomes: [...judged.outcomes, 'http'] } : judged;
  }
  // Whether the HTTP layer sees it or a later step: it must not be taken for more than what it says.
  return {
    ...judged,
    outcomes: [...judged.outcomes, 'http', 'closed', 'malformed_header', 'missing_header'],
  };
}

/** A line end inside a value ends the line for whoever reads it: what follows is a header of its own. */
function asLines([name, value]: readonly [string, string]): (readonly [string, string])[] {
  const [first = '', ...rest] = value.split('\r\n');
  return [
    [name, first],
    ...rest.map((line): readonly [string, string] => {
      const colon = line.indexOf(':');
      return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1)];
    }),
  ];
}

/** With the colon, the space and the line end of each. */
function headerBytes({ headers }: Wire): number {
  return headers.reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value) + 4,
    0,
  );
}

/** Header lines that are no header lines of RFC 9112, or that a lenient parser might read in two ways. */
function isIrregular(wire: Wire): boolean {
  return wire.headers.some(
    ([name, value]) =>
      !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) ||
      Array.from(value).some(
        (character) => (character < ' ' && character !== '\t') || character === '\u007f',
      ),
  );
}

function judge(wire: Wire, facts: Facts, nowSeconds: number): Expectation {
  const framing = judgeFraming(wire);
  if (framing !== null) return framing;
  const path = wire.target.split('?')[0];
  if (path !== PATHS[wire.endpoint]) return only('not_found', 'http');
  if (wire.method !== 'POST') return only('method_not_allowed');

  const header = (name: string): string[] =>
    wire.headers.filter(([key]) => key.toLowerCase() === name).map(([, value]) => trim(value));
  const [type = '', ...otherTypes] = header('content-type');
  const isJson = /^application\/json([ \t]*;[ \t]*charset=("utf-8"|utf-8))?$/i.test(type);
  if (!isJson || otherTypes.length > 0 || header('content-encoding').length > 0) {
    return only('unsupported_media_type');
  }
  if (
    wire.shape === 'oversize' ||
    wire.shape === 'oversize-chunked' ||
    wire.body.length > (wire.endpoint === 'batch' ? 8 : 1) * MAX_BODY
  ) {
    return only('payload_too_large');
  }
  const body = bodyAsFramed(wire);
  if (body.length === 0) return only('payload_required');

  const identity = one(header('x-service-identity'), /^[\x21-\x7e]{1,128}$/);
  const pin = one(header('x-client-cert-sha256'), /^[0-9a-fA-F]{64}$/);
  if (typeof identity !== 'object') return only(identity);
  if (typeof pin !== 'object') return only(pin);
  if (identity.value !== IDENTITY || pin.value.toLowerCase() !== facts.certificateSha256) {
    return only('peer_identity_rejected');
  }
  if (wire.endpoint === 'bundle') return judgeBundle(body, facts);

  const timestamp = one(header('x-telemetry-timestamp'), /^(0|[1-9][0-9]{0,11})$/);
  if (typeof timestamp !== 'object') return only(timestamp);
  const nonce = one(header('x-telemetry-nonce'), /^[A-Za-z0-9._:~+/=-]{8,128}$/);
  if (typeof nonce !== 'object') return only(nonce);
  const signature = one(header('x-telemetry-signature'), /^[A-Za-z0-9+/]{85}[AQgw]==$/);
  if (typeof signature !== 'object') return only(signature);
  const keyIds = header('x-telemetry-key-id');
  if (keyIds.length > 1 || (keyIds[0] !== undefined && !/^[A-Za-z0-9._-]{1,64}$/.test(keyIds[0]))) {
    return only('malformed_header');
  }
  if (header('idempotency-key').length > 1) return only('malformed_header');
  if (Math.abs(nowSeconds - Number(timestamp.value)) > SKEW_SECONDS) return only('timestamp_out_of_window');
  const known = keyIds[0] === undefined || [KEY_NAME, facts.key.thumbprint].includes(keyIds[0]);
  const message = requestMessage(timestamp.value, nonce.value, body);
  if (!known || facts.key.sign(message) !== signature.value) return only('signature_invalid');
  return { ...judgeBody(wire, body, timestamp.value, nonce.value), claims: true };
}

/** Shapes that decide by themselves; null: the rest decides. */
function judgeFraming(wire: Wire): Expectation | null {
  switch (wire.shape) {
    case 'two-lengths':
    case 'length-and-chunked':
    case 'bare-line-feeds':
    case 'space-before-colon':
    case 'bad-version':
    case 'noise':
    case 'bad-chunk-size':
    case 'long-length':
      return only('http', 'closed', 'unsupported_media_type', 'not_found', 'method_not_allowed');
    case 'folded-header':
    case 'huge-header':
      return only('http', 'closed', 'malformed_header');
    case 'other-coding':
      return only('http', 'closed', 'unsupported_media_type', 'not_found', 'method_not_allowed');
    default:
      return wire.target.length > 12_000 ? only('http', 'not_found') : null;
  }
}

function bodyAsFramed(wire: Wire): Buffer {
  if (wire.shape === 'empty-body') return Buffer.alloc(0);
  if (wire.shape === 'short-length') return wire.body.subarray(0, wire.body.length >> 1);
  return wire.body;
}

function one(
  values: readonly string[],
  form: RegExp,
): { value: string } | 'missing_header' | 'malformed_header' {
  const [value] = values;
  if (value === undefined) return 'missing_header';
  return values.length > 1 || !form.test(value) ? 'malformed_header' : { value };
}

/** Optional white space of RFC 9110: blanks and tabs, nothing else that `String.trim` knows. */
function trim(value: string): string {
  return value.replace(/^[ \t]+|[ \t]+$/g, '');
}

function canonicalTree(body: Buffer): Node | Expectation {
  const parsed = readStrict(body);
  if (parsed === null) return only('invalid_json');
  const text = body.toString('utf8');
  if (writeCompat(parsed.tree) !== text && writeJcs(parsed.tree) !== text) return only('non_canonical_json');
  return parsed.tree;
}

const isExpectation = (value: Node | Expectation): value is Expectation =>
  typeof value === 'object' && value !== null && 'outcomes' in value;

function judgeBody(wire: Wire, body: Buffer, timestamp: string, nonce: string): Expectation {
  const tree = canonicalTree(body);
  if (isExpectation(tree)) return tree;
  const models = { telemetry: telemetryModel, graph: graphModel, query: queryModel, batch: batchModel };
  if (wire.endpoint === 'bundle' || !models[wire.endpoint](tree)) return only('schema_invalid');
  const root = tree as ObjectNode;
  const written = root.get('timestamp');
  if (!(written instanceof NumberToken) || Number(written.token) !== Number(timestamp)) {
    return only('signed_header_mismatch');
  }
  if (root.get('nonce') !== nonce) return only('signed_header_mismatch');
  const metadata = root.get('signed_metadata');
  if (metadata instanceof ObjectNode) {
    const names = ['tenant_id', 'operator_id', 'campaign_id'];
    if (names.some((name) => metadata.get(name) !== root.get(name))) return only('signed_metadata_mismatch');
  }
  const boundary = judgeBoundary(String(root.get('operator_id')), String(root.get('tenant_id')));
  if (boundary !== null) return boundary;
  if (wire.endpoint === 'batch') return { ...only('accepted'), items: judgeItems(root) };
  return wire.endpoint === 'telemetry' ? judgePayload(root, root.get('payload')) : only('accepted');
}

function judgeBoundary(operator: string, tenant: string | null): Expectation | null {
  const mapped = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
  if (mapped === undefined) return only('operator_not_mapped');
  if (tenant !== null && tenant.toLowerCase() !== mapped) return only('tenant_mapping_violation');
  return operator === FORBIDDEN_OPERATOR ? only('operator_not_permitted') : null;
}

function judgeItems(root: ObjectNode): ItemExpectation[] {
  return (root.get('items') as Node[]).map((item) =>
    itemModel(item) ? judgePayload(root, (item as ObjectNode).get('payload')) : only('schema_invalid'),
  );
}

function judgePayload(root: ObjectNode, node: Node | undefined): Expectation {
  const payload = node as ObjectNode;
  const attributes = payload.get('attributes') as ObjectNode;
  const version = attributes.get('schema_version');
  const isText = typeof version === 'string' && version.trim() !== '' && !version.includes('\u0000');
  if (!isText || Array.from(version).length > 128) return only('schema_version_missing');
  if (version !== '1.0' && version !== '2.0') return only('schema_version_unsupported');
  const stored = {
    eventKey: `${String(root.get('operator_id'))}/${String(payload.get('event_id'))}`,
    finding: isFinding(payload),
    claims: true,
  };
  // The contract itself is not modelled: it may be refused, and it must then be refused by its own code.
  const outcomes = version === '2.0' ? ['accepted', 'contract_v2_invalid'] : ['accepted'];
  return { ...stored, outcomes };
}

function judgeBundle(body: Buffer, facts: Facts): Expectation {
  const tree = canonicalTree(body);
  if (isExpectation(tree)) return tree;
  if (!bundleModel(tree)) return only('schema_invalid');
  const bundle = (tree as ObjectNode).get('bundle') as ObjectNode;
  const message = bundleMessage(bundle);
  if (message === null || facts.key.sign(message) !== bundle.get('signature'))
    return only('signature_invalid');
  return judgeBoundary(String(bundle.get('operator_id')), null) ?? only('accepted');
}
